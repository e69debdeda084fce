import ArgumentParser
import Files
import Foundation

/// Which part of its work a worker does: one that is named, or the one that its engine says.
enum PartChoice: LosslessStringConvertible {
  case named(WorkPart)
  case ofEngine

  init?(_ text: String) {
    guard text != "auto" else {
      self = .ofEngine
      return
    }
    guard let part = WorkPart(text) else { return nil }
    self = .named(part)
  }

  var description: String {
    switch self {
    case .named(let part): part.description
    case .ofEngine: "auto"
    }
  }

  /// The part of this process.
  func part() throws -> WorkPart {
    switch self {
    case .named(let part): return part
    case .ofEngine:
      guard let part = try WorkPart.ofEngine(ProcessInfo.processInfo.environment) else {
        throw CommandError(
          "--part auto: none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX and RANK is set; name the part, "
            + "such as --part 2/3")
      }
      return part
    }
  }
}

extension Bounds<PartChoice> {
  static let partChoice = Bounds(text: "a part and the number of parts, such as 2/3, or auto")
}
