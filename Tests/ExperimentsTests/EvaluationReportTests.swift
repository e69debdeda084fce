import Files
import Foundation
import TestSupport
import Testing
import UninformedStudents

@testable import Experiments

@Suite struct `The report of an evaluation`: BrightSquares {
  @Test func `is written as a page that needs nothing else`() async throws {
    try await withTemporaryFolder { folder in
      let maps = try await CategoryMaps(of: category("\(folder)/<c>"), with: model().inspector())
      let report = "\(folder)/report"
      try EvaluationReport(title: "<c> & co", maps, maps.scores.evaluation()).write(to: report)
      let page = String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: "\(report)/index.html")), as: UTF8.self)
      #expect(page.contains("&lt;c&gt; &amp; co") && !page.contains("<c>"))
      #expect(page.components(separatedBy: "<svg").count == 5, "a histogram and three curves")
      for fetching in ["http", "url(", "@import", "<link", "script src"] {
        #expect(!page.contains(fetching), "nothing is fetched")
      }
      for name in ["bright", "faint", "good", "unmarked"] {
        #expect(try Image(contentsOf: "\(report)/\(name).jpg").height > 0)
      }
    }
  }

  @Test func `keeps kinds of defect apart whatever they are called`() async throws {
    try await withTemporaryFolder { folder in
      let kinds = [
        "cut 1", "cut-1", "cut_1", "CUT-1", "<b>'&\"", "é", "a%2e#?",
        String(repeating: "x", count: 250),
      ]
      try write(picture(0.1), "\(folder)/test/good/0.png")
      for kind in kinds { try write(picture(0.9), "\(folder)/test/\(kind)/0.png") }
      let maps = try await CategoryMaps(of: MVTecCategory(folder), with: model().inspector())
      let report = "\(folder)/report"
      try EvaluationReport(title: "t", maps, maps.scores.evaluation()).write(to: report)
      let page = try String(contentsOfFile: "\(report)/index.html", encoding: .utf8)
      let sources = page.matches(of: /<img src="([^"]*)"/).map { String($0.output.1) }
      #expect(Set(sources.map { $0.lowercased() }).count == kinds.count + 1)
      for source in sources {
        #expect(source.allSatisfy { $0.isASCII && !"%#?<>&/ ".contains($0) }, "\(source)")
        #expect(try Image(contentsOf: "\(report)/\(source)").height > 0)
      }
      #expect(page.contains("<h2>&lt;b&gt;&#39;&amp;&quot;</h2>") && !page.contains("<b>"))
    }
  }

  @Test func `replaces its own report and no file of others`() async throws {
    try await withTemporaryFolder { folder in
      let category = try category(folder)
      let maps = try await CategoryMaps(of: category, with: model().inspector())
      let report = try EvaluationReport(title: "t", maps, maps.scores.evaluation())
      try report.write(to: "\(folder)/report")
      try report.write(to: "\(folder)/report")
      // An image of somebody's, and a page.
      let image = "\(folder)/a/good.jpg"
      try write(picture(0.5), image)
      let page = "\(folder)/b/index.html"
      try makeFolder(of: page)
      try AtomicFile.write(Data("<html>".utf8), to: page)
      #expect {
        try EvaluationReport.check("\(folder)/a", for: category)
      } throws: { ($0 as? OriginError)?.path == image }
      #expect(throws: ReportError(page: page)) { try report.write(to: "\(folder)/b") }
      #expect(try Origin(ofFile: image) == nil && !fileExists("\(folder)/b/good.jpg"))
    }
  }

  /// What a page says of each image.
  private func rows(_ page: String) -> [[String]] {
    page.matches(of: /<tr data-score.*<\/tr>/).map { row in
      row.output.matches(of: /<td[^>]*>([^<]*)<\/td>/).map { String($0.output.1) }
    }
  }

  private func page(_ folder: String) throws -> String {
    try String(contentsOfFile: "\(folder)/index.html", encoding: .utf8)
  }

  @Test func `shows what was decided about each image`() async throws {
    try await withTemporaryFolder { folder in
      let model = try await model(levels: [0.15, 0.25])
      let maps = try await CategoryMaps(of: category(folder), with: model.inspector())
      let evaluation = try maps.scores.evaluation(deciding: model.calibration.threshold())
      try EvaluationReport(title: "t", maps, evaluation).write(to: "\(folder)/report")
      let page = try page("\(folder)/report")
      // Scores of 8 bits; the highest of each kind first, the good ones before the defects.
      #expect(
        rows(page) == [
          ["good/1.png", "0.302", "0.333", "–", "anomalous: false alarm"],
          ["good/0.png", "0.102", "1.000", "–", "good"],
          ["bright/0.png", "0.902", "0.333", "–", "anomalous"],
          ["faint/0.png", "0.200", "0.667", "–", "good: missed"],
          ["unmarked/0.png", "0.800", "0.333", "–", "anomalous"],
        ])
      #expect(page.matches(of: /class="wrong"/).count == 2)
      let decided = page.matches(of: /<td class="decided">([^<]*)</).map { String($0.output.1) }
      #expect(
        decided.filter { $0.contains("of") }
          == ["1 of 2", "1 of 1", "0 of 1", "1 of 1", "2 of 3"])
      #expect(page.contains("at most 33.3 % of good images"))

      // Without a threshold nothing is decided, and there is nothing to choose.
      let scores = try maps.scores.evaluation()
      try EvaluationReport(title: "t", maps, scores).write(to: "\(folder)/report")
      let undecided = try self.page("\(folder)/report")
      #expect(rows(undecided).allSatisfy { $0[2] == "–" && $0[4] == "–" })
      #expect(rows(undecided).count == 5)
      for part in ["class=\"threshold\"", "id=\"rate\"", "id=\"choices\"", "class=\"wrong\""] {
        #expect(page.contains(part) && !undecided.contains(part), "\(part)")
      }
    }
  }

  private struct Choice: Decodable {
    let threshold: Float
    let x: Double
    let promise: String
    let decided: [String]
  }

  @Test func `lets its reader choose among the rates of the calibration`() async throws {
    try await withTemporaryFolder { folder in
      let model = try await model(levels: [0.25, 0.85, 0.15])
      let maps = try await CategoryMaps(of: category(folder), with: model.inspector())
      let threshold = model.calibration.threshold(falseAlarms: 0.5)
      let evaluation = try maps.scores.evaluation(deciding: threshold)
      try EvaluationReport(title: "t", maps, evaluation).write(to: "\(folder)/report")
      let page = try page("\(folder)/report")
      let json = try #require(page.firstMatch(of: /id="choices">(.*)<\/script>/)?.output.1)
      let choices = try JSONDecoder().decode([Choice].self, from: Data(json.utf8))
      #expect(
        zip(choices, [0.85, 0.25, 0.15]).allSatisfy { abs($0.threshold - 1.0001 * $1) < 1e-6 })
      #expect(choices[0].x > choices[1].x && choices[1].x > choices[2].x)
      for (choice, rate) in zip(choices, ["25.0 %", "50.0 %", "75.0 %"]) {
        #expect(choice.promise.hasPrefix("at most \(rate) of good images"))
      }
      // Good ones, bright, faint, unmarked, all defects.
      let counts = choices.map { choice in
        stride(from: 0, to: 15, by: 3).map { choice.decided[$0] }
      }
      #expect(
        counts == [
          ["0 of 2", "1 of 1", "0 of 1", "0 of 1", "1 of 3"],
          ["1 of 2", "1 of 1", "0 of 1", "1 of 1", "2 of 3"],
          ["1 of 2", "1 of 1", "1 of 1", "1 of 1", "3 of 3"],
        ])
      #expect(choices[0].decided[1] == "0.0 %" && choices[0].decided[2] == "0.0–84.2 %")
      // The page begins with the rate that was asked for.
      #expect(page.contains("max=\"2\" value=\"1\""))
      #expect(page.contains("<line class=\"threshold\" x1=\"\(choices[1].x)\""))
    }
  }

  @Test func `offers about a hundred rates of a large calibration`() {
    let calibration = Calibration(
      (1...3000).map { .init(name: "\($0)", score: Float($0), mean: 0) })
    let chosen = calibration.threshold(falseAlarms: 0.123)
    let kinds = [ImageKind(name: "good", isAnomalous: false, scores: [1, 2500])]
    let rates = RateChoices(
      calibration, chosen: chosen, groups: [kinds],
      in: ScoreHistogram(kinds, threshold: chosen.score))
    #expect((80...101).contains(rates.choices.count))
    #expect(rates.choices.first?.threshold == calibration.threshold(falseAlarms: 0).score)
    #expect(rates.choices.last?.threshold == calibration.threshold(falseAlarms: 1).score)
    #expect(rates.choices[rates.chosen].threshold == chosen.score)
    #expect(
      zip(rates.choices, rates.choices.dropFirst()).allSatisfy { $0.threshold > $1.threshold })
    #expect(rates.choices[rates.chosen].decided == ["0 of 2", "0.0 %", "0.0–84.2 %"])
  }

  @Test func `says nothing that would end its script`() {
    #expect(scriptSafe("[\"</script><!--<b>\"]") == "[\"\\u003C/script>\\u003C!--\\u003Cb>\"]")
  }

  @Test func `shows names as text wherever they stand`() async throws {
    try await withTemporaryFolder { folder in
      let names = ["<script>alert(1)<!--.png", "\"' onerror=alert(2) x=.png", "]]>&lt;.png"]
      for name in names {
        try write(picture(0.9), "\(folder)/test/<i>/x.png")
        try FileManager.default.moveItem(
          atPath: "\(folder)/test/<i>/x.png", toPath: "\(folder)/test/<i>/\(name)")
      }
      try write(picture(0.1), "\(folder)/test/good/0.png")
      let model = try await model()
      let maps = try await CategoryMaps(of: MVTecCategory(folder), with: model.inspector())
      let evaluation = try maps.scores.evaluation(deciding: model.calibration.threshold())
      try EvaluationReport(title: "t", maps, evaluation).write(to: "\(folder)/report")
      let page = try page("\(folder)/report")
      #expect(!page.contains("<script>alert") && !page.contains("<i>") && !page.contains("\"' on"))
      #expect(
        Set(rows(page).map { $0[0] }) == [
          "good/0.png", "&lt;i&gt;/&lt;script&gt;alert(1)&lt;!--.png",
          "&lt;i&gt;/&quot;&#39; onerror=alert(2) x=.png", "&lt;i&gt;/]]&gt;&amp;lt;.png",
        ])
    }
  }

  /// 24 images are on a sheet.
  @Test func `shows every image, of as many sheets as that takes`() async throws {
    try await withTemporaryFolder { folder in
      for number in 0..<26 {
        let name = number < 10 ? "0\(number)" : "\(number)"
        try write(picture(1 - Float(number) / 100), "\(folder)/test/cut/\(name).png")
      }
      try write(picture(0.9), "\(folder)/test/cut_2/0.png")
      let maps = try await CategoryMaps(of: MVTecCategory(folder), with: model().inspector())
      try EvaluationReport(title: "t", maps, maps.scores.evaluation()).write(to: "\(folder)/report")
      let strips = try page("\(folder)/report").matches(
        of: /<a class="strip" href="([^"]*)" style="aspect-ratio: 788 \/ 200; --up: -([0-9.]+)%">/)
      #expect(strips.count == 27)
      // The highest score is the first on the first sheet, the lowest the second on the second.
      #expect(strips[0].output.1 == "cut.jpg" && strips[0].output.2 == "0.0")
      let (second, other) = (strips[25].output.1, strips[26].output.1)
      #expect(Set([second, other]) == ["cut_2.jpg", "cut_2-2.jpg"])
      let sheet = try Image(contentsOf: "\(folder)/report/\(second)")
      #expect(sheet.height == 4 + 2 * 196 && sheet.width == 788)
      #expect(try abs(#require(Double(strips[25].output.2)) - 100 * 196 / 396) < 1e-9)
      #expect(try Image(contentsOf: "\(folder)/report/cut.jpg").height == 4 + 24 * 196)
      #expect(try Image(contentsOf: "\(folder)/report/\(other)").height == 200)
    }
  }
}

