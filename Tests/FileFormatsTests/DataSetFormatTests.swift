import FileFormats
import Files
import Foundation
import TestSupport
import Testing

@Suite struct `Arrays of IDX from outside` {
  private func idx(_ sides: [UInt32], _ count: Int) -> Data {
    sides.reduce(Data([0, 0, 8, UInt8(sides.count)])) { $0 + bytes($1.byteSwapped) }
      + Data(repeating: 7, count: count)
  }

  @Test func `are read`() throws {
    let array = try IDX(idx([2, 3, 4], 24), rank: 3)
    #expect(array.sides == [2, 3, 4] && array.bytes == [UInt8](repeating: 7, count: 24))
  }

  @Test(
    arguments: [
      ([2, 3, 4], 23), ([2, 3, 4], 25), ([0, 3, 4], 0), ([2, 0, 4], 0), ([2, 3], 6),
      ([.max, .max, .max], 5), ([1, 1025, 1], 1025), ([1 << 31, 1024, 1024], 5),
    ] as [([UInt32], Int)])
  func `whose sides do not fit are refused`(sides: [UInt32], count: Int) {
    #expect(throws: FormatFault.self) { try IDX(idx(sides, count), rank: 3) }
  }

  @Test func `that are cut short or of other numbers are refused`() {
    let whole = idx([2, 3, 4], 24)
    for end in 0..<whole.count {
      #expect(throws: FormatFault.self) { try IDX(whole.prefix(end), rank: 3) }
    }
    for (place, byte) in [(0, 1), (1, 1), (2, 9), (3, 1)] as [(Int, UInt8)] {
      var other = whole
      other[place] = byte
      #expect(throws: FormatFault.self) { try IDX(other, rank: 3) }
    }
  }
}

@Suite struct `Batches of CIFAR-10 from outside` {
  @Test func `are whole numbers of records`() throws {
    let record = Data([3] + [UInt8](repeating: 1, count: 3072))
    #expect(try CIFARBatch(record + record, classes: 10).labels == [3, 3])
    for data in [Data(), record.dropLast(), record + [1]] {
      #expect(throws: FormatFault.self) { try CIFARBatch(data, classes: 10) }
    }
    #expect(throws: FormatFault.malformed("label 3 of 3 classes")) {
      try CIFARBatch(record, classes: 3)
    }
  }
}

@Suite struct `Files from outside` {
  @Test func `are plain files`() async throws {
    try await withTemporaryFolder { folder in
      let pipe = "\(folder)/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      // Nobody writes into the pipe: to open it as it comes would wait for ever.
      for (path, words) in [
        (pipe, "a pipe"), ("/dev/zero", "a device"), (folder, "folder"),
        ("\(folder)/no", "no such"),
      ] {
        #expect { try ByteSource(contentsOf: path) } throws: { "\($0)".contains(words) }
        #expect { try GzipFile.read(path) } throws: { "\($0)".hasPrefix("\(path): cannot be read") }
      }
    }
  }

  /// A file of a terabyte that takes no place on the disk.
  @Test func `are refused where they are huge`() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/huge"
      try AtomicFile.write(Data("PK".utf8), to: path)
      #expect(truncate(path, 1 << 40) == 0)
      #expect { try ByteSource(contentsOf: path) } throws: {
        "\($0)".contains("1099511627776 bytes")
      }
    }
  }

  @Test func `may be cut while they are read`() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/file"
      try AtomicFile.write(Data(repeating: 1, count: 1 << 20), to: path)
      let source = try ByteSource(contentsOf: path)
      #expect(try source.bytes(at: 1 << 19, count: 2) == Data([1, 1]))
      #expect(truncate(path, 10) == 0)
      #expect(throws: FormatFault.truncated) { try source.bytes(at: 0, count: 1 << 20) }
      for (start, count) in [(-1, 1), (0, -1), (1 << 20, 1), (.max, 1), (1, .max), (2, 1 << 20)] {
        #expect(throws: FormatFault.truncated) { try source.bytes(at: start, count: count) }
      }
    }
  }

  @Test func `unpack to no more than is sensible`() async throws {
    let cifar = Golden.path("datasets/cifar.tar.gz")
    var limits = Limits.standard
    limits.unpackedBytes = 1000
    #expect { try GzipFile.read(cifar, limits: limits) } throws: {
      "\($0)".hasPrefix("\(cifar): it unpacks to more than 1000 bytes")
    }
    let whole = try Data(contentsOf: URL(fileURLWithPath: cifar))
    try await withTemporaryFolder { folder in
      let path = "\(folder)/cut.gz"
      for end in stride(from: 3, to: whole.count, by: whole.count / 20) {
        try AtomicFile.write(whole.prefix(end), to: path)
        #expect(throws: (any Error).self) { try TarArchive(GzipFile.read(path)) }
      }
    }
  }
}

@Suite struct `Arithmetic on numbers from outside` {
  @Test func `throws where a number does not fit`() throws {
    #expect(throws: FormatFault.self) { try Int(ofFile: .max) }
    #expect(throws: FormatFault.self) { try Int.max.adding(1) }
    #expect(throws: FormatFault.self) { try Int.max.times(2) }
    #expect(throws: FormatFault.self) { try Int.max.roundedUp(to: 512) }
    #expect(throws: FormatFault.self) { try [2, -1].elements() }
    #expect(throws: FormatFault.self) { try [0, .max, 2].elements() }
    #expect(try 513.roundedUp(to: 512) == 1024 && 512.roundedUp(to: 512) == 512)
    #expect(try [2, 3, 0].elements() == 0 && [].elements() == 1 && [2, 3].elements() == 6)
  }
}
