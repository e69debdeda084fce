import ArgumentParser
import Files
import Foundation
import UninformedStudents

/// Options of commands that share images between workers.
struct ShardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Inspect one part of the images, and append the lines of --json to a file in this folder.",
      discussion: """
        Every worker is given the same images and the same folder. It takes images by a hash of their paths.
        """,
      valueName: "folder"))
  var shards: String?

  @Option(
    help: ArgumentHelp(
      "Which part of how many, such as 3/8.",
      discussion: """
        Without it SLURM_ARRAY_TASK_ID and _COUNT say it, JOB_COMPLETION_INDEX and JOB_COMPLETION_COUNT, or RANK and \
        WORLD_SIZE; without these it is all of them.
        """), in: .workPart)
  var shard: WorkPart?

  func validate() throws {
    guard shard == nil || shards != nil else {
      throw ValidationError("--shard is for --shards, the folder of what the parts find.")
    }
  }

  /// The part of this process.
  var part: WorkPart {
    get throws {
      guard shards != nil else { return .whole }
      return try shard ?? WorkPart.ofEngine(ProcessInfo.processInfo.environment) ?? .whole
    }
  }
}

extension Bounds<WorkPart> {
  static let workPart = Bounds(text: "a part of how many, such as 3/8")
}
