import ArgumentParser
import Foundation
import UninformedStudents

/// Options of commands that several processes run together.
struct GroupOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How many seconds workers that train together wait for each other.",
      discussion: """
        Start them with torchrun or srun, or by hand with MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE, all with \
        the same options. Each takes its share of every step. Worker 0 shows the progress and writes the file. \
        When one is lost, the others end after this time at the latest.
        """,
      valueName: "seconds"), in: .waiting)
  var workerTimeout = 300.0

  /// Where this process meets others; nil where it is alone.
  var place: Rendezvous? {
    get throws { try Rendezvous(environment: ProcessInfo.processInfo.environment) }
  }

  /// The processes that this one trains together with; nil where it is alone.
  ///
  /// - Parameter device: Where it trains.
  /// - Returns: The group, once all have come.
  /// - Throws: `RendezvousError`, and `ProcessGroupError` where they do not come.
  func group(on device: Device) throws -> ProcessGroup? {
    try place.map { try ProcessGroup($0, device: device, timeout: workerTimeout) }
  }
}

extension Bounds<Double> {
  static let waiting = Bounds(text: "a number of seconds from 1 to 86400") {
    $0 >= 1 && $0 <= 86400
  }
}
