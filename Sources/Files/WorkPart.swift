import Foundation

/// One of several parts that work is done in, each by a worker of its own.
///
/// Every worker plans alike from the same inputs, and takes what is its own.
public struct WorkPart: Sendable, Equatable, LosslessStringConvertible {
  /// Which one, from 1 on.
  public let number: Int
  /// How many there are.
  public let count: Int

  /// All of it, by one worker.
  public static let whole = WorkPart(1, of: 1)

  private init(_ number: Int, of count: Int) {
    (self.number, self.count) = (number, count)
  }

  /// Such as `3/8`; nil for what is none.
  public init?(_ description: String) {
    let words = description.split(separator: "/", omittingEmptySubsequences: false)
    let numbers = words.compactMap { Int($0) }
    guard words.count == 2, numbers.count == 2, (1...Self.most).contains(numbers[1]),
      (1...numbers[1]).contains(numbers[0])
    else { return nil }
    self.init(numbers[0], of: numbers[1])
  }

  private static let most = 1_000_000

  /// Such as `3/8`.
  public var description: String { "\(number)/\(count)" }

  /// Whether something of this name is in this part: by SHA-256 of the name, whatever else there is.
  public func takes(_ name: String) -> Bool {
    guard count > 1 else { return true }
    let digits = Digest.digits(of: Data(SystemPath.bytes(name))).prefix(15)
    return (Int(digits, radix: 16) ?? 0) % count == number - 1
  }

  /// Whether something is in this part by its place, from 0 on, in a list that all workers have alike: every
  /// ``count``-th.
  public func takes(place: Int) -> Bool { place % count == number - 1 }

  /// The part that the engine says which started this process: a task of a Slurm array, a pod of an indexed
  /// Kubernetes Job, or a rank of torchrun.
  ///
  /// - Parameter environment: The variables of the process.
  /// - Returns: The part; nil where no engine says one.
  /// - Throws: ``WorkPartError`` where what it says makes no part.
  public static func ofEngine(_ environment: [String: String]) throws -> WorkPart? {
    // Names of the number, the count, the least number and the step between numbers.
    let engines: [(number: String, count: String, first: String?, step: String?)] = [
      (
        "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
        "SLURM_ARRAY_TASK_STEP"
      ),
      ("JOB_COMPLETION_INDEX", "JOB_COMPLETION_COUNT", nil, nil),
      ("RANK", "WORLD_SIZE", nil, nil),
    ]
    guard let engine = engines.first(where: { environment[$0.number] != nil }) else { return nil }
    func value(_ name: String?, otherwise: Int? = nil) throws -> Int {
      guard let name, let text = environment[name] else {
        if let otherwise { return otherwise }
        throw WorkPartError.missing(name ?? "", beside: engine.number)
      }
      guard let value = Int(text), (0...most * most).contains(value) else {
        throw WorkPartError.noPart(name, text)
      }
      return value
    }
    let count = try value(engine.count)
    let step = max(1, try value(engine.step, otherwise: 1))
    let place = (try value(engine.number) - value(engine.first, otherwise: 0)) / step
    guard let part = WorkPart("\(place + 1)/\(count)") else {
      throw WorkPartError.noPart(engine.number, "\(environment[engine.number] ?? "") of \(count)")
    }
    return part
  }
}

// MARK: - Where parts are kept

extension WorkPart {
  /// The folder beside an output that its parts lie in until they are joined.
  public static func folder(of output: String) -> String { "\(output).parts" }

  /// Where a worker keeps its part of an output, such as `OUTPUT.parts/3-of-8.json`.
  ///
  /// - Parameters:
  ///   - output: What the parts are joined to.
  ///   - ending: What the file's name ends with, such as `json`.
  /// - Returns: The path.
  public func path(of output: String, ending: String) -> String {
    SystemPath.joined(Self.folder(of: output), name(ending: ending))
  }

  private func name(ending: String) -> String { "\(number)-of-\(count).\(ending)" }

  /// The parts of an output whose files are there, in the order of their numbers.
  ///
  /// - Parameters:
  ///   - output: What the parts are joined to.
  ///   - ending: What the names of their files end with.
  /// - Returns: The parts; none where there is no folder of them.
  /// - Throws: ``FolderError`` or ``FileReadingError`` where that cannot be told.
  public static func parts(of output: String, ending: String) throws -> [WorkPart] {
    let folder = folder(of: output)
    guard try isFolder(folder) else { return [] }
    return try names(inFolder: folder).compactMap { name in
      guard name.hasSuffix(".\(ending)") else { return nil }
      let part = WorkPart(String(name.dropLast(ending.count + 1)).replacing("-of-", with: "/"))
      return part?.name(ending: ending) == name ? part : nil
    }.sorted { ($0.count, $0.number) < ($1.count, $1.number) }
  }
}

/// Why an engine's variables say no part.
public enum WorkPartError: Error, CustomStringConvertible, Equatable {
  /// A variable that is needed, and the one that is there.
  case missing(String, beside: String)
  /// A variable and what it holds.
  case noPart(String, String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .missing(let name, let other):
      "\(other) is set without \(name), the number of workers; set it"
    case .noPart(let name, let text): "\(name)=\(text): not the number of a part"
    }
  }
}
