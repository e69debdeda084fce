import Files
import Foundation
import TestSupport
import Testing
import UninformedStudents

/// So small that a training takes seconds.
let tiny = [
  "--students", "1", "--image-size", "64", "--epochs", "4", "--threads", "2", "--scales", "33",
]

/// Long enough to be killed in the middle.
private let longer = [
  "--students", "1", "--image-size", "64", "--epochs", "12", "--threads", "2", "--scales", "33",
]

func bytes(_ path: String) throws -> Data {
  try Data(contentsOf: URL(fileURLWithPath: path))
}

@Suite(.serialized) struct `The main job` {
  @Test func `goes from a folder of good images to decisions, maps and figures`() async throws {
    try await withTemporaryFolder { folder in
      let parts = "\(folder)/parts"
      let drawn = try Program([
        "sample-data", parts, "--training", "6", "--test", "1", "--size", "64",
      ])
      #expect(drawn.status == 0)

      let model = "\(folder)/part.students"
      let trained = try Program(["train", "\(parts)/train/good", "-o", model] + tiny)
      #expect(trained.status == 0, "\(trained.errors)")
      #expect(trained.errors.contains("4 images to learn from, 2 held out"))
      #expect(trained.errors.contains("about "), "the expected time is said first")
      #expect(!FileManager.default.fileExists(atPath: "\(model).checkpoint"))

      let described = try #require(Program(["info", model, "--json"]).objects().first)
      let fingerprint = try #require(described["fingerprint"] as? String)
      #expect(fingerprint.count == 64)
      let inspected = try Program(["inspect", model, "\(parts)/test/good", "--json"]).objects()
      #expect(inspected.map { $0["model"] as? String } == [fingerprint])

      let info = try Program(["info", model])
      #expect(info.output.contains(fingerprint))
      #expect(info.status == 0 && info.output.contains("4 good images, calibrated on 2 others"))

      try inspect(model, parts, folder)
      try calibrate(model, parts, folder)
      try evaluate(model, parts, folder)
    }
  }

  private func calibrate(_ model: String, _ parts: String, _ folder: String) throws {
    let full = "\(folder)/full.students"
    let same = try Program([
      "calibrate", model, "\(parts)/train/good", "--held-out", "--density", "full", "-o", full,
    ])
    #expect(same.status == 0, "\(same.errors)")
    #expect(same.errors.contains("2 good images, none of them learnt from, score"))
    let defect = "\(folder)/defect.png"
    try DrawnDefect.draw(on: "\(parts)/test/good/000.png", to: defect)
    let inspected = try Program(["inspect", full, defect, "--density", "full"])
    #expect(inspected.status == 1, "\(inspected.errors)")

    // Other good pictures, more of them.
    let drawn = try Program([
      "sample-data", "\(folder)/new", "--training", "6", "--test", "1", "--size", "64", "--seed",
      "9",
    ])
    #expect(drawn.status == 0)
    let new = "\(folder)/new/train/good"
    let others = try Program(["calibrate", model, new, "-o", full])
    #expect(others.errors.contains("6 good images, none of them learnt from, score"))
    let info = try Program(["info", full])
    #expect(info.output.contains("calibrated on 6 others") && info.output.contains("strided"))

    // What was learnt from is known by heart, and no measure of what is new.
    let known = try Program(["calibrate", model, "\(parts)/train/good", "-o", full])
    #expect(known.status == 2 && known.errors.contains("learnt from 4 of these 6 images"))
    #expect(try Program(["info", full]).output == info.output)

    let wrong = try Program([
      "calibrate", model, "\(parts)/test/chipped", "--held-out", "-o", full,
    ])
    let reason = "\(parts)/test/chipped: the model was trained on a folder of 6 images"
    #expect(wrong.status == 2 && wrong.errors.contains(reason), "\(wrong.errors)")

    // An image that turned out not to be good is left out at once, by its name.
    let fewer = "\(folder)/fewer.students"
    let left = try Program(["calibrate", full, "--leave-out", "000.png", "-o", fewer])
    #expect(left.status == 0 && left.errors.contains("5 good images, none"), "\(left.errors)")
    let none = try Program(["calibrate", full, "--leave-out", "999.png", "-o", fewer])
    #expect(none.status == 2 && none.errors.contains("999.png: not among the calibration images"))
    let suspects = try Program([
      "calibrate", model, new, "-o", full, "--suspects", "\(folder)/suspects",
    ])
    #expect(suspects.errors.contains("heat maps of the 5 good images that score highest"))
    let maps = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/suspects")
    #expect(maps.count == 5)
    // What was computed in other numbers is compared with nothing.
    let other = try Program(["inspect", model, "\(parts)/test/good", "--precision", "bf16"])
    #expect(other.status == 2 && other.errors.contains("students calibrate --precision bf16"))
    let half = try Program(["calibrate", model, new, "--precision", "bf16", "-o", full])
    #expect(half.status == 0, "\(half.errors)")
    #expect(try Program(["info", full]).output.contains("bf16"))
  }

