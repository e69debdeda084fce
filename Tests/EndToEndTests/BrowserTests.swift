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
        try phone.photograph("phone-\(page.replacing("/", with: "-"))")
      }
      // The last one is not there, and says so.
      let complaints = try phone.complaints().filter { !$0.contains("404") }
      #expect(complaints.isEmpty, "\(complaints)")
    }
  }
}
