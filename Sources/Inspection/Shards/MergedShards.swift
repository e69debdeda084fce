import Files
import Foundation

/// The shards of a folder, checked: nothing is missing, nothing is there twice.
public struct MergedShards {
  /// What the workers agreed on.
  public let plan: ShardPlan
  /// How many images could not be inspected.
  public let failures: Int
  private let texts: [Data]
  /// Of each image, in the order of the list, its shard and where its record stands there.
  private let records: [(shard: Int, record: Range<Int>)]

  /// Reads and checks all shards.
  ///
  /// - Parameter folder: Where they lie.
  /// - Throws: ``ShardError``, and what reading a file throws.
  public init(_ folder: String) throws {
    guard let first = try ShardPlan.shards(in: folder).first else { throw ShardError.none(folder) }
    let firstPath = SystemPath.joined(folder, first)
    let firstText = try contents(ofFile: firstPath, limit: .max) ?? Data()
    guard let plan = ShardLines(firstText).plan, (1...1_000_000).contains(plan.parts),
      (0...1 << 40).contains(plan.images)
    else { throw ShardError.foreign(firstPath) }
    let paths = (1...plan.parts).compactMap { WorkPart("\($0)/\(plan.parts)") }.map {
      ShardPlan.path($0, in: folder)
    }
    let missing = try paths.filter { try !fileExists($0) }
    guard missing.isEmpty else { throw ShardError.missing(missing) }
    var texts: [Data] = []
    var places: [Int: (shard: Int, record: Range<Int>)] = [:]
    var failures = 0
    for (shard, path) in paths.enumerated() {
      let text = try contents(ofFile: path, limit: .max) ?? Data()
      let lines = ShardLines(text)
      guard let known = lines.plan else { throw ShardError.foreign(path) }
      guard known == plan else {
        throw ShardError.otherPlan(path, plan.differences(from: known))
      }
      guard lines.isComplete else { throw ShardError.unfinished(path) }
      for record in lines.records {
        guard record.number < plan.images,
          places.updateValue((shard, record.record), forKey: record.number) == nil
        else { throw ShardError.twice(path, record.number) }
        if record.isFailure { failures += 1 }
      }
      texts.append(text)
    }
    guard places.count == plan.images else {
      throw ShardError.lost(plan.images - places.count)
    }
    self.plan = plan
    self.failures = failures
    self.texts = texts
    records = (0..<plan.images).compactMap { places[$0] }
  }

  /// The records in the order of the list, a line each, as one machine's `students inspect --json` prints them.
  public func forEachLine(_ body: (String) throws -> Void) rethrows {
    for (shard, record) in records {
      try body(String(decoding: texts[shard][record], as: UTF8.self))
    }
  }
}
