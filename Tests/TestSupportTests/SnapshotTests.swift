import Foundation
import TestSupport
import Testing

/// No message of the sources may stand in no snapshot.
@Suite struct `The snapshots` {
  private static let sources = URL(fileURLWithPath: Golden.folder).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Sources").path

  private static func targets() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: sources).sorted()
  }

  /// The sources of a target, one text for each file.
  private static func texts(of target: String) throws -> [String] {
    let folder = "\(sources)/\(target)"
    return try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".swift") }
      .map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
  }

  /// What a test cannot cause in a moment: a model that decides differently here.
  private static let excused = [
    "students": [
      "; calibrate it here with 'students calibrate', or serve it nevertheless with --unverified"
    ]
  ]

  @Test(arguments: try Self.targets()) func `hold every error message`(target: String) throws {
    let snapshot = Snapshot.text("errors/\(target)") ?? ""
    let excused = Self.excused[target] ?? []
    for text in try Self.texts(of: target) {
      let messages = SourceMessages(text)
      for name in messages.cases { #expect(snapshot.contains("\(name)\n"), "\(name)") }
      for piece in messages.pieces where !excused.contains(piece) {
        #expect(snapshot.contains(piece), "\(piece)")
      }
    }
  }
}
