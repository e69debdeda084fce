import FileFormats
import Foundation
import Testing

@Suite struct `Checkpoints from outside` {
  private func read(_ pickle: Data) throws -> [String: StoredTensor] {
    try TorchCheckpoint(ByteSource(PickleBytes.checkpoint(pickle))).tensors
  }

  private func floats(_ tensor: StoredTensor?) throws -> [Float] {
    var reader = ByteReader(try #require(tensor).bytes)
    return try (0..<reader.remaining / 4).map { _ in
      Float(bitPattern: UInt32(try reader.number(bytes: 4)))
    }
  }

  @Test func `give the tensors that they name`() throws {
    let tensors = try read(
      PickleBytes.dictionary([
        ("whole", PickleBytes.tensor(offset: 0, shape: [10, 10], strides: [10, 1])),
        ("part", PickleBytes.tensor(offset: 12, shape: [2, 3], strides: [1, 10])),
        ("none", PickleBytes.tensor(offset: 100, shape: [0, 7], strides: [1, 1])),
      ]))
    #expect(try floats(tensors["whole"]) == (0..<100).map(Float.init))
    #expect(try floats(tensors["part"]) == [12, 22, 32, 13, 23, 33])
    #expect(tensors["none"]?.shape == [0, 7] && tensors["none"]?.bytes.isEmpty == true)
    let inner = try read(
      PickleBytes.dictionary([
        ("epoch", PickleBytes.number(3)),
        (
          "state_dict",
          PickleBytes.dictionary([
            ("w", PickleBytes.tensor(offset: 99, shape: [], strides: []))
          ])
        ),
      ]))
    #expect(try floats(inner["w"]) == [99])
  }

  @Test(
    arguments: [
      (.max, [2], [1]), (-1, [2], [1]), (.min, [2], [1]), (0, [.max, .max], [1, 1]),
      (0, [101], [1]), (0, [2], [.max]), (0, [2], [-1]), (0, [-1], [1]), (99, [2], [1]),
      (0, [0, .max], [.max, .max]), (0, [2, 2], [.max, .max]), (0, [10], [1, 1]),
      (0, [1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]), (101, [0], [1]),
      (0, [0, .max, 2], [1, 1, 1]),
    ] as [(Int, [Int], [Int])])
  func `are refused where a tensor lies outside its numbers`(
    offset: Int, shape: [Int], strides: [Int]
  ) {
    let pickle = PickleBytes.dictionary([
      ("w", PickleBytes.tensor(offset: offset, shape: shape, strides: strides))
    ])
    // A side of nothing takes none of its numbers, however long the others are.
    if shape == [0, .max] {
      #expect(throws: Never.self) { try read(pickle) }
    } else {
      #expect(throws: FormatFault.self) { try read(pickle) }
    }
  }

  @Test(arguments: [Int.max, -1, 101, .min])
  func `are refused where the numbers are fewer than they say`(count: Int) {
    #expect(throws: FormatFault.self) {
      try read(
        PickleBytes.dictionary([
          ("w", PickleBytes.tensor(offset: 0, shape: [1], strides: [1], count: count))
        ]))
    }
  }