@Suite struct `A histogram of scores` {
  private func bars(_ svg: String) -> [(x: Double, height: Double, label: String)] {
    svg.matches(of: /<rect x="([^"]*)" y="[^"]*" width="[^"]*" height="([^"]*)"><title>([^<]*)</)
      .map { (Double($0.output.1) ?? .nan, Double($0.output.2) ?? .nan, String($0.output.3)) }
  }

  @Test func `has a row of bars for each kind`() throws {
    let histogram = ScoreHistogram(
      [
        ImageKind(name: "good", isAnomalous: false, scores: [0, 0, 0, 1]),
        ImageKind(name: "<cut>", isAnomalous: true, scores: [10]),
      ], threshold: 5)
    let bars = bars(histogram.svg)
    #expect(bars.map(\.label) == ["3 images", "1 image", "1 image"])
    #expect(abs(bars[0].height - 3 * bars[1].height) < 0.02 && bars[2].height == bars[0].height)
    #expect(bars[0].x < bars[1].x && bars[1].x < histogram.x(5) && histogram.x(5) < bars[2].x)
    // Half-way between the lowest and the highest score.
    #expect(abs(histogram.x(5) - (histogram.x(0) + histogram.x(10)) / 2) < 0.02)
    #expect(histogram.svg.contains("&lt;cut&gt;") && !histogram.svg.contains("<cut>"))
  }

  @Test(arguments: [[0], [7], [-3.5], [1e-30, 1e-30], [3e30, -3e30], [1e30, 1]] as [[Float]])
  func `is finite whatever the scores are`(scores: [Float]) {
    let svg = ScoreHistogram(
      [ImageKind(name: "good", isAnomalous: false, scores: scores)], threshold: scores[0]
    ).svg
    #expect(!bars(svg).isEmpty && !svg.contains("nan") && !svg.contains("inf"))
    #expect(bars(svg).allSatisfy { (150...750).contains($0.x) })
    #expect(svg.matches(of: /text-anchor="middle"/).count < 12)
  }
}