  private func inspect(_ model: String, _ parts: String, _ folder: String) throws {
    let good = try Program([
      "inspect", model, "\(parts)/train/good", "--false-alarms", "0.5", "--json",
      "--heatmaps", "\(folder)/maps",
    ])
    let objects = try good.objects()
    #expect(objects.count == 6)
    // What the threshold is of is good, and whatever scores as little.
    let info = try #require(try Program(["info", model, "--json"]).objects().first)
    let held = try #require(info["goodImages"] as? [[String: Any]]).compactMap {
      $0["name"] as? String
    }
    let decisions = objects.map { $0["decision"] as? String }
    for (object, decision) in zip(objects, decisions) {
      let score = try #require(object["score"] as? Double)
      let threshold = try #require(object["threshold"] as? Double)
      #expect(decision == (score > threshold ? "anomalous" : "good"))
      let name = try #require(object["image"] as? String)
      if held.contains(where: { name.hasSuffix($0) }) { #expect(decision == "good", "\(name)") }
    }
    #expect(!held.isEmpty && decisions.count { $0 == "good" } >= 4)
    #expect(good.status == (decisions.contains("anomalous") ? 1 : 0))
    let keys: Set = [
      "image", "model", "decision", "score", "threshold", "level", "falseAlarms", "pValue", "width",
      "height", "regions", "heatmap", "notes", "unlike",
    ]
    for object in objects {
      #expect(Set(object.keys) == keys)
      let path = try #require(object["heatmap"] as? String)
      #expect(try Image(contentsOf: path).width == 64)
    }

    let lines = try Program(["inspect", model, "\(parts)/test/chipped/000.png"])
    #expect(lines.errors.isEmpty, "the default rate is one that can be promised")
    #expect(lines.output.contains("\(parts)/test/chipped/000.png"))
    #expect(lines.output.hasPrefix(lines.status == 0 ? "good" : "anomalous"))

    // A defect that is drawn on a good image is found, and where it is.
    let defect = "\(folder)/defect.png"
    for (name, isDrawn) in [("good", false), ("defect", true)] {
      let image = "\(parts)/train/good/000.png"
      if isDrawn { try DrawnDefect.draw(on: image, to: defect) }
      let one = try Program(["inspect", model, isDrawn ? defect : image, "--json"])
      let object = try #require(try one.objects().first)
      #expect(
        object["decision"] as? String == (isDrawn ? "anomalous" : "good"), "\(name): \(object)")
      #expect(one.status == (isDrawn ? 1 : 0), "\(name)")
      let regions = try #require(object["regions"] as? [[String: Any]])
      #expect(regions.isEmpty == !isDrawn)
      if let worst = regions.first { #expect(DrawnDefect.holdsMiddle(of: worst), "\(worst)") }
    }

    try writeDown(model, parts, folder, defect)

    let other = try Program(["inspect", model, "\(parts)/test/good", "--density", "full"])
    #expect(other.status == 2 && other.errors.contains("calibrated for fp32 strided"))
    #expect(other.errors.contains("students calibrate --precision fp32 --density full"))
  }

