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
        Give every worker the same images and the same folder. A hash of its path tells which worker inspects \
        an image.
        """,
      valueName: "folder"))
  var shards: String?

  @Option(
    help: ArgumentHelp(
      "The part and the number of parts, such as 3/8.",
      discussion: """
        The default comes from SLURM_ARRAY_TASK_ID and _COUNT, JOB_COMPLETION_INDEX and JOB_COMPLETION_COUNT, or \
        RANK and WORLD_SIZE; where none is set, it is all images.
        """), in: .workPart)
  var shard: WorkPart?

  func validate() throws {
    guard shard == nil || shards != nil else {
      throw ValidationError("--shard needs --shards, the folder for the results.")
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
  static let workPart = Bounds(text: "a part and the number of parts, such as 3/8")
}
