import Files
import Foundation
import TestSupport
import Testing

@testable import students

@Suite(.serialized) struct `Ctrl-C` {
  /// Starts the program, sends it a signal as soon as its messages hold some words, and gives its
  /// status and all that it said.
  private func stopped(
    _ arguments: [String], at words: String, by signal: Int32 = SIGINT
  ) throws -> (status: Int32, errors: String) {
    let started = try Program.started(arguments)
    var errors = Data()
    var isSent = false
    while true {
      let part = started.errors.fileHandleForReading.availableData
      guard !part.isEmpty else { break }
      errors += part
      if !isSent, String(decoding: errors, as: UTF8.self).contains(words) {
        kill(started.process.processIdentifier, signal)
        isSent = true
      }
    }
    started.process.waitUntilExit()
    return (started.process.terminationStatus, String(decoding: errors, as: UTF8.self))
  }

  @Test func `says what is true of each command`() async throws {
    try await withTemporaryFolder { folder in
      let drawn = try Program([
        "sample-data", "\(folder)/d", "--training", "4", "--test", "1", "--size", "64",
      ])
      #expect(drawn.status == 0)
      let model = "\(folder)/m"
      let trained = try Program(["train", "\(folder)/d/train/good", "-o", model] + tiny)
      #expect(trained.status == 0, "\(trained.errors)")
      // So many that the signal is in time.
      try makeFolder("\(folder)/many")
      for number in 0..<300 {
        try FileManager.default.linkItem(
          atPath: "\(folder)/d/train/good/000.png", toPath: "\(folder)/many/\(number).png")
      }
      let before = try bytes(model)
      let calibrated = try stopped(
        ["calibrate", model, "\(folder)/many", "-o", model], at: "1/300")
      #expect(calibrated.status == 130, "\(calibrated.errors)")
      #expect(calibrated.errors.contains("stopped; nothing is written"))
      #expect(!calibrated.errors.contains("--resume"))
      #expect(try bytes(model) == before)

      let table = ["reproduce", "mvtec", "--data", "\(folder)/d", "--methods", "ae"]
      let lost = try stopped(table, at: "1/3")
      #expect(lost.status == 130 && lost.errors.contains("without --output nothing is kept"))
      let kept = try stopped(table + ["--output", "\(folder)/r.json"], at: "1/3")
      #expect(kept.status == 130 && kept.errors.contains("the same command continues it"))
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names.sorted() == ["d", "m", "many", "r.json.checkpoint"])
    }
  }

  @Test func `stops work, and then does what it did before`() async throws {
    let isWorking = AsyncStream<Void>.makeStream()
    Task {
      for await _ in isWorking.stream { kill(getpid(), SIGINT) }
    }
    let error = await #expect(throws: Stopped.self) {
      try await stoppable("some of it is kept") {
        isWorking.continuation.yield()
        isWorking.continuation.finish()
        while true {
          try Task.checkCancellation()
          await Task.yield()
        }
      }
    }
    #expect(error?.description == "stopped; some of it is kept")
    for number in [SIGINT, SIGTERM] {
      // signal() gives the old action, and null is the default.
      #expect(signal(number, SIG_DFL) == nil)
    }
  }

  @Test func `ends the process the second time`() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      try await stoppable("nothing") {
        kill(getpid(), SIGINT)
        // Not heeded: it works on until the second signal has come.
        while true {
          if Task.isCancelled { kill(getpid(), SIGTERM) }
        }
      }
    }
  }
}