  @Test func `that hold themselves are refused`() {
    let itself =
      PickleBytes.emptyDictionary + PickleBytes.remember + PickleBytes.text("state_dict")
      + PickleBytes.recall + PickleBytes.setItem
    #expect(
      throws: FormatFault.unsuitable(
        "it holds a value that holds itself", instead: "save the network's state_dict() alone")
    ) { try read(itself) }
    // Through a tuple that was made before the dictionary held anything.
    let around =
      PickleBytes.emptyDictionary + PickleBytes.remember + PickleBytes.text("a")
      + PickleBytes.recall + PickleBytes.wrap + PickleBytes.wrap + PickleBytes.setItem
    #expect(throws: FormatFault.self) { try read(around) }
  }

  @Test func `of deep values are refused and let go of`() throws {
    let nested = { (depth: Int) in
      PickleBytes.dictionary([
        (
          "x",
          PickleBytes.emptyTuple
            + Data(repeating: PickleBytes.wrap[0], count: depth)
        )
      ])
    }
    #expect(try read(nested(20)).isEmpty)
    for depth in [64, 50_000] {
      #expect { try read(nested(depth)) } throws: { "\($0)".contains("64 deep") }
    }
    // Each dictionary holds the next one; and what nobody holds is let go of as well.
    let chain = (0..<20_000).reduce(into: Data()) { all, _ in
      all += PickleBytes.emptyDictionary + PickleBytes.text("state_dict")
    }
    let closed = chain + PickleBytes.emptyDictionary + Data(repeating: 0x73, count: 20_000)
    #expect { try read(closed) } throws: { "\($0)".contains("64 deep") }
    let dropped = PickleBytes.emptyDictionary + PickleBytes.remember
    #expect(
      try read(
        dropped + PickleBytes.text("x") + PickleBytes.emptyTuple
          + Data(repeating: PickleBytes.wrap[0], count: 50_000) + Data("a".utf8)
          + PickleBytes.number(1) + PickleBytes.setItem
      ).isEmpty)
  }

  /// A thousand views of the same numbers would take a thousand times the memory of the file.
  @Test func `of many views of few numbers are refused`() throws {
    let items = { (count: Int) in
      PickleBytes.dictionary(
        (0..<count).map {
          ("\($0)", PickleBytes.tensor(offset: 0, shape: [100], strides: [1]))
        })
    }
    var limits = Limits.standard
    limits.rebuiltBytesPerByte = 1
    #expect(throws: Never.self) { try read(items(3)) }
    #expect {
      try TorchCheckpoint(ByteSource(PickleBytes.checkpoint(items(20))), limits: limits)
    } throws: { "\($0)".contains("more memory than the file") }
  }

  @Test func `end with an error, whatever their program is`() {
    for program in [
      "", "t", "s", "u", "q", "R", "Q", "b", "h\u{9}", "(u", "}(Nu", "}NR", "}(", ")",
    ] {
      #expect(throws: FormatFault.self) { try read(Data(program.utf8)) }
    }
    // A name without an end.
    #expect(throws: FormatFault.self) { try read(Data("c".utf8) + Data(count: 1000)) }
  }
}

@Suite struct `Zip archives from outside` {
  private let sound = ZipBytes([
    ("a", Data("first".utf8)), ("b", Data()), ("c", Data("third".utf8)),
  ])

  private func fault(_ change: (inout ZipBytes) -> Void, read name: String = "a") -> String {
    var zip = sound
    change(&zip)
    do {
      _ = try ZipArchive(ByteSource(zip.data)).file(name)
      return "read"
    } catch {
      return "\(error)"
    }
  }

  @Test func `are read`() throws {
    let archive = try ZipArchive(ByteSource(sound.data))
    #expect(archive.names == ["a", "b", "c"])
    #expect(try archive.file("c") == Data("third".utf8) && archive.file("b").isEmpty)
    #expect(fault { $0.comment = Data("remark".utf8) } == "read")
  }

  @Test func `that contradict themselves are refused`() {
    #expect(fault { $0.files[0].checksum = 1 }.contains("'a' in the archive is damaged"))
    #expect(fault { $0.files[2].name = "a" }.contains("'a' twice"))
    #expect(fault { $0.files[2].localName = "x" }.contains("damaged"))
    #expect(fault { $0.files[2].header = 0 }.contains("damaged"))
    #expect(fault { $0.files[0].size = 36 }.contains("overlap"))
    #expect(fault { $0.files[0].size = .max }.contains("cut short"))
    #expect(fault { $0.files[0].method = 8 }.contains("compressed"))
    #expect(fault { $0.count = 2 }.contains("damaged"))
    #expect(fault { $0.count = 4 }.contains("cut short"))
    #expect(fault { $0.count = .max }.contains("4 GB"))
    #expect(fault { $0.directoryStart = 3 }.contains("damaged"))
    #expect(fault { $0.directoryStart = .max - 1 }.contains("damaged"))
    #expect(fault({ _ in }, read: "x").contains("no 'x'"))
    for end in 0..<sound.data.count {
      #expect(throws: FormatFault.self) { try ZipArchive(ByteSource(sound.data.prefix(end))) }
    }
  }
}
