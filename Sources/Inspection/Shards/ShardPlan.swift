import Files

/// What all workers agree on that inspect images together.
///
/// It is the first line of each shard, so that no worker goes on with what another one had planned.
public struct ShardPlan: Codable, Sendable, Equatable {
  /// The fingerprint of the model.
  public let model: String
  /// The rate of false alarms that was asked for; nil for the default.
  public let falseAlarms: Double?
  /// Whether regions are explained.
  public let isExplained: Bool
  /// How many images there are in all parts.
  public let images: Int
  /// SHA-256 over their names, in their order.
  public let list: String
  /// How many parts there are.
  public let parts: Int

  /// The plan for images.
  ///
  /// - Parameters:
  ///   - names: All of them, of all parts.
  ///   - parts: How many parts there are.
  ///   - model: The fingerprint of the model.
  ///   - falseAlarms: The rate of false alarms that was asked for.
  ///   - isExplained: Whether regions are explained.
  public init(
    _ names: [String], parts: Int, model: String, falseAlarms: Double?, isExplained: Bool
  ) {
    self.model = model
    self.falseAlarms = falseAlarms
    self.isExplained = isExplained
    images = names.count
    list = Digest.digits(of: names)
    self.parts = parts
  }

  /// Names of what differs in another plan.
  func differences(from other: ShardPlan) -> [String] {
    [
      ("the model", model == other.model), ("--false-alarms", falseAlarms == other.falseAlarms),
      ("--explain", isExplained == other.isExplained),
      ("the images", (images, list) == (other.images, other.list)),
      ("the number of parts", parts == other.parts),
    ].filter { !$0.1 }.map(\.0)
  }

  /// The names of all shards in a folder.
  static func shards(in folder: String) throws -> [String] {
    try names(inFolder: folder).filter { $0.hasPrefix("shard-") && $0.hasSuffix(".jsonl") }.sorted()
  }

  /// The file of a part.
  static func path(_ part: WorkPart, in folder: String) -> String {
    let digits = { (number: Int) in
      String(repeating: "0", count: max(0, 6 - "\(number)".count)) + "\(number)"
    }
    return SystemPath.joined(folder, "shard-\(digits(part.number))-of-\(digits(part.count)).jsonl")
  }
}

/// Why shards cannot be written or merged.
public enum ShardError: Error, CustomStringConvertible, Equatable {
  /// The file is of other work; with what differs.
  case otherPlan(String, [String])
  /// No shard is in the folder.
  case none(String)
  /// The file is no shard.
  case foreign(String)
  /// Shards that are missing.
  case missing([String])
  /// The part is not done.
  case unfinished(String)
  /// So many images are in no shard, although all parts are done.
  case lost(Int)
  /// A file says something of an image a second time, or of one that is not in its part.
  case twice(String, Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .otherPlan(let path, let differences):
      "\(path): belongs to other work (\(differences.joined(separator: ", ")) differ); choose another folder"
    case .none(let folder): "\(folder): no shard in it; inspect the parts first"
    case .foreign(let path): "\(path): not a shard of this program"
    case .missing(let paths): "\(firstFew(paths)): missing; start these parts"
    case .unfinished(let path): "\(path): not finished; start this part again"
    case .lost(let count):
      "\(count) image\(count == 1 ? " is" : "s are") in no shard; delete the shards, and start all parts again"
    case .twice(let path, let number):
      "\(path): image \(number + 1) appears twice or belongs to another part; delete the file, and start its part again"
    }
  }
}
