import Foundation
import TestSupport
import Testing
import UninformedStudents

/// Whether a model judges elsewhere as here, through the real program.
@Suite(.serialized) struct `Models that prove themselves` {
  /// A small part, and a model of it that was trained with some options more.
  private func withModel(
    _ options: [String] = [], _ body: (_ folder: String, _ model: String) async throws -> Void
  ) async throws {
    try await withTemporaryFolder { folder in
      let (parts, model) = ("\(folder)/parts", "\(folder)/part.students")
      _ = try Program(["sample-data", parts, "--training", "8", "--test", "1", "--size", "64"])
      let trained = try Program(["train", "\(parts)/train/good", "-o", model] + tiny + options)
      try #require(trained.status == 0, "\(trained.errors)")
      try await body(folder, model)
    }
  }

  /// The kernels of each instruction set that this processor has round differently; threads do not.
  @Test func `verify with every instruction set and number of threads`() async throws {
    try await withModel { _, model in
      for capability in ["default", "avx2", "avx512"] {
        for threads in [1, 2] {
          let verified = try Program(
            shell: "ATEN_CPU_CAPABILITY=\(capability) \(Program.path) verify \(model) "
              + "--threads \(threads) --json")
          #expect(verified.status == 0, "\(capability), \(threads): \(verified.errors)")
          let found = try #require(verified.objects().first)
          let images = try #require(found["images"] as? [[String: Any]])
          #expect(!images.isEmpty && (found["couldChange"] as? [String]) == [])
          #expect(try #require(found["largestShare"] as? Double) < 5e-5)
        }
      }
      let text = try Program(["verify", model]).output
      #expect(text.contains("maps equal to the last bit"), "\(text)")
    }
  }

  /// A model that was made once, on another machine: see Tests/Golden/README.md.
  @Test func `verify on other machines and with later versions`() throws {
    let verified = try Program(["verify", "\(Golden.folder)/models/knn-0.1.0.students", "--json"])
    #expect(verified.status == 0, "\(verified.output) \(verified.errors)")
    let found = try #require(verified.objects().first)
    #expect((found["images"] as? [Any])?.count == 4)
    #expect(try #require(found["largestShare"] as? Double) < 5e-5)
  }

  /// As if this machine found other scores: the images of the proof change places.
  @Test func `say so where a verdict could change, and are not served`() async throws {
    try await withModel { folder, model in
      var file = try ModelFile(contentsOf: model)
      let last = try #require(file.tensors.keys.filter { $0.hasPrefix("proof.") }.max())
      (file.tensors["proof.0"], file.tensors[last]) = (file.tensors[last], file.tensors["proof.0"])
      let other = "\(folder)/other.students"
      try file.write(to: other)
      let verified = try Program(["verify", other])
      #expect(verified.status == 1 && verified.output.contains("could change the verdict"))
      let served = try Program([
        "serve", other, "--data", "\(folder)/d", "--listen", "127.0.0.1:0",
      ])
      #expect(served.status == 2 && served.errors.contains("--unverified"), "\(served.errors)")
      let started = try Program.started(
        ["serve", other, "--unverified", "--data", "\(folder)/d", "--listen", "127.0.0.1:0"])
      #expect(try started.number(/:([0-9]+)\//) != nil)
      started.end()
    }
  }

  @Test func `carry no image where none may leave the house`() async throws {
    try await withModel(["--no-proof"]) { folder, model in
      let verified = try Program(["verify", model])
      #expect(verified.status == 2 && verified.errors.contains("--proof"), "\(verified.errors)")
      let (good, proved) = ("\(folder)/parts/train/good", "\(folder)/proved.students")
      let calibrated = try Program(
        ["calibrate", model, good, "--held-out", "--proof", "-o", proved])
      #expect(calibrated.status == 0, "\(calibrated.errors)")
      #expect(try Program(["verify", proved]).status == 0)
    }
  }

  /// Half the bytes for the weights; refused for weights that have more digits.
  @Test func `are exported with 16 bits once they are calibrated so`() async throws {
    try await withModel { folder, model in
      let refused = try Program(["export", model, "-o", "\(folder)/no.onnx", "--half"])
      #expect(
        refused.status == 2 && refused.errors.contains("calibrate MODEL GOOD --held-out --half"))
      let half = "\(folder)/half.students"
      let calibrated = try Program(
        ["calibrate", model, "\(folder)/parts/train/good", "--held-out", "--half", "-o", half])
      #expect(calibrated.status == 0 && calibrated.errors.contains("rounded to 16 bits"))
      #expect(try Program(["verify", half]).status == 0)
      let sizes = try [(model, []), (half, ["--half"])].map { model, options in
        let exported = try Program(["export", model, "-o", "\(folder)/x.onnx"] + options)
        #expect(exported.status == 0, "\(exported.errors)")
        return try Data(contentsOf: URL(fileURLWithPath: "\(folder)/x.onnx")).count
      }
      #expect(Double(sizes[1]) < 0.55 * Double(sizes[0]), "\(sizes)")
    }
  }
}
