import FileFormats
import Foundation
import Testing

@Suite struct `Tar archives from outside` {
  private func archive(_ build: (inout TarBytes) -> Void) throws -> TarArchive {
    var tar = TarBytes()
    build(&tar)
    return try TarArchive(tar.ended)
  }

  private func fault(_ build: (inout TarBytes) -> Void) -> String {
    do {
      let names = try archive(build).names
      return "read \(names)"
    } catch {
      return "\(error)"
    }
  }

  private func record(_ key: String, _ value: String) -> Data {
    let rest = " \(key)=\(value)\n"
    var length = rest.utf8.count + 1
    while "\(length)".utf8.count + rest.utf8.count != length { length += 1 }
    return Data("\(length)\(rest)".utf8)
  }

  @Test func `give their plain files, by whatever means these are named`() throws {
    let long = String(repeating: "folder/", count: 30)
    let tar = try archive {
      $0.add("plain", Data("1".utf8))
      $0.add("old", Data("2".utf8), kind: "\0")
      $0.add("folder", Data(), kind: "5", size: Array("00000001000".utf8))
      $0.add("link", Data(), kind: "2")
      $0.add("name", Data("3".utf8), folder: "in/a")
      $0.add("@LongLink", Data("\(long)gnu\0".utf8), kind: "L")
      $0.add("cut", Data("4".utf8))
      $0.add("header", record("mtime", "1.5") + record("path", "\(long)pax"), kind: "x")
      $0.add("cut too", Data("5".utf8))
      $0.add("large", Data("6".utf8), size: [0x80] + [UInt8](repeating: 0, count: 10) + [1])
      $0.add("header", record("size", "2"), kind: "x")
      $0.add("sized", Data("77".utf8), size: Array("00000000000".utf8))
      $0.add("header", record("comment", "of all"), kind: "g")
      $0.add("last", Data(repeating: 56, count: 512))
    }
    let contents = [
      "plain": "1", "old": "2", "in/a/name": "3", "\(long)gnu": "4", "\(long)pax": "5",
      "large": "6", "sized": "77", "last": String(repeating: "8", count: 512),
    ]
    #expect(tar.names.sorted() == contents.keys.sorted())
    for (name, text) in contents { #expect(try tar.file(named: name) == Data(text.utf8)) }
    #expect(try tar.file(named: "pax") == Data("5".utf8))
    #expect(try tar.file(named: "ax") == nil)
  }

  /// Of a folder too: a size of −2000 in octal is −1024, which would lead back to the same header.
  @Test(arguments: [
    "-1", "-2000", "-0000000001", "+1", "8", "1 1", "7777777777777777777777", "0x10",
  ])
  func `with impossible sizes are refused`(size: String) {
    let field = Array(size.utf8.prefix(12))
    for kind: Character in ["0", "5", "L", "x"] {
      let fault = fault {
        $0.add("x", Data(count: 512), kind: kind, size: field)
        $0.add("y", Data())
      }
      // "1 1" ends at its space.
      if size != "1 1" { #expect(!fault.hasPrefix("read"), "\(size) \(kind)") }
    }
  }

  @Test func `with large or negative sizes in base 256 are refused`() {
    let ones = [UInt8](repeating: 0xFF, count: 11)
    for first: UInt8 in [0x80, 0x81, 0xBF, 0xC0, 0xFF] {
      #expect(!fault { $0.add("x", Data(), size: [first] + ones) }.hasPrefix("read"))
    }
  }

  @Test func `that contradict themselves are refused`() {
    #expect(fault { $0.add("x", Data(), checksum: 7) }.contains("not a tar archive"))
    #expect(fault { _ in }.contains("not a tar archive of files"))
    #expect(
      fault {
        $0.add("x", Data("1".utf8))
        $0.add("x", Data("2".utf8))
      }.contains("'x' twice"))
    #expect(fault { $0.add("x", Data(), kind: "S") }.contains("neither file nor folder"))
    #expect(
      fault { $0.add("x", record("GNU.sparse.major", "1"), kind: "x") }.contains("sparse"))
    for text in ["9 a", "99 a=b\n", "-9 a=b\n", "0 a=b\n", "1 ", "5 a=b\n", "8 a=bb\n", "7 aabb\n"]
    {
      #expect(
        fault { $0.add("x", Data(text.utf8), kind: "x") }.contains("damaged"), "\(text)")
    }
    for size in ["-1", "99999999999999999999", "", "1e3"] {
      #expect(fault { $0.add("x", record("size", size), kind: "x") }.contains("damaged"))
    }
    #expect(throws: FormatFault.self) {
      try archive {
        $0.add("a/x", Data("1".utf8))
        $0.add("b/x", Data("2".utf8))
      }.file(named: "x")
    }
  }

  @Test func `that are cut short are refused`() throws {
    var tar = TarBytes()
    tar.add("x", Data(repeating: 1, count: 700))
    let end = tar.data.count
    for count in stride(from: 1, to: 512 + 700, by: 13) {
      #expect(throws: FormatFault.self) { try TarArchive(tar.data.prefix(count)) }
    }
    // What fills the last block may be missing.
    #expect(try TarArchive(tar.data.prefix(end - 100)).file(named: "x")?.count == 700)
  }

  @Test func `with more files than is sensible are refused`() {
    var limits = Limits.standard
    limits.entries = 3
    var tar = TarBytes()
    for number in 0..<4 { tar.add("\(number)", Data()) }
    #expect(throws: FormatFault.tooMuch("an archive of more than 3 files")) {
      try TarArchive(tar.ended, limits: limits)
    }
  }
}
