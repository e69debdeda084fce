import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing
import UninformedStudents

private func copy(_ name: String, to path: String) throws {
  try makeFolder(of: path)
  try FileManager.default.copyItem(atPath: Golden.path("images/\(name)"), toPath: path)
}

/// Each is one line that names the thing at fault, exit status 2, and no file harmed.
@Suite(.serialized) struct `Bad input` {
  private func expectRefusal(
    _ arguments: [String], naming name: String, saying words: String, fileLimit: Int? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let refused = try Program(arguments, fileLimit: fileLimit)
    #expect(refused.status == 2, "\(refused.errors)", sourceLocation: sourceLocation)
    let complaint = refused.errors.split(separator: "\n").last.map(String.init) ?? ""
    let isRight =
      complaint.hasPrefix("students: ") && complaint.contains(name) && complaint.contains(words)
    #expect(isRight, "\(refused.errors)", sourceLocation: sourceLocation)
  }

  /// A model of two pictures, good for nothing but being read.
  private func train(_ folder: String) throws -> String {
    for name in ["rgb.png", "grey.png"] { try copy(name, to: "\(folder)/good/\(name)") }
    let model = "\(folder)/m.students"
    let trained = try Program(
      ["train", "\(folder)/good", "-o", model, "--epochs", "1"]
        + tiny.filter { $0 != "4" && $0 != "--epochs" })
    #expect(trained.status == 0, "\(trained.errors)")
    return model
  }

  @Test func `to train on is refused`() async throws {
    try await withTemporaryFolder { folder in
      let model = "\(folder)/m.students"
      try AtomicFile.write(Data("mine".utf8), to: model)
      let good = "\(folder)/good"
      let train = ["train", good, "-o", model] + tiny

      try expectRefusal(train, naming: good, saying: "no such folder")
      try makeFolder(good)
      try expectRefusal(train, naming: good, saying: "no images")
      try copy("rgb.png", to: "\(good)/0.png")
      try expectRefusal(train, naming: good, saying: "give at least 2")
      for (name, words) in [
        ("text.png", "not a PNG"), ("truncated.jpg", "damaged"),
        ("bomb.png", "more than the limit"),
      ] {
        try copy(name, to: "\(good)/\(name)")
        try expectRefusal(train, naming: "\(good)/\(name)", saying: words)
        try FileManager.default.removeItem(atPath: "\(good)/\(name)")
      }
      #expect(try bytes(model) == Data("mine".utf8))
    }
  }

  @Test func `of every kind that can be converted is taken`() async throws {
    try await withTemporaryFolder { folder in
      for name in [
        "alpha.png", "cmyk.jpg", "grey16.png", "rgb.tif", "rgb.bmp", "rgb.webp", "palette.png",
      ] { try copy(name, to: "\(folder)/good/\(name)") }
      let large = Image(height: 90, width: 50, pixels: [Float](repeating: 0.5, count: 13500))
      try large.write(to: "\(folder)/good/large.png")
      let model = try train(folder)
      let inspected = try Program(["inspect", model, "\(folder)/good", "--json"])
      let decisions = try inspected.objects().compactMap { $0["decision"] as? String }
      #expect(decisions.count == 10)
      #expect(inspected.status == (decisions.contains("anomalous") ? 1 : 0))
    }
  }

  @Test func `to write to is refused`() async throws {
    try await withTemporaryFolder { folder in
      for name in ["rgb.png", "grey.png"] { try copy(name, to: "\(folder)/good/\(name)") }
      let train = { (output: String) -> [String] in
        ["train", "\(folder)/good", "-o", output] + tiny
      }
      try expectRefusal(
        train("\(folder)/no/m.students"), naming: "\(folder)/no/m.students",
        saying: "folder does not exist")
      try expectRefusal(train(folder), naming: folder, saying: "a folder")

      // A full disk, by a limit on the size of files: the old model stays.
      let model = "\(folder)/m.students"
      try AtomicFile.write(Data("mine".utf8), to: model)
      try expectRefusal(train(model), naming: model, saying: "disk is full", fileLimit: 100)
      #expect(try bytes(model) == Data("mine".utf8))
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(!left.contains { $0.hasSuffix(".part") || $0.hasSuffix(".probe") })
    }
  }

  @Test func `of options is refused with what to do`() throws {
    let trained = try Program(["train", "good", "-o", "m", "--method", "knn", "--epochs", "3"])
    #expect(trained.status == 2 && trained.errors.contains("leave out --epochs"))
  }

  @Test func `to inspect is reported and the rest is done`() async throws {
    try await withTemporaryFolder { folder in
      let model = try train(folder)
      try copy("text.png", to: "\(folder)/new/b.png")
      for name in ["a.png", "c.png"] { try copy("rgb.png", to: "\(folder)/new/\(name)") }
      let inspected = try Program(["inspect", model, "\(folder)/new", "--json"])
      #expect(inspected.status == 2)
      #expect(inspected.errors.contains("students: \(folder)/new/b.png: not a PNG"))
      let objects = try inspected.objects()
      #expect(objects.map { $0["error"] != nil } == [false, true, false])

      try expectRefusal(
        ["inspect", model, "\(folder)/none.png"], naming: "none.png", saying: "no such file")
      try expectRefusal(
        ["evaluate", model, "\(folder)/good"], naming: "\(folder)/good", saying: "no 'test'")
      try expectRefusal(
        ["inspect", model, "\(folder)/new", "--precision", "tf32", "--device", "cpu"],
        naming: "precision tf32", saying: "use fp32")
      try models(model, folder)
    }
  }

  /// Files that are no models, or no longer.
  private func models(_ model: String, _ folder: String) throws {
    let bad = "\(folder)/bad.students"
    let expectRefused = { (words: String) in
      try expectRefusal(
        ["inspect", bad, Golden.path("images/rgb.png")], naming: bad, saying: words)
      try expectRefusal(["info", bad], naming: bad, saying: words)
    }
    try expectRefused("cannot be read")

    let whole = try bytes(model)
    try AtomicFile.write(whole.prefix(whole.count / 2), to: bad)
    try expectRefused("cut short")

    var altered = whole
    altered[whole.count - 1000] ^= 1
    try AtomicFile.write(altered, to: bad)
    try expectRefused("altered")

    try AtomicFile.write(Data("no model at all".utf8), to: bad)
    try expectRefused("not a safetensors file")

    var newer = try SafetensorsFile(contentsOf: model)
    newer.metadata["uninformed-students.format"] = "99"
    try newer.write(to: bad)
    try expectRefused("update the program")

    newer.metadata["uninformed-students.format"] = "1"
    try newer.write(to: bad)
    try expectRefused("train it again")

    newer.metadata = [:]
    try newer.write(to: bad)
    try expectRefused("not a model of this program")

    try ModelFile(method: "phrenology").write(to: bad)
    try expectRefused("'phrenology' is unknown")

    var poisoned = try ModelFile(contentsOf: model)
    let name = "p33.student0.conv1.bias"
    poisoned.tensors[name] = try Tensor(repeating: .nan, shape: [128])
    try poisoned.write(to: bad)
    try expectRefused("tensor '\(name)' holds numbers that are not finite")
  }
}
