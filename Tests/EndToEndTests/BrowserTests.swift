import Files
import Foundation
import TestSupport
import Testing

/// The pages in a real browser.
@Suite struct `The pages` {
  /// What every page has: a language, a title, names for all that is filled in, texts for all images, one
  /// heading of the first order, and nothing wider than the window.
  private static let faults = """
    [...document.querySelectorAll("input:not([type=hidden]), select")]
      .filter((e) => !e.labels.length && !e.ariaLabel).map((e) => "no label: " + e.outerHTML)
      .concat([...document.images].filter((e) => !e.hasAttribute("alt")).map((e) => "no alt: " + e.src))
      .concat(document.documentElement.lang ? [] : ["no language"], document.title ? [] : ["no title"])
      .concat(document.querySelectorAll("h1").length === 1 ? [] : ["not one h1"])
      .concat(document.documentElement.scrollWidth > document.documentElement.clientWidth ? [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth).map((e) => "too wide: " + e.outerHTML.slice(0, 100)) : [])
      .join("; ")
    """

  /// Texts that stand out too little from what is behind them: below 4.5 to 1, or 3 to 1 where they are large (WCAG
  /// 2.2, 1.4.3).
  private static let pale = """
    (() => {
      const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
      const luminance = (color) => numbers(color).slice(0, 3).map((v) => v / 255)
        .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
      const behind = (e) => {
        for (; e; e = e.parentElement) {
          const color = getComputedStyle(e).backgroundColor;
          if (numbers(color)[3] !== 0) return color;
        }
        return matchMedia("(prefers-color-scheme: dark)").matches ? "rgb(18, 18, 18)" : "rgb(255, 255, 255)";
      };
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found = [];
      for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        const e = text.parentElement, style = getComputedStyle(e);
        if (!text.data.trim() || !e.getClientRects().length || ["SCRIPT", "STYLE"].includes(e.tagName)) continue;
        const color = e instanceof SVGElement ? style.fill : style.color;
        const [dark, light] = [luminance(color), luminance(behind(e))].sort((a, b) => a - b);
        const size = parseFloat(style.fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        const ratio = (light + 0.05) / (dark + 0.05);
        if (ratio < (isLarge ? 3 : 4.5)) found.push(ratio.toFixed(2) + ": " + text.data.trim().slice(0, 40));
      }
      return found.join("; ");
    })()
    """

  @Test(
    .enabled(
      if: Browser.isThere,
      "needs a browser and curl: apt-get install chromium chromium-driver curl"))
  func `work in a browser`() async throws {
    try await withTemporaryFolder { folder in
      let (parts, model) = try Served.model(in: folder, named: "ring", tests: 2)
      let served = try Program.started([
        "serve", model, "--data", "\(folder)/data", "--listen", "127.0.0.1:0",
      ])
      defer { served.end() }
      let port = try Served.port(served)
      let root = "http://127.0.0.1:\(port)"
      let browser = try Browser()
      defer { browser.end() }

      // An image is chosen and inspected; the page of its inspection comes by itself.
      try browser.go(to: "\(root)/try")
      try browser.type("\(parts)/test/drilled/000.png", into: "#file")
      try browser.type("4711", into: "#part")
      try browser.click("#try button")
      #expect(
        try await comesTrue { try browser.text("location.pathname") == "/inspections/1" })
      #expect(
        try browser.text("document.querySelector('.verdict').innerText").contains("4711"))
      #expect(
        try await comesTrue {
          try browser.text("[...document.images].every((i) => i.naturalWidth > 0)") == "true"
        })
      // Keys move the slider of the scores, and say what is seen.
      let opacity = "document.getElementById('heat').style.opacity"
      #expect(try browser.text(opacity) == "0.7")
      try browser.type("\u{E010}", into: "#opacity")  // End
      #expect(try browser.text(opacity) == "1")
      try browser.photograph("inspection")
      try browser.type("m", into: "body")
      #expect(try browser.text(opacity) == "0")
      try browser.type("d", into: "body")
      #expect(
        try await comesTrue {
          try browser.text("document.querySelector('[aria-pressed]')?.value") == "defect"
        })

      // Live shows what comes while it is open.
      try browser.go(to: "\(root)/live")
      let bytes = try #require(try contents(ofFile: "\(parts)/test/good/000.png"))
      let path = "/v1/models/ring/inspections"
      _ = try await Served.asked(port, path, bytes, ["Image-Name": "<b>new</b>"])
      #expect(
        try await comesTrue {
          try browser.text("document.getElementById('latest').innerText").contains(
            "<b>new</b>")
        })
      try browser.photograph("live")

      try browser.go(to: "\(root)/history")
      try browser.type("000", into: "[name=name]")
      try browser.click("main form button")
      #expect(
        try await comesTrue {
          try browser.text("document.querySelectorAll('tbody tr').length") == "1"
        })
      try browser.photograph("history")

      // One is left to review.
      try browser.go(to: "\(root)/review")
      try browser.photograph("review")
      try browser.type("g", into: "body")
      #expect(
        try await comesTrue {
          try browser.text("document.body.innerText").contains("Nothing is left")
        })

      // The slider of the rates moves the threshold.
      try browser.go(to: "\(root)/models")
      let line = "document.querySelector('.threshold').getAttribute('x1')"
      let before = try browser.text(line)
      try browser.type("\u{E010}", into: ".rate input")
      #expect(try browser.text(line) != before)
      try browser.photograph("models")
      try browser.click(".rate button")
      // A click does not wait for what it sends.
      #expect(
        try await comesTrue {
          let rate = try await Served.asked(port, "/v1/models/ring").json["falseAlarms"] as? Double
          return try #require(rate) > 0.5
        })

      try browser.go(to: "\(root)/drift")
      try browser.photograph("drift")
      #expect(try browser.complaints() == [])

      // On a phone nothing is missing, either.
      let phone = try Browser(width: 400, height: 800)
      defer { phone.end() }
      for page in [
        "live", "history", "review", "inspections/1", "drift", "models", "try", "sign-in",
        "inspections/99",
      ] {
        try phone.go(to: "\(root)/\(page)")
        let faults = try phone.text(Self.faults)
        #expect(faults.isEmpty, "\(page): \(faults)")
        for scheme in ["light", "dark"] {
          try phone.prefer(colorScheme: scheme)
          let pale = try phone.text(Self.pale)
          #expect(pale.isEmpty, "\(page), \(scheme): \(pale)")
        }
        try phone.photograph("phone-\(page.replacing("/", with: "-"))")
      }
      // The last one is not there, and says so.
      let complaints = try phone.complaints().filter { !$0.contains("404") }
      #expect(complaints.isEmpty, "\(complaints)")
    }
  }
}
