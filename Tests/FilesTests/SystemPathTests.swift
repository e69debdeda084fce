import Files
import Foundation
import TestSupport
import Testing

@Suite struct `Names of files` {
  /// Latin-1, a lone lead byte, a cut sequence, a surrogate, an overlong one, and what stands for a
  /// byte itself.
  static let names: [[UInt8]] = [
    Array("Pr".utf8) + [0xFC] + Array("fteil.png".utf8), [0xE2, 0x82], [0xC3, 0x28],
    [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xF4, 0x8F, 0xBA, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
    Array("Prüfteil 日本 🙂.png".utf8), Array("e\u{301}.png".utf8), [0xF4, 0x8F, 0xBA],
  ]

  @Test(arguments: names) func `come back byte by byte`(name: [UInt8]) {
    #expect(SystemPath.bytes(SystemPath.text(name)) == name)
  }

  @Test func `of random bytes come back and differ where the bytes do`() {
    var random = SystemRandomNumberGenerator()
    var seen: [[UInt8]: [UInt8]] = [:]
    // Bytes that lead, follow and break UTF-8, often beside each other.
    let bytes: [UInt8] = [0x2F, 0x61, 0x80, 0xBA, 0xBF, 0xC3, 0xE2, 0xED, 0xF4, 0x8F, 0xFF]
    for _ in 0..<20_000 {
      let name = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        bytes[Int.random(in: 0..<bytes.count, using: &random)]
      }
      let text = SystemPath.text(name)
      #expect(SystemPath.bytes(text) == name)
      #expect(
        seen.updateValue(name, forKey: Array(text.utf8)) ?? name == name, "\(name) reads as another"
      )
    }
  }

  @Test func `that are UTF-8 are themselves`() {
    for text in ["", "a/b.png", "Prüfteil 日本 🙂.png", "\u{10FFFD}"] {
      #expect(SystemPath.text(Array(text.utf8)) == text)
      #expect(SystemPath.readable(text) == text)
    }
  }

  @Test func `are written out for people and for JSON`() throws {
    let text = SystemPath.text(Self.names[0])
    #expect(SystemPath.readable(text) == "Pr\\xfcfteil.png")
    let json = try ["image": text].json()
    #expect(json == #"{"image":"Pr\\xfcfteil.png"}"#)
    let read = try JSONDecoder().decode([String: String].self, from: Data(json.utf8))
    #expect(read["image"] == "Pr\\xfcfteil.png")
  }

  @Test func `are taken apart at slashes and dots`() {
    let parts = [
      ("a/b.c.PNG", "b.c.PNG", "b.c", "png"), ("/a/b/", "b", "b", ""), (".png", ".png", ".png", ""),
      // A letter that a slash or a dot carries an accent of.
      ("a/\u{301}.png", "\u{301}.png", "\u{301}", "png"),
      ("a/b.\u{301}", "b.\u{301}", "b", "\u{301}"),
      ("", "", "", ""), ("/", "", "", ""),
    ]
    for (path, name, stem, ending) in parts {
      #expect(SystemPath.name(path) == name, "\(path)")
      #expect(SystemPath.stem(path) == stem, "\(path)")
      #expect(SystemPath.ending(path) == ending, "\(path)")
    }
    #expect(SystemPath.joined("a", "b") == "a/b" && SystemPath.joined("a/", "b") == "a/b")
  }

  @Test func `with a zero in them are of no file`() throws {
    #expect(try fileExists("/tmp") && !fileExists("/tmp\0/nothing"))
  }
}

@Suite struct `Folders` {
  #if os(Linux)
    /// Other systems refuse names that are no text.
    @Test func `list names that are no text, and open them`() async throws {
      try await withTemporaryFolder { folder in
        for name in `Names of files`.names where !name.contains(0x2F) {
          try AtomicFile.write(Data(name), to: "\(folder)/\(SystemPath.text(name))")
        }
        let found = try names(inFolder: folder)
        #expect(Set(found.map(SystemPath.bytes)) == Set(`Names of files`.names))
        for name in found {
          let bytes = try contents(ofFile: "\(folder)/\(name)").map(Array.init)
          #expect(bytes == SystemPath.bytes(name))
        }
      }
    }
  #endif

