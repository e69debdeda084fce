import Foundation
import TestSupport
import Testing

@Suite struct `The documentation` {
  private static let root = URL(fileURLWithPath: Golden.folder).deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// All pages.
  private static func pages() throws -> [String] {
    try ["", "Documentation/", "Documentation/Decisions/", "Documentation/Notes/"].flatMap {
      folder in
      try FileManager.default.contentsOfDirectory(atPath: root.path + "/" + folder).sorted()
        .filter { $0.hasSuffix(".md") }.map { folder + $0 }
    }
  }

  @Test(arguments: ["FitAndInspect", "InspectFolder"])
  func `shows the library as the compiler reads it`(snippet: String) throws {
    let code = try Self.text("Snippets/\(snippet).swift").drop { $0 != "\n" }.dropFirst()
    #expect(code.hasPrefix("import UninformedStudents\n"))
    #expect(try Self.text("Documentation/Library.md").contains("```swift\n\(code)```\n"))
  }

  // MARK: - Links

  /// Paths in backquotes, links to files, and links to headings.
  @Test(arguments: try pages())
  func `names files and headings that are there`(page: String) throws {
    let text = try Self.text(page)
    let folder = Self.root.appendingPathComponent(page).deletingLastPathComponent()
    for link in text.matches(of: /\]\((?!http)([^)#]*)(?:#([^)]+))?\)/) {
      let path = link.1.isEmpty ? page : "\(link.1)"
      let file =
        link.1.isEmpty
        ? Self.root.appendingPathComponent(page) : folder.appendingPathComponent(path)
      #expect(FileManager.default.fileExists(atPath: file.path), "\(path)")
      guard let heading = link.2, let target = try? String(contentsOf: file, encoding: .utf8) else {
        continue
      }
      #expect(Self.anchors(of: target).contains("\(heading)"), "\(path)#\(heading)")
    }
    let sources = text.matches(of: /`((?:Sources\/)?[A-Za-z]+\/[A-Za-z\/+]+\.swift)`/).map {
      String($0.1)
    }
    for source in sources where !source.contains("Mahalanobis") {
      let paths = [source, "Sources/\(source)", "Tests/\(source)"].map {
        Self.root.appendingPathComponent($0).path
      }
      #expect(paths.contains(where: FileManager.default.fileExists), "\(source)")
    }
  }

  /// The names that code hosts give the headings of a page.
  private static func anchors(of text: String) -> Set<String> {
    let prose = text.replacing(/(?m)^```(?s:.*?)^```$/, with: "")
    return Set(
      prose.matches(of: /(?m)^##+ (.*)$/).map { heading in
        heading.1.lowercased().filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }
          .replacing(" ", with: "-")
      })
  }

  // MARK: - Commands

  /// The blocks of commands of a page, which have no language.
  private static func commands(of page: String) throws -> [String] {
    let text = try text(page).replacing(/(?m)^```[a-z]+\n(?s:.*?)^```$/, with: "")
    return text.matches(of: /(?m)^```\n((?s:.*?))^```$/).map { String($0.1) }
  }

  /// What a line gives to `students`, up to a comment, another command, or the inputs of GNU parallel.
  private static func arguments(_ line: String) -> String? {
    let command = /(?:^|[ =])students ([a-z-]+ .*?)(?= +#|\||&&|;|>| :::|$)/
    guard let match = line.firstMatch(of: command) else { return nil }
    return String(match.1).replacing("{}", with: "1")
  }

  /// A `students` for the shell that calls the real program and writes down what comes of it.
  ///
  /// - Parameters:
  ///   - isTiny: Whether drawings are few and trainings short: the last of two equal options counts.
  ///   - folder: Where it and its notes lie, `bin/students` and `statuses`.
  /// - Throws: What writing throws.
  private func makeProgram(isTiny: Bool, in folder: String) throws {
    let sizes = """
      case "$1" in
        sample-data) more=(--training 6 --test 1) ;;
        train) more=(\(tiny.joined(separator: " "))) ;;
      esac

      """
    let script = """
      #!/bin/bash
      more=()
      \(isTiny ? sizes : "")'\(Program.path)' "$@" "${more[@]}"
      status=$?
      echo "$status $*" >> '\(folder)/statuses'
      exit $status

      """
    try FileManager.default.createDirectory(
      atPath: "\(folder)/bin", withIntermediateDirectories: true)
    try Data(script.utf8).write(to: URL(fileURLWithPath: "\(folder)/bin/students"))
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: "\(folder)/bin/students")
  }

  /// The pages whose commands follow from each other.
  private static let tutorials = ["README.md", "Documentation/Tutorial.md"]

  /// Every command of a tutorial does what it says, on drawn images.
  @Test(arguments: tutorials)
  func `shows commands that run`(page: String) async throws {
    try await withTemporaryFolder { folder in
      try makeProgram(isTiny: true, in: folder)
      try FileManager.default.createDirectory(
        atPath: "\(folder)/work", withIntermediateDirectories: true)
      for block in try Self.commands(of: page) where block.contains("students ") {
        let lines = block.split(separator: "\n").filter { !$0.hasPrefix("make ") }
        let run = try Program(
          shell: "cd '\(folder)/work' && PATH='\(folder)/bin':$PATH\n"
            + lines.joined(separator: "\n"))
        #expect(run.status <= 1, "\(block) \(run.errors)")
      }
      let statuses = try String(contentsOfFile: "\(folder)/statuses", encoding: .utf8)
        .split(separator: "\n")
      #expect(statuses.count > 3)
      // 1 says that something is anomalous.
      for line in statuses {
        #expect(line.hasPrefix("0 ") || line.hasPrefix("1 inspect"), "\(line)")
      }
    }
  }

  /// Every `students` command of the other pages is one that the program takes.
  ///
  /// In an empty folder it misses files, and understands its options. In the text a command may be named
  /// without its files.
  @Test(
    arguments: try pages().filter {
      !$0.hasPrefix("Documentation/Notes") && !tutorials.contains($0)
    })
  func `shows commands that the program takes`(page: String) async throws {
    let blocks = try Self.commands(of: page).joined(separator: "\n").replacing("\\\n", with: " ")
    let prose = try Self.text(page).replacing(/(?m)^```(?s:.*?)^```$/, with: "")
    let mentions = prose.matches(
      of: /`((?:(?:parallel|torchrun) [^`]*)?students [a-z][^`]*)`/
    ).map { $0.1.split(separator: "\n").joined(separator: " ") }
    try await withTemporaryFolder { folder in
      try makeProgram(isTiny: false, in: folder)
      for command in blocks.split(separator: "\n").compactMap({ Self.arguments(String($0)) }) {
        let errors = try errors(of: command, in: folder)
        // A word in capitals stands for what its reader fills in.
        let isFilledIn = errors.contains(/The value '[A-Z]+' is invalid/)
        #expect(
          isFilledIn || !errors.contains(#/See 'students.*--help'/#), "\(command): \(errors)")
      }
      for command in mentions.compactMap(Self.arguments) where !command.contains("…") {
        let errors = try errors(of: command, in: folder)
        #expect(!errors.contains(/Unknown option|unexpected argument/), "\(command): \(errors)")
      }
    }
  }

  /// What the program says against a command in an empty folder.
  private func errors(of command: String, in folder: String) throws -> String {
    try Program(
      shell: "rm -rf '\(folder)/work' && mkdir '\(folder)/work' && cd '\(folder)/work' && "
        + "PATH='\(folder)/bin':$PATH\nstudents \(command) < /dev/null"
    ).errors
  }
}
