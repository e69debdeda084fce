import Files
import Foundation
import Networks
import Tensors
import TestSupport
import Testing
import UninformedStudents

@Suite(.serialized) struct `Teaching` {
  @Test func `makes a teacher that students can be trained with`() async throws {
    try await withTemporaryFolder { folder in
      _ = try Program([
        "sample-data", "\(folder)/ring", "--training", "4", "--test", "1", "--size", "96",
      ])
      let photos = "\(folder)/ring/train/good"
      let weights = "\(folder)/encoder.safetensors"
      try SafetensorsFile(tensors: randomEncoder()).write(to: weights)
      let teach = { (name: String, more: [String]) -> [String] in
        [
          "teach", photos, "-o", "\(folder)/\(name)", "--scale", "17", "--encoder", weights,
          "--steps", "6", "--batch", "4",
        ] + more
      }
      let taught = try Program(teach("a", []))
      #expect(taught.status == 0, "\(taught.errors)")
      let info = try Program(["info", "\(folder)/a"])
      #expect(info.output.contains("teacher for patches of 17 pixels"))
      #expect(info.output.contains("encoder.safetensors"))

      #expect(try Program(teach("b", [])).status == 0)
      #expect(try bytes("\(folder)/a") == bytes("\(folder)/b"))
      #expect(try Program(teach("c", ["--seed", "2"])).status == 0)
      #expect(try bytes("\(folder)/a") != bytes("\(folder)/c"))

      let model = "\(folder)/m.students"
      let trained = try Program(
        ["train", photos, "-o", model, "--teacher", "\(folder)/a"] + tiny + ["--scales", "17"])
      let unused = try Program(
        ["train", photos, "-o", model, "--teacher", "\(folder)/a"] + tiny + ["--scales", "33"])
      #expect(unused.status == 2)
      #expect(
        unused.errors.contains(
          "\(folder)/a: a teacher for p = 17, which is not used; pass --scales 17,33"))
      #expect(trained.status == 0, "\(trained.errors)")
      #expect(try TrainedModel(contentsOf: model).provenance.trainingImages == 3)
    }
  }

  @Test(.enabled(if: Fault.isAvailable, "needs Linux and clang"))
  func `killed at any moment ends in the same file`() async throws {
    try await withTemporaryFolder { folder in
      _ = try Program([
        "sample-data", "\(folder)/ring", "--training", "4", "--test", "1", "--size", "96",
      ])
      let weights = "\(folder)/encoder.safetensors"
      try SafetensorsFile(tensors: randomEncoder()).write(to: weights)
      let teach = { (name: String, more: [String]) -> [String] in
        [
          "teach", "\(folder)/ring/train/good", "-o", "\(folder)/\(name)", "--scale", "17",
          "--encoder", weights, "--steps", "30", "--batch", "4", "--threads", "2",
        ] + more
      }
      #expect(try Program(teach("a", [])).status == 0)
      // Before its first checkpoint, between two, and before the teacher is in its place.
      for (call, name) in [
        ("create", ""), ("write", ".checkpoint/seconds"), ("rename", ".safetensors"),
        ("rename", ".checkpoint/seconds"), ("rename", "/b"),
      ] {
        let kill = Fault(call: call, name: name, number: 1, how: "KILL")
        let status = try kill.status(of: teach("b", []), under: folder)
        #expect(status == -SIGKILL || name == ".checkpoint/seconds", "\(call) \(name)")
        #expect(try Program(teach("b", ["--resume"])).status == 0)
        #expect(try bytes("\(folder)/a") == bytes("\(folder)/b"))
        try FileManager.default.removeItem(atPath: "\(folder)/b")
      }
    }
  }

  @Test func `measures a teacher on photos kept aside`() async throws {
    try await withTemporaryFolder { folder in
      _ = try Program([
        "sample-data", "\(folder)/ring", "--training", "4", "--test", "1", "--size", "96",
      ])
      let photos = "\(folder)/ring/train/good"
      let refused = try Program(["teach", photos, "--report", "x"])
      #expect(refused.status == 2 && refused.errors.contains("x: cannot be read"))
      let both = try Program(["teach", photos, "--report", "x", "-o", "y"])
      #expect(both.status == 2 && both.errors.contains("either -o"))
      let teacher = "\(folder)/t"
      try TeacherFile(PatchDescriptor(.p17, seed: 1), card: [:]).write(to: teacher)
      let random = "\(folder)/r"
      let untrained = try Program([
        "teach", photos, "-o", random, "--scale", "17", "--losses", "c", "--steps", "0", "--seed",
        "1",
      ])
      #expect(untrained.status == 0, "\(untrained.errors)")
      let (a, b) = try (TeacherFile(contentsOf: random), TeacherFile(contentsOf: teacher))
      for (x, y) in zip(a.teacher.parameters, b.teacher.parameters) {
        #expect(try x.bytes() == y.bytes())
      }
      let mnist = ["reproduce", "mnist", "--data", Golden.path("datasets/mnist")]
      let noRow = try Program(mnist + ["--teacher", random])
      #expect(noRow.status == 2)
      #expect(noRow.errors.contains("as in k,c=\(random) (k,c; k,m,c; m,c; k)"))
      let twice = try Program(mnist + ["--teacher", "k=\(random)", "--teacher", "k=\(teacher)"])
      #expect(twice.errors.contains("two teachers have the losses k"))
      let few = try Program(["teach", photos, "--report", teacher])
      #expect(few.status == 2 && few.errors.contains("give at least 100"))
    }
  }

  @Test func `names the first tensor that an encoder lacks`() async throws {
    try await withTemporaryFolder { folder in
      _ = try Program([
        "sample-data", "\(folder)/ring", "--training", "2", "--test", "1", "--size", "64",
      ])
      let weights = "\(folder)/encoder.safetensors"
      let tensors = try randomEncoder().filter { $0.key != "layer1.1.conv2.weight" }
      try SafetensorsFile(tensors: tensors).write(to: weights)
      let refused = try Program([
        "teach", "\(folder)/ring/train/good", "-o", "\(folder)/a", "--encoder", weights,
      ])
      #expect(refused.status == 2)
      #expect(refused.errors.contains("students: \(weights): the weights have no tensor"))
      #expect(refused.errors.contains("layer1.1.conv2.weight"))
    }
  }
}