  @Test func `list names in one order`() async throws {
    try await withTemporaryFolder { folder in
      for name in ["b", "B", ".h", "é", "a10", "a2"] {
        try AtomicFile.write(Data(), to: "\(folder)/\(name)")
      }
      #expect(try names(inFolder: folder) == [".h", "B", "a10", "a2", "b", "é"])
    }
    #expect { try names(inFolder: "/nowhere") } throws: {
      "\($0)".hasPrefix("/nowhere: no such folder")
    }
    #expect { try names(inFolder: "/dev/null") } throws: {
      "\($0)".hasPrefix("/dev/null: is a file")
    }
  }

  @Test func `are deleted with what is in them, but not with what links lead to`() async throws {
    try await withTemporaryFolder { folder in
      for name in ["kept/1", "gone/a/b/2", "gone/3"] {
        try makeFolder(of: "\(folder)/\(name)")
        try AtomicFile.write(Data([1]), to: "\(folder)/\(name)")
      }
      for name in ["gone/link", "gone/a/link"] {
        #expect(symlink("\(folder)/kept", "\(folder)/\(name)") == 0)
      }
      removeFolder("\(folder)/gone")
      #expect(try names(inFolder: folder) == ["kept"])
      #expect(try names(inFolder: "\(folder)/kept") == ["1"])
    }
  }

  @Test func `know what nobody put there on purpose`() {
    for name in [".ipynb_checkpoints", "__MACOSX", ".DS_Store", "Thumbs.db", "@eaDir", "._a.png"] {
      #expect(isHidden(name))
    }
    for name in ["good", "a.png", "_a", "thumbs"] { #expect(!isHidden(name)) }
  }
}

@Suite struct `Contents of files` {
  @Test func `are those that were written, small, large and none`() async throws {
    try await withTemporaryFolder { folder in
      for count in [0, 5, 70_000] {
        let data = Data((0..<count).map { UInt8(truncatingIfNeeded: $0) })
        try AtomicFile.write(data, to: "\(folder)/f")
        #expect(try contents(ofFile: "\(folder)/f") == data)
      }
      #expect(try contents(ofFile: folder) == nil && contents(ofFile: "\(folder)/none") == nil)
      let loop = "\(folder)/loop"
      #expect(symlink("loop", loop) == 0)
      #expect { try contents(ofFile: loop) } throws: {
        "\($0)".hasPrefix("\(loop): cannot be read")
      }
      let pipe = "\(folder)/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      #expect(try contents(ofFile: pipe) == nil, "does not wait for somebody to write")
    }
  }
}

@Suite struct `Unique names of files` {
  private func names(_ texts: [String]) -> [String] {
    uniqueFileNames(texts, ending: ".heatmap.png", of: SystemPath.stem)
  }

  @Test func `are numbered where two are the same, capitals or not`() {
    #expect(
      names(["a/0.png", "b/0.png", "b/0.jpg", "0-2.png", "A.png", "a.png", "-"]) == [
        "0.heatmap.png", "0-2.heatmap.png", "0-3.heatmap.png", "0-2-2.heatmap.png",
        "A.heatmap.png", "a-2.heatmap.png", "-.heatmap.png",
      ])
  }

  @Test func `are short enough for every file system`() {
    let long = String(repeating: "x", count: 250)
    let wide = String(repeating: "日", count: 83)
    let foreign = SystemPath.text([UInt8](repeating: 0xFC, count: 250))
    let unique = names(["\(long)1.png", "\(long)2.png", "\(wide).png", "\(foreign).png"])
    #expect(Set(unique).count == 4)
    for name in unique { #expect(SystemPath.bytes(name).count <= 230) }
    #expect(unique[2].hasPrefix("日日") && unique[2].hasSuffix("日.heatmap.png"))
    #expect(SystemPath.bytes(unique[3]).count == 200 + ".heatmap.png".utf8.count)
  }
}
