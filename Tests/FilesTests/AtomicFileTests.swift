import Files
import Foundation
import TestSupport
import Testing

@Suite struct `A file that is written whole` {
  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }

  private func write(_ text: String, _ path: String) throws {
    try AtomicFile.write(Data(text.utf8), to: path)
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test(arguments: [0o640, 0o600, 0o755] as [mode_t])
  func `has the rights of what it replaces`(rights: mode_t) async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/a"
      try write("old", path)
      chmod(path, rights)
      try AtomicFile.checkWritable(path)
      try write("new", path)
      #expect(try text(path) == "new")
      #expect(mode(path) == rights)
      #expect(try names(folder) == ["a"])
    }
  }

  @Test func `has the rights that a new file has`() async throws {
    try await withTemporaryFolder { folder in
      close(open("\(folder)/by the system", O_CREAT | O_WRONLY, 0o666))
      try write("new", "\(folder)/a")
      #expect(mode("\(folder)/a") == mode("\(folder)/by the system"))
    }
  }

  @Test(arguments: ["real", "sub/real", "/real"])
  func `lies where a link points to, there already or not`(target: String) async throws {
    try await withTemporaryFolder { folder in
      try makeFolder("\(folder)/sub")
      let real = target.hasPrefix("/") ? folder + target : "\(folder)/\(target)"
      let destination = target.hasPrefix("/") ? real : target
      symlink(destination, "\(folder)/second")
      symlink("second", "\(folder)/first")
      for round in ["once", "again"] {
        try AtomicFile.checkWritable("\(folder)/first")
        try write(round, "\(folder)/first")
        #expect(try text(real) == round)
        #expect(mode("\(folder)/first") == 0o777, "still a link")
        #expect(mode("\(folder)/second") == 0o777)
        var status = stat()
        #expect(lstat(real, &status) == 0 && status.st_mode & S_IFMT == S_IFREG)
      }
    }
  }

  @Test func `never takes the place of a pipe, a device or a folder`() async throws {
    try await withTemporaryFolder { folder in
      mkfifo("\(folder)/pipe", 0o600)
      symlink("pipe", "\(folder)/link")
      symlink("/dev/null", "\(folder)/device")
      for (path, words) in [
        ("\(folder)/pipe", "not replaced"), ("\(folder)/link", "not replaced"),
        ("\(folder)/device", "not replaced"), ("/dev/null", "not replaced"),
        (folder, "a folder"), ("\(folder)/", "a folder"), ("\(folder)/new/", "a folder"),
        ("\(folder)/none/a", "its folder does not exist"), ("", "is empty"),
      ] {
        let told = #expect(throws: FileError.self) { try AtomicFile.checkWritable(path) }
        let refused = #expect(throws: FileError.self) { try write("new", path) }
        #expect(told == refused)
        let line = told?.description ?? ""
        #expect(line.contains(words) && (path.isEmpty || line.contains(path)), "\(path): \(line)")
      }
      let left = try names(folder)
      #expect(left == ["device", "link", "pipe"])
      var status = stat()
      #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func `is refused where it may not be written`() async throws {
    try await withTemporaryFolder { folder in
      try write("mine", "\(folder)/a")
      chmod("\(folder)/a", 0o444)
      #expect(throws: FileError.self) { try AtomicFile.checkWritable("\(folder)/a") }
      chmod(folder, 0o555)
      defer { chmod(folder, 0o755) }
      #expect(throws: FileError.self) { try AtomicFile.checkWritable("\(folder)/b") }
      #expect(throws: FileError.self) { try AtomicFile.checkWritable(folder: folder) }
    }
  }

  /// The old ones of killed runs go; what somebody may be writing stays.
  @Test func `tidies up after runs that were killed`() async throws {
    try await withTemporaryFolder { folder in
      var yesterday = [timeval](repeating: timeval(), count: 2)
      for index in 0..<2 { yesterday[index].tv_sec = time(nil) - 86_400 }
      for name in [".students-1.part", ".students-2.part", ".students-3.part", "mine.part"] {
        close(open("\(folder)/\(name)", O_CREAT | O_WRONLY, 0o666))
        if name != ".students-3.part" { utimes("\(folder)/\(name)", yesterday) }
      }
      let writer = open("\(folder)/.students-2.part", O_RDONLY)
      defer { close(writer) }
      flock(writer, LOCK_EX)
      try write("new", "\(folder)/a")
      #expect(try names(folder) == [".students-2.part", ".students-3.part", "a", "mine.part"])
    }
  }

  @Test func `lies in a folder that is made with all above it`() async throws {
    try await withTemporaryFolder { folder in
      try makeFolder("\(folder)/a/b/c/")
      try makeFolder("\(folder)/a/b/c")
      #expect(try isFolder("\(folder)/a/b/c"))
      try write("a file", "\(folder)/f")
      for path in ["\(folder)/f", "\(folder)/f/g"] {
        #expect(throws: FileError.self) { try AtomicFile.checkWritable(folder: path) }
      }
      #expect(throws: FileError.self) { try makeFolder("") }
    }
  }
}
