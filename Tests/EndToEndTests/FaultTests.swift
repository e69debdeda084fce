import Files
import Foundation
import TestSupport
import Testing

/// What `Tests/FaultInjection/run` found; it tries every call.
@Suite(.serialized, .enabled(if: Fault.isAvailable)) struct `A disk that fails for a moment` {
  private func mnist(_ output: String, _ method: String = "knn") -> [String] {
    [
      "reproduce", "mnist", "--data", Golden.path("datasets/mnist"), "--methods", method,
      "--classes", "0", "--threads", "1", "--output", output,
    ]
  }

  @Test func `costs no results that were kept`() async throws {
    try await withTemporaryFolder { folder in
      let output = "\(folder)/results"
      #expect(try Program(mnist(output)).status == 0)
      let whole = try bytes(output)
      for call in ["open", "read"] {
        let fault = Fault(call: call, name: "/results", number: 1, how: "EIO")
        #expect(try fault.status(of: mnist(output), under: folder) == 2)
        #expect(try bytes(output) == whole)
      }
    }
  }

  @Test func `leaves no category out`() async throws {
    try await withTemporaryFolder { folder in
      for name in ["a", "b"] {
        let drawn = try Program([
          "sample-data", "\(folder)/data/\(name)", "--training", "2", "--test", "1", "--size", "64",
        ])
        #expect(drawn.status == 0)
      }
      let reproduce = [
        "reproduce", "mvtec", "--data", "\(folder)/data", "--methods", "knn", "--image-size", "64",
        "--threads", "1",
      ]
      for name in ["/data", "/data/b", "/data/b/train"] {
        let fault = Fault(call: "list", name: name, number: 1, how: "EIO")
        #expect(try fault.status(of: reproduce, under: folder) == 2, "\(name)")
      }
    }
  }

  @Test func `costs no work that was kept`() async throws {
    try await withTemporaryFolder { folder in
      #expect(
        try Program([
          "sample-data", "\(folder)/ring", "--training", "3", "--test", "1", "--size", "64",
        ]).status == 0)
      let output = "\(folder)/results"
      let reproduce =
        [
          "reproduce", "mvtec", "--data", "\(folder)/ring", "--methods", "student-teacher",
          "--output", output, "--scales", "33",
        ] + ["--students", "1", "--image-size", "64", "--epochs", "1", "--threads", "1"]
      let kill = Fault(call: "rename", name: ".students", number: 1, how: "KILL")
      #expect(try kill.status(of: reproduce, under: folder) == -SIGKILL)
      let work = "\(output).checkpoint/ring-student-teacher"
      let before = try names(inFolder: work)
      #expect(before.count > 3)
      let fault = Fault(call: "read", name: ".safetensors", number: 1, how: "EIO")
      #expect(try fault.status(of: reproduce, under: work) == 2)
      #expect(try names(inFolder: work) == before)
      let unlisted = Fault(call: "list", name: work, number: 1, how: "EIO")
      let run = try unlisted.run(reproduce, under: work)
      #expect(run.status == 0)
      #expect(
        run.errors.contains("\(work): the work is finished, but this folder cannot be deleted"))
      #expect(try Program(reproduce).status == 0)
      #expect(try !fileExists("\(output).checkpoint"), "nothing stays once all is done")
    }
  }

  @Test func `is told of where it keeps finished work`() async throws {
    try await withTemporaryFolder { folder in
      let output = "\(folder)/results"
      let work = "\(output).checkpoint/ae-0"
      // The first two, at both ends of a listing, look for what killed runs have left.
      let unlisted = Fault(call: "list", name: work, number: 3, how: "EIO")
      let run = try unlisted.run(mnist(output, "ae"), under: folder)
      #expect(run.status == 0)
      #expect(
        run.errors.contains("\(work): the work is finished, but this folder cannot be deleted"))
      #expect(try fileExists(work))
      #expect(try Program(mnist(output, "ae")).status == 0)
      #expect(try !fileExists("\(output).checkpoint"), "the next run deletes it")
    }
  }
}
