import Foundation
import TestSupport
import Testing

@Suite struct `The documentation` {
  private let root = URL(fileURLWithPath: Golden.folder).deletingLastPathComponent()
    .deletingLastPathComponent()

  private func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// All pages but those within folders of the documentation.
  private static func pages() throws -> [String] {
    let root = URL(fileURLWithPath: Golden.folder).deletingLastPathComponent()
      .deletingLastPathComponent()
    return try ["", "Documentation/"].flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: root.path + "/" + folder).sorted()
        .filter { $0.hasSuffix(".md") }.map { folder + $0 }
    }
  }

  @Test func `shows the library as the compiler reads it`() throws {
    let snippet = try text("Snippets/FitAndInspect.swift")
    let code = snippet.drop { $0 != "\n" }.dropFirst()
    #expect(code.hasPrefix("import UninformedStudents\n"))
    #expect(try text("README.md").contains("```swift\n\(code)```\n"))
  }

  /// Paths in backquotes of the tour, and links of every page.
  @Test(arguments: try Self.pages())
  func `names files that are there`(page: String) throws {
    let text = try text(page)
    let folder = root.appendingPathComponent(page).deletingLastPathComponent()
    let links = text.matches(of: /\]\((?!http|#)([^)#]+)[^)]*\)/).map { String($0.1) }
    let sources = text.matches(of: /`((?:Sources\/)?[A-Za-z]+\/[A-Za-z\/+]+\.swift)`/).map {
      String($0.1)
    }
    for link in links {
      let path = folder.appendingPathComponent(link).path
      #expect(FileManager.default.fileExists(atPath: path), "\(link)")
    }
    for source in sources where !source.contains("Mahalanobis") {
      let paths = [source, "Sources/\(source)", "Tests/\(source)"].map {
        root.appendingPathComponent($0).path
      }
      #expect(paths.contains(where: FileManager.default.fileExists), "\(source)")
    }
  }
}