  /// Numbers, tables and reasons.
  private func writeDown(
    _ model: String, _ parts: String, _ folder: String, _ defect: String
  ) throws {
    let maps = "\(folder)/numbers"
    let plain = try Program(["inspect", model, defect, "--json", "--maps", maps]).objects()
    let path = try #require(plain.first?["map"] as? String)
    #expect(path == "\(maps)/defect.tiff")
    #expect(Origin(ofFile: path) == .scores)
    let score = try #require(plain.first?["score"] as? Double)
    let numbers = try Image(contentsOf: path, reading: ImageReading(valueRange: -1000...1000))
    // Grey has three equal colours.
    let scores = stride(from: 0, to: numbers.pixels.count, by: 3).map {
      numbers.pixels[$0] * 2000 - 1000
    }
    let info = try #require(try Program(["info", model, "--json"]).objects().first)
    let scoring = ImageScoring(
      topShare: try #require(info["topShare"] as? Double),
      surroundings: Float(try #require(info["surroundings"] as? Double)))
    let again = Double(AnomalyMap(height: 64, width: 64, scores: scores).score(by: scoring))
    #expect(abs(again - score) < 1e-3 * abs(score) + 1e-3)
    let region = try #require((plain.first?["regions"] as? [[String: Any]])?.first)
    #expect(region["causes"] == nil && region["similar"] == nil)

    let explained = try Program(
      ["inspect", model, defect, "--json", "--explain", "--heatmaps", maps]
    ).objects()
    let worst = try #require((explained.first?["regions"] as? [[String: Any]])?.first)
    let similar = try #require(worst["similar"] as? [[String: Any]])
    #expect(similar.count == 3 && Set(similar.compactMap { $0["image"] as? String }).count == 3)
    #expect(similar.allSatisfy { ($0["distance"] as? Double ?? -1) >= 0 })
    let (x, y) = (try #require(worst["peakX"] as? Int), try #require(worst["peakY"] as? Int))
    let peak = try #require(worst["peak"] as? Double)
    #expect(abs(Double(try #require(scores.max())) - peak) < 1e-3 * peak + 1e-3)
    #expect(
      abs(Double(numbers.pixels[3 * (y * 64 + x)]) * 2000 - 1000 - peak) < 1e-3 * peak + 1e-3)
    let picture = try #require(explained.first?["explanation"] as? String)
    #expect(picture == "\(maps)/defect.explained.png" && Origin(ofFile: picture) == .heatMap)
    let causes = try #require(worst["causes"] as? [[String: Any]])
    #expect(causes.count == 1 && causes[0]["receptiveField"] as? Int == 33)
    let text = try Program(["inspect", model, defect, "--explain"]).output
    #expect(text.contains("(p = 33: error ") && text.contains("most like 0"))

    let table = try Program(["inspect", model, parts + "/test", "--recursive", "--csv"])
    let rows = table.output.split(separator: "\n")
    #expect(rows.count == 6 && rows[0].hasPrefix("image,decision,score"))
    #expect(
      rows.dropFirst().allSatisfy {
        $0.split(separator: ",", omittingEmptySubsequences: false).count == 12
      })
    #expect(table.status == (rows.contains { $0.contains(",anomalous,") } ? 1 : 0))
  }

  private func evaluate(_ model: String, _ parts: String, _ folder: String) throws {
    let report = "\(folder)/report"
    let evaluated = try Program(["evaluate", model, parts, "--json", "--report", report])
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let object = try #require(try evaluated.objects().first)
    #expect(
      Set(object.keys) == [
        "imageROCAUC", "pixelROCAUC", "pro", "images", "anomalousImages", "classes",
        "secondsPerImage", "imageROCAUCInterval", "pixelROCAUCInterval", "proInterval",
        "decisions",
      ], "4096 good pixels are too few for aupimo")
    #expect(object["images"] as? Int == 5 && object["anomalousImages"] as? Int == 4)
    let classes = try #require(object["classes"] as? [[String: Any]])
    let names = classes.compactMap { $0["name"] as? String }
    #expect(names == ["chipped", "drilled", "scratched", "stained"])
    // The decisions are those of inspect.
    let decisions = try #require(object["decisions"] as? [String: Any])
    let kinds = names.map { "\(parts)/test/\($0)" }
    let inspected = try Program(["inspect", model, "--json"] + kinds).objects()
    let found = try #require(decisions["found"] as? [String: Any])
    #expect(found["of"] as? Int == 4)
    #expect(found["count"] as? Int == inspected.count { $0["decision"] as? String == "anomalous" })
    for key in ["threshold", "falseAlarms"] {
      #expect(decisions[key] as? Double == inspected[0][key] as? Double, "\(key)")
    }
    #expect((decisions["falselyFound"] as? [String: Any])?["of"] as? Int == 1)
    #expect(classes.allSatisfy { ($0["found"] as? [String: Any])?["of"] as? Int == 1 })
    let page = String(decoding: try bytes("\(report)/index.html"), as: UTF8.self)
    #expect(page.contains("<svg") && page.contains("scratched.jpg"))
    #expect(try Image(contentsOf: "\(report)/scratched.jpg").width > 192)
    let table = try Program(["evaluate", model, parts])
    #expect(table.output.contains("image ROC-AUC") && table.output.contains("chipped"))
    #expect(table.output.contains(" of 4 defective images: ") && table.output.contains("AUPIMO"))
    // Of two calibration images: the least that they promise, and twice that.
    let low = try Program(["evaluate", model, parts, "--false-alarms", "0.1"])
    #expect(
      low.errors.contains("can promise a rate of false alarms of 0.333 at the lowest, not 0.1"))
    #expect(low.output.contains("where at most 33.3 % are promised"))
    let high = try Program(["evaluate", model, parts, "--false-alarms", "0.7"])
    #expect(high.output.contains("where at most 66.7 % are promised"))
    let scales = try Program(["evaluate", model, parts, "--scales", "33"])
    #expect(scales.status == 0 && !scales.output.contains("defective images"))
    let both = try Program(
      ["evaluate", model, parts, "--scales", "33", "--false-alarms", "0.7"])
    #expect(both.status == 2 && both.errors.contains("leave out --scales"))
  }

  @Test func `gives the same file for the same seed, killed or not`() async throws {
    try await withTemporaryFolder { folder in
      let parts = "\(folder)/parts"
      _ = try Program(["sample-data", parts, "--training", "6", "--test", "1", "--size", "64"])
      let train = { (name: String, more: [String]) -> [String] in
        ["train", "\(parts)/train/good", "-o", "\(folder)/\(name)"] + longer + more
      }
      #expect(try Program(train("a", [])).status == 0)
      #expect(try Program(train("b", [])).status == 0)
      #expect(try bytes("\(folder)/a") == bytes("\(folder)/b"))
      #expect(try Program(train("c", ["--seed", "2"])).status == 0)
      #expect(try bytes("\(folder)/a") != bytes("\(folder)/c"))

      // Killed as soon as the teacher's statistics are saved, without a chance to say goodbye.
      guard Fault.isAvailable else { return }
      #expect(try stopped(train("d", []), "\(folder)/d", by: "KILL") == -SIGKILL)
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/d"))
      let forgotten = try Program(train("d", []))
      #expect(forgotten.status == 2 && forgotten.errors.contains("--resume"))
      // Other inputs are refused, and nothing is lost by that.
      let other = try Program(train("d", ["--resume", "--image-size", "80"]))
      #expect(other.status == 2 && other.errors.contains("other inputs (image side)"))
      #expect(try Program(train("d", ["--resume"])).status == 0)
      #expect(try bytes("\(folder)/a") == bytes("\(folder)/d"))

      // Ctrl-C keeps the work.
      #expect(try stopped(train("e", []), "\(folder)/e", by: "INT") == 130)
      #expect(try Program(train("e", ["--resume"])).status == 0)
      #expect(try bytes("\(folder)/a") == bytes("\(folder)/e"))
    }
  }

  @Test func `is done by a baseline too`() async throws {
    try await withTemporaryFolder { folder in
      let parts = "\(folder)/parts"
      _ = try Program(["sample-data", parts, "--training", "6", "--test", "1", "--size", "64"])
      let model = "\(folder)/part.students"
      let trained = try Program([
        "train", "\(parts)/train/good", "-o", model, "--method", "knn", "--vectors", "300",
        "--image-size", "64",
      ])
      #expect(trained.status == 0, "\(trained.errors)")
      #expect(try Program(["info", model]).output.contains("model of knn"))
      try expectFound(model, parts)
      let report = "\(folder)/report"
      let evaluated = try Program(["evaluate", model, parts, "--json", "--report", report])
      #expect(try evaluated.objects().first?["pro"] is Double)
      let page = String(decoding: try bytes("\(report)/index.html"), as: UTF8.self)
      #expect(page.contains("<h1>parts: knn</h1>"))
      let scales = try Program(["evaluate", model, parts, "--scales", "33"])
      #expect(scales.status == 2 && scales.errors.contains("has no receptive field of --scales 33"))
    }
  }

  @Test func `is done by a baseline that looks through a pretrained network`() async throws {
    try await withTemporaryFolder { folder in
      let parts = "\(folder)/parts"
      _ = try Program(["sample-data", parts, "--training", "3", "--test", "1", "--size", "64"])
      try SafetensorsFile(tensors: randomEncoder()).write(to: "\(folder)/encoder")
      let model = "\(folder)/part.students"
      let trained = try Program([
        "train", "\(parts)/train/good", "-o", model, "--method", "cnn-dictionary", "--vectors",
        "40",
        "--image-size", "64", "--encoder", "\(folder)/encoder",
      ])
      #expect(trained.status == 0, "\(trained.errors)")
      #expect(try Program(["info", model]).output.contains("model of cnn-dictionary"))
      // The file holds the network too.
      try FileManager.default.removeItem(atPath: "\(folder)/encoder")
      // So little was learnt from that a good image may be anomalous too.
      try expectFound(model, parts, good: nil)
    }
  }

  /// Expects that a drawn defect is found, and what is decided of the image that it is drawn on, which
  /// was learnt from.
  private func expectFound(
    _ model: String, _ parts: String, good: String? = "good",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try makeFolder("\(parts)/both")
    let image = "\(parts)/train/good/000.png"
    try DrawnDefect.draw(on: image, to: "\(parts)/both/defect.png")
    let inspected = try Program(["inspect", model, "\(parts)/both/defect.png", image, "--json"])
    let objects = try inspected.objects()
    let decisions = objects.map { $0["decision"] as? String }
    #expect(decisions.first == "anomalous", sourceLocation: sourceLocation)
    if let good { #expect(decisions.last == good, sourceLocation: sourceLocation) }
    let scores = objects.compactMap { $0["score"] as? Double }
    #expect(scores.count == 2 && scores[0] > scores[1], sourceLocation: sourceLocation)
    #expect(inspected.status == 1, sourceLocation: sourceLocation)
  }

  @Test func `of the paper's tables is gone on with`() async throws {
    try await withTemporaryFolder { folder in
      let output = "\(folder)/results.json"
      let reproduce = { (methods: String) in
        try Program([
          "reproduce", "mnist", "--data", Golden.path("datasets/mnist"), "--methods", methods,
          "--classes", "0,1", "--output", output, "--markdown",
        ])
      }
      let first = try reproduce("knn")
      #expect(first.status == 0, "\(first.errors)")
      #expect(first.output.hasPrefix("| method | k | m | c | 0 | 1 | mean |"))
      #expect(first.output.contains("| knn |  |  |  | "))
      #expect(first.errors.contains("1, knn: ROC-AUC"))
      let second = try reproduce("knn,kmeans")
      #expect(second.output.contains("| kmeans |  |  |  | "))
      #expect(second.errors.contains("1, kmeans: ROC-AUC"))
      #expect(!second.errors.contains("1, knn: ROC-AUC"))
      let nothing = try Program(["reproduce", "mnist", "--data", folder])
      #expect(nothing.status == 2 && nothing.errors.contains("\(folder): no train-images"))
    }
  }

  /// Runs a training that gets a signal when its first phase is saved; gives how it ended.
  private func stopped(_ arguments: [String], _ output: String, by how: String) throws -> Int32 {
    // Behind each checkpoint comes the time that it took.
    let saved = Fault(call: "rename", name: ".checkpoint/seconds", number: 1, how: how)
    return try saved.status(of: arguments, under: "\(output).checkpoint")
  }

  @Test func `of the tables of MVTec AD is gone on with`() async throws {
    try await withTemporaryFolder { folder in
      _ = try Program([
        "sample-data", "\(folder)/ring", "--training", "4", "--test", "1", "--size", "64",
      ])
      let output = "\(folder)/results.json"
      let reproduce = [
        "reproduce", "mvtec", "--data", "\(folder)/ring", "--methods", "student-teacher",
        "--students", "1", "--epochs", "1", "--image-size", "64", "--output", output, "--markdown",
        "--scales", "33", "--report", "\(folder)/report",
      ]
      let first = try Program(reproduce)
      #expect(first.status == 0, "\(first.errors)")
      #expect(first.output.contains("| ring | 0."))
      #expect(first.errors.contains("ring, student-teacher, p = 33, M = 1: PRO 0."))
      let page = String(decoding: try bytes("\(folder)/report/index.html"), as: UTF8.self)
      #expect(page.contains("<td>ring</td>"))
      #expect(try Image(contentsOf: "\(folder)/report/figure.png").height > 3 * 128)
      let second = try Program(reproduce)
      #expect(second.output == first.output && !second.errors.contains("training"))
      let unknown = try Program(reproduce + ["--categories", "bottle"])
      #expect(unknown.status == 2 && unknown.errors.contains("has no category 'bottle', but ring"))
    }
  }

  @Test(arguments: [
    [], ["train"], ["inspect"], ["evaluate"], ["teach"], ["reproduce"], ["info"], ["sample-data"],
    ["reproduce", "mnist"], ["reproduce", "mvtec"], ["join"],
  ])
  func `explains itself`(command: [String]) throws {
    let help = try Program(command + ["--help"])
    #expect(help.status == 0 && help.output.contains("USAGE: students"))
  }

  @Test(arguments: [
    ["train"], ["train", "x", "-o", "y", "--scales", "18"], ["teach", "x"], ["nothing"],
    ["inspect", "m", "i", "--false-alarms", "2"], ["train", "x", "-o", "y", "--validation", "1"],
    ["train", "x", "-o", "y", "--method", "phrenology"], ["train", "x", "-o", "y", "--nu", "0.1"],
    ["train", "x", "-o", "y", "--method", "knn", "--scales", "33,65"],
    ["reproduce", "mnist"], ["reproduce", "mnist", "--data", "x", "--classes", "10"],
    ["teach", "x", "-o", "y", "--encoder-depth", "3"], ["reproduce", "mvtec", "--data", "x"],
    ["reproduce", "mvtec", "--data", "x", "--students", "0"],
    ["reproduce", "mvtec", "--data", "x", "--students", "5..1"],
    ["reproduce", "mvtec", "--data", "x", "--report", "y"],
    ["reproduce", "mvtec", "--data", "x", "--methods", "cnn-dictionary"],
    ["train", "x", "-o", "y", "--method", "cnn-dictionary"],
    ["train", "x", "-o", "y", "--method", "ssim-ae", "--scales", "33"],
    ["train", "x", "-o", "y", "--method", "knn", "--kind", "texture"],
    ["train", "x", "-o", "y", "--method", "ocgan", "--search-steps", "5"],
    ["train", "x", "-o", "y", "--quick", "--epochs", "3"],
    ["train", "x", "-o", "y", "--quick", "--recipe", "paper"],
    ["train", "x", "-o", "y", "--quick", "--method", "knn"],
    ["train", "x", "-o", "y", "--top-share", "1.5"],
    ["calibrate", "m", "-o", "n", "--leave-out", "a", "--top-share", "0.1"],
  ])
  func `refuses flags that make no sense`(arguments: [String]) throws {
    let refused = try Program(arguments)
    #expect(refused.status == 2 && refused.output.isEmpty && !refused.errors.isEmpty)
  }
}
