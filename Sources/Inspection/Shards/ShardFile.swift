public import Files
import Foundation

/// The records of one part, a line each, appended as they come: what a killed worker leaves is gone on with.
///
/// The first line is the plan, the last one of a part that is done says so. In between, a line has the number of
/// an image in the whole list, and its record as `students inspect --json` prints it.
public final class ShardFile {
  /// The file.
  public let path: String
  /// The numbers of images that are inspected already.
  public let done: Set<Int>
  private let claim: OutputClaim
  private let file: AppendedFile
  private var lastSync = ContinuousClock.now

  /// Begins or goes on with a part; images that failed are tried again.
  ///
  /// - Parameters:
  ///   - part: Which one.
  ///   - plan: What all workers agree on.
  ///   - folder: Where the shards lie.
  /// - Throws: ``ShardError/otherPlan(_:_:)`` where what is there is of other work, ``OutputClaimError``
  ///   where another worker has the part, ``FileError``.
  public init(_ part: WorkPart, of plan: ShardPlan, in folder: String) throws {
    try AtomicFile.checkWritable(folder: folder)
    let path = ShardPlan.path(part, in: folder)
    self.path = path
    // What tells the number of parts.
    let ending = "-of-" + SystemPath.name(path).split(separator: "-of-")[1]
    let others = try ShardPlan.shards(in: folder).filter { !$0.hasSuffix(ending) }
    if let other = others.first {
      throw ShardError.otherPlan(SystemPath.joined(folder, other), ["the number of parts"])
    }
    claim = try OutputClaim(path)
    let first = Line.plan(plan).data
    if let text = try contents(ofFile: path, limit: .max) {
      let lines = ShardLines(text)
      guard let known = lines.plan else { throw ShardError.foreign(path) }
      guard known == plan else {
        throw ShardError.otherPlan(path, plan.differences(from: known))
      }
      done = Set(lines.records.filter { !$0.isFailure }.map(\.number))
      // Failures, a last line that was cut, and the end are written again.
      let kept = lines.records.filter { !$0.isFailure }
      try AtomicFile.write(
        kept.reduce(into: first) { $0.append(text[$1.line]) }, to: path)
    } else {
      done = []
      try AtomicFile.write(first, to: path)
    }
    file = try AppendedFile(path)
  }

  /// Writes down what was found in an image.
  ///
  /// - Parameters:
  ///   - record: A line of JSON.
  ///   - number: Its number in the whole list.
  ///   - isFailure: Whether it could not be inspected.
  /// - Throws: ``FileError``.
  public func append(_ record: String, number: Int, isFailure: Bool) throws {
    try file.append(Line.record(record, number: number, isFailure: isFailure).data)
    let now = ContinuousClock.now
    guard now - lastSync > .seconds(1) else { return }
    lastSync = now
    try file.sync()
  }

  /// Says that all images of the part are there.
  public func finish() throws {
    try file.append(Line.end.data)
    try file.sync()
    claim.release()
  }

  /// What can stand in a line.
  private enum Line {
    case plan(ShardPlan)
    case record(String, number: Int, isFailure: Bool)
    case end

    var data: Data {
      let text =
        switch self {
        case .plan(let plan): "{\"plan\":\((try? plan.json()) ?? "")}"
        case .record(let record, let number, let isFailure):
          "{\"failed\":\(isFailure),\"number\":\(number),\"record\":\(record)}"
        case .end: "{\"end\":true}"
        }
      return Data("\(text)\n".utf8)
    }
  }
}

/// The lines of a shard; one that a killed worker has cut is passed over.
struct ShardLines {
  /// A record and where it stands.
  struct Record {
    let number: Int
    let isFailure: Bool
    /// With its end.
    let line: Range<Int>
    /// What was found, as JSON.
    let record: Range<Int>
  }

  private(set) var plan: ShardPlan?
  private(set) var records: [Record] = []
  private(set) var isComplete = false

  init(_ text: Data) {
    var start = 0
    while let newline = text[start...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = start..<newline + 1
      start = newline + 1
      if line.lowerBound == 0 {
        struct First: Decodable { let plan: ShardPlan }
        plan = (try? JSONDecoder().decode(First.self, from: text[line]))?.plan
        guard plan != nil else { return }
      } else if let record = Record(line, of: text) {
        records.append(record)
        isComplete = false
      } else {
        isComplete = text[line].elementsEqual(Data("{\"end\":true}\n".utf8))
      }
    }
  }
}

extension ShardLines.Record {
  /// Nil for a line of another kind, or one that was cut and written on.
  init?(_ line: Range<Int>, of text: Data) {
    for isFailure in [false, true] {
      let head = Data("{\"failed\":\(isFailure),\"number\":".utf8)
      guard text[line].starts(with: head) else { continue }
      let digits = text[(line.lowerBound + head.count)..<line.upperBound]
        .prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      let middle = Data(",\"record\":".utf8)
      guard let number = Int(String(decoding: digits, as: UTF8.self)),
        text[digits.endIndex..<line.upperBound].starts(with: middle),
        text[line].suffix(3).elementsEqual(Data("}}\n".utf8))
      else { return nil }
      self.init(
        number: number, isFailure: isFailure, line: line,
        record: digits.endIndex + middle.count..<line.upperBound - 2)
      return
    }
    return nil
  }
}
