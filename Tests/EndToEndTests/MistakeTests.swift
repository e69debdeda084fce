import ArgumentParser
import Files
import Foundation
import Networks
import TestSupport
import Testing
import UninformedStudents

@testable import students

/// What the program says of commands that cannot be carried out.
@Suite struct `Mistakes` {
  private static let commands = [
    "students nothing",
    "students train good",
    "students train good -o m --scales 18",
    "students train good -o m --epochs many",
    "students train good -o m --seed -1",
    "students train good -o m --validation 1",
    "students train good -o m --calibration cross --validation 0.2",
    "students train good -o m --method phrenology",
    "students train good -o m --method knn --scales 33,65",
    "students train good -o m --method ssim-ae --scales 33",
    "students train good -o m --method knn --epochs 3",
    "students train good -o m --method knn --augment turn",
    "students train good -o m --method knn --part 1/2",
    "students train good -o m --method cnn-dictionary",
    "students train good -o m --augment spin",
    "students train good -o m --nu 0.1",
    "students train good -o m --roi 1,2,3",
    "students train good -o m --value-range 9",
    "students train good -o m --part 3/2",
    "students train good -o m --part auto",
    "students train good -o m --device cuda:99",
    "students train good -o m --quick --epochs 3",
    "students train ./parts/train/good -o ./m --scales 17 --teacher ./nameless.safetensors",
    "students train ./parts/train/good -o ./begun",
    "students train ./parts/train/good -o ./early --part 1/3",
    "students inspect ./m.students",
    "students inspect ./m.students a.png --json --csv",
    "students inspect ./m.students a.png --csv --explain",
    "students inspect ./m.students a.png --csv --shards found",
    "students inspect ./m.students a.png --shard 1/2",
    "students inspect ./m.students a.png --false-alarms 2",
    "students inspect ./m.students a.png --map-size model",
    "students inspect ./m.students --list ./none.txt",
    "students evaluate ./m.students ./parts --false-alarms 0.1 --scales 33",
    "students evaluate ./m.students ./parts --scales 33",
    "students calibrate ./m.students -o n",
    "students calibrate ./m.students -o n --held-out --leave-out a.png",
    "students calibrate ./m.students good -o n --half --precision bf16",
    "students export ./m.students -o ./m.onnx --input 3",
    "students export ./m.students -o ./m.onnx --input 99x88 --check ./parts/train/good",
    "students serve",
    "students serve ./m.students --watch-json",
    "students serve ./m.students --webhook-secret ./key.txt",
    "students serve ./m.students --keep forever",
    "students serve ./m.students --listen 8080",
    "students serve ./m.students --listen 0.0.0.0:8080",
    "students serve ./m.students --token-file ./none.txt",
    "students serve ./m.students --token-file ./short.txt",
    "students serve ./empty --data ./data",
    "students serve ./m.students ./other/m.students --data ./data",
    "students serve ./m.students --data ./data --webhook ftp://here",
    "students serve --config ./none.toml",
    "students serve --config ./array.toml",
    "students serve --config ./help.toml",
    "students serve --config ./list.toml",
    "students serve --config ./array.json",
    "students serve --config ./brace.json",
    "students serve --config ./object.json",
    "students history export data --format folders",
    "students teach",
    "students teach photographs",
    "students teach --list ./empty.txt -o t",
    "students teach photographs -o t --encoder-depth 3",
    "students reproduce mnist",
    "students reproduce mnist --data ./mnist --classes 10",
    "students reproduce mnist --data ./mnist --part 1/2",
    "students reproduce mnist --data ./mnist --teacher ./nameless.safetensors",
    "students reproduce mnist --data ./mnist --teacher k=./nameless.safetensors --teacher k=./nameless.safetensors",
    "students reproduce mvtec --data ./parts --students 5..1",
    "students reproduce mvtec --data ./parts --report page",
    "students reproduce mvtec --data ./parts --report page --output ./out.json --part 1/2",
    "students reproduce mvtec --data ./parts --methods cnn-dictionary",
    "students reproduce mvtec --data ./parts --categories bottle",
    "students join ./none",
    "students join ./early",
    "students join ./mixed",
    "students join ./damaged",
    "students join ./other",
    "students join ./away",
  ]

  /// What is wrong in the folder.
  private static let files = [
    "begun.checkpoint/a": "", "empty/a": "", "empty.txt": "", "short.txt": "short",
    "array.toml": "models = [", "help.toml": "help = true", "list.toml": "queue = [\"1\"]",
    "array.json": "[1]", "brace.json": "{", "object.json": "{\"queue\": {}}",
    "early.parts/1-of-2.pieces": pieces(), "mixed.parts/1-of-2.pieces": pieces(),
    "mixed.parts/1-of-3.pieces": pieces(), "damaged.parts/1-of-2.pieces": "{",
    "other.parts/1-of-2.pieces": pieces("1"), "other.parts/2-of-2.pieces": pieces("2"),
    "away.parts/1-of-1.pieces": pieces("1", in: "/nowhere"),
  ]

  /// What a worker leaves.
  private static func pieces(_ seed: String? = nil, in folder: String = "/") -> String {
    let fingerprint = seed.map { ", \"fingerprint\": {\"parts\": {\"seed\": \"\($0)\"}}" } ?? ""
    return """
      {"arguments": [], "folder": "\(folder)", "threads": 1, "device": "cpu"\(fingerprint)}
      """
  }

  @Test func `snapshot of what is said of them`() async throws {
    try await withTemporaryFolder { folder in
      for (name, text) in Self.files {
        try makeFolder(of: "\(folder)/\(name)")
        try AtomicFile.write(Data(text.utf8), to: "\(folder)/\(name)")
      }
      for (name, target) in [
        ("m.students", "models/knn-0.1.0.students"), ("mnist", "datasets/mnist"),
      ] {
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/\(name)", withDestinationPath: Golden.path(target))
      }
      try TeacherFile(PatchDescriptor(.p33, seed: 1), card: [:]).write(
        to: "\(folder)/nameless.safetensors")
      var data = SampleData()
      (data.training, data.test, data.side) = (2, 1, 64)
      try data.write(to: "\(folder)/parts")
      var lines: [String] = []
      for command in Self.commands {
        lines.append("$ \(command)\n\(try await said(of: command, in: folder))\n")
      }
      // Workers that train together know of each other by the environment.
      for options in ["--method knn", "--calibration cross"] {
        let command = "students train good -o m \(options)"
        let ran = try Program(
          shell: """
            export MASTER_ADDR=127.0.0.1 MASTER_PORT=9 RANK=0 WORLD_SIZE=2
            students() { '\(Program.path)' "$@"; }
            \(command)
            """)
        #expect(ran.status == 2 && ran.output.isEmpty)
        lines.append("$ RANK=0 WORLD_SIZE=2 \(command)\n\(ran.errors)")
      }
      let said = lines.joined(separator: "\n").replacing(/(choose one of: cpu), .*/) { "\($0.1)" }
      try expectSnapshot(said, "errors/students")
    }
  }

  /// What the program says of a command, whose files lie in a folder instead of the working one.
  private func said(of command: String, in folder: String) async throws -> String {
    let words = command.replacing("./", with: "\(folder)/").split(separator: " ").map(String.init)
    do {
      var parsed = try Students.parseAsRoot(Array(words.dropFirst()))
      if var parsed = parsed as? any AsyncParsableCommand {
        try await parsed.run()
      } else {
        try parsed.run()
      }
      return "nothing"
    } catch {
      return Students.complaint(about: error).replacing("\(folder)/", with: "")
    }
  }
}
