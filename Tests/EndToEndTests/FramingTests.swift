import Files
import Foundation
import TestSupport
import Testing
import UninformedStudents

/// What is looked at, from `train` to `evaluate`, through the real program.
@Suite(.serialized) struct `What a model looks at` {
  private func write(_ mask: Mask, _ path: String) throws { try mask.image.write(to: path) }

  /// Marks where ``DrawnDefect`` lies, and some pixels around it.
  private func maskOfDefect(side: Int) -> Mask {
    let (rows, columns) = (
      DrawnDefect.top - 2..<DrawnDefect.top + DrawnDefect.side + 2,
      DrawnDefect.left - 2..<DrawnDefect.left + DrawnDefect.side + 2
    )
    return Mask(
      height: side, width: side,
      isAnomalous: (0..<side * side).map {
        rows.contains($0 / side) && columns.contains($0 % side)
      })
  }

  @Test func `is never what is ignored`() async throws {
    try await withTemporaryFolder { folder in
      let parts = "\(folder)/parts"
      _ = try Program(["sample-data", parts, "--training", "6", "--test", "1", "--size", "64"])
      let (mask, model) = ("\(folder)/mask.png", "\(folder)/part.students")
      try write(maskOfDefect(side: 64), mask)
      let trained = try Program(
        ["train", "\(parts)/train/good", "-o", model, "--ignore", mask] + tiny)
      #expect(trained.status == 0, "\(trained.errors)")
      let info = try Program(["info", model])
      #expect(info.output.contains("squashed to 64 pixels"))
      #expect(info.output.contains("of the inspected area"))
      let described = try #require(Program(["info", model, "--json"]).objects().first)
      #expect(described["imageSide"] as? Int == 64 && described["fit"] as? String == "squash")
      let share = try #require(described["ignored"] as? Double)
      #expect(share > 0.13 && share < 0.2, "24 × 24 of 64 × 64 pixels, and what they weigh in")

      // The same image, to the last digit, whatever lies there.
      let scored = try #require(described["goodImages"] as? [[String: Any]])
      let image = try #require(scored.last?["name"] as? String)
      let defect = "\(folder)/defect.png"
      try DrawnDefect.draw(on: image, to: defect)
      let both = try Program(["inspect", model, image, defect, "--json"]).objects()
      #expect(both.count == 2 && both.allSatisfy { $0["decision"] as? String == "good" })
      #expect(both[0]["score"] as? Double == both[1]["score"] as? Double)
      for object in both {
        #expect((object["regions"] as? [Any])?.isEmpty == true)
        #expect(object["ignored"] as? Double == share && object["lookedAt"] == nil)
      }
      // Nor does a calibration see it.
      try makeFolder("\(folder)/plain")
      try makeFolder("\(folder)/drawn")
      for (number, name) in ["chipped", "drilled", "stained"].enumerated() {
        let other = "\(parts)/test/\(name)/000.png"
        try Image(contentsOf: other).write(to: "\(folder)/plain/\(number).png")
        try DrawnDefect.draw(on: other, to: "\(folder)/drawn/\(number).png")
      }
      let scores = try ["plain", "drawn"].map { name in
        let output = "\(folder)/\(name).students"
        let calibrated = try Program(["calibrate", model, "\(folder)/\(name)", "-o", output])
        #expect(calibrated.status == 0, "\(calibrated.errors)")
        return try Program(["info", output, "--json"]).objects().first?["goodScores"] as? [Double]
      }
      #expect(scores[0] != nil && scores[0] == scores[1])
      let evaluated = try Program(["evaluate", model, parts, "--json"])
      #expect(evaluated.status == 0, "\(evaluated.errors)")
      let square = "\(folder)/square"
      try Image(height: 48, width: 64, pixels: .init(repeating: 0.5, count: 48 * 64 * 3))
        .write(to: "\(square).png")
      let refused = try Program(["inspect", model, "\(square).png"])
      #expect(
        refused.status == 2
          && refused.errors.contains(
            "\(square).png: 64 × 48 pixels, but the pixels to ignore were marked on images of 64 × 64"
          ),
        "\(refused.errors)")
    }
  }

  @Test func `is the region that was asked for`() async throws {
    try await withTemporaryFolder { folder in
      let parts = "\(folder)/parts"
      _ = try Program(["sample-data", parts, "--training", "6", "--test", "1", "--size", "96"])
      let model = "\(folder)/part.students"
      let train = ["train", "\(parts)/train/good", "-o", model]
      let trained = try Program(train + ["--roi", "20,10,60,30", "--fit", "pad"] + tiny)
      #expect(trained.status == 0, "\(trained.errors)")
      #expect(!trained.errors.contains("far from square"))
      let info = try Program(["info", model])
      #expect(info.output.contains("60 × 30 at 20,10") && info.output.contains("padded to 64"))
      // The defect lies at 30 to 50 columns, 24 to 44 rows.
      let (image, defect) = ("\(parts)/train/good/000.png", "\(folder)/defect.png")
      try DrawnDefect.draw(on: image, to: defect)
      let maps = "\(folder)/maps"
      let found = try Program([
        "inspect", model, defect, "--json", "--maps", maps, "--heatmaps", maps,
      ])
      let object = try #require(try found.objects().first)
      #expect(object["decision"] as? String == "anomalous", "\(object)")
      #expect(
        object["lookedAt"] as? [String: Int] == ["x": 20, "y": 10, "width": 60, "height": 30])
      #expect(object["ignored"] == nil, "padding is not of the image")
      for region in try #require(object["regions"] as? [[String: Any]]) {
        let (x, y) = (region["x"] as? Int ?? 0, region["y"] as? Int ?? 0)
        let (width, height) = (region["width"] as? Int ?? 0, region["height"] as? Int ?? 0)
        #expect(x >= 20 && y >= 10 && x + width <= 80 && y + height <= 40)
      }
      let map = try Image(
        contentsOf: "\(maps)/defect.tiff", reading: ImageReading(valueRange: -1000...1000))
      #expect(map.height == 96 && map.width == 96)
      let evaluated = try Program(["evaluate", model, parts, "--report", "\(folder)/report"])
      #expect(evaluated.status == 0, "\(evaluated.errors)")

      let small = "\(folder)/small.png"
      try Image(height: 96, width: 79, pixels: .init(repeating: 0.5, count: 96 * 79 * 3))
        .write(to: small)
      let line =
        "\(small): 79 × 96 pixels, too small for the region of interest (60 × 30 at 20,10)"
      for command in [
        ["inspect", model, small], ["calibrate", model, folder, "-o", "\(folder)/c"],
      ] {
        let refused = try Program(command)
        #expect(refused.status == 2 && refused.errors.contains(line), "\(refused.errors)")
      }
      let outside = try Program(train + ["--roi", "90,0,10,10"] + tiny)
      #expect(
        outside.status == 2
          && outside.errors.contains(
            "000.png: 96 × 96 pixels, too small for the region of interest")
      )
    }
  }

  @Test func `is told where it changes its shape`() async throws {
    try await withTemporaryFolder { folder in
      for number in 0..<4 {
        let pixels = (0..<32 * 96 * 3).map { Float(($0 / 3 + 7 * number) % 23) / 23 }
        try makeFolder("\(folder)/good")
        try Image(height: 32, width: 96, pixels: pixels).write(to: "\(folder)/good/\(number).png")
      }
      let train = { (more: [String]) in
        try Program(
          [
            "train", "\(folder)/good", "-o", "\(folder)/m", "--method", "knn", "--vectors", "50",
            "--scales", "33", "--image-size", "64",
          ] + more)
      }
      let squashed = try train([])
      #expect(squashed.errors.contains("4 of 4 images are far from square and are squashed; --fit"))
      for fit in ["squash", "pad", "crop"] {
        let asked = try train(["--fit", fit])
        #expect(asked.status == 0 && !asked.errors.contains("far from square"), "\(asked.errors)")
      }
      let mask = "\(folder)/mask.png"
      try write(maskOfDefect(side: 64), mask)
      let other = try train(["--ignore", mask])
      #expect(
        other.status == 2
          && other.errors.contains(
            "\(mask): 64 × 64 pixels, but its image has another aspect ratio (96 × 32)"),
        "\(other.errors)")
      let nothing = Mask(height: 32, width: 96, isAnomalous: .init(repeating: false, count: 3072))
      try write(nothing, mask)
      #expect(try train(["--ignore", mask]).errors.contains("\(mask): marks no pixel"))
      try write(
        Mask(height: 32, width: 96, isAnomalous: .init(repeating: true, count: 3072)), mask)
      #expect(try train(["--ignore", mask]).errors.contains("\(mask): marks every pixel"))
    }
  }

  @Test(arguments: ["1,2,3", "0,0,0,5", "-1,0,5,5", "a,b,c,d", "0,0,9223372036854775807,1"])
  func `is no region that none can be`(text: String) throws {
    let refused = try Program(["train", "x", "-o", "y", "--roi", text])
    #expect(refused.status == 2 && refused.errors.contains("it must be first column, first row"))
  }
}
