import Foundation

/// Numbers as they lie in files.
func bytes(_ number: some FixedWidthInteger) -> Data {
  withUnsafeBytes(of: number.littleEndian) { Data($0) }
}

/// A zip archive of stored files, of which each part can be made to lie.
struct ZipBytes {
  struct File {
    var name: String
    var contents: Data
    var localName: String?
    var size: UInt32?
    var checksum: UInt32?
    var method: UInt16 = 0
    /// Where the directory says that the file begins; nil for where it does.
    var header: UInt32?
  }

  var files: [File]
  var count: UInt16?
  var directoryStart: UInt32?
  var comment = Data()

  init(_ contents: [(String, Data)]) {
    files = contents.map { File(name: $0.0, contents: $0.1) }
  }

  /// What each byte adds to a checksum.
  private static let table = (UInt32(0)..<256).map { byte in
    (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  private static func checksum(_ data: Data) -> UInt32 {
    ~data.reduce(UInt32.max) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  private static func sizes(_ file: File) -> Data {
    let size = file.size ?? UInt32(file.contents.count)
    return bytes(file.checksum ?? checksum(file.contents)) + bytes(size) + bytes(size)
  }

  var data: Data {
    var (body, directory) = (Data(), Data())
    for file in files {
      let start = file.header ?? UInt32(body.count)
      let localName = file.localName ?? file.name
      body += Data("PK\u{3}\u{4}".utf8) + bytes(UInt16(20)) + bytes(UInt16(0))
      body += bytes(file.method) + Data(count: 4) + Self.sizes(file)
      body += bytes(UInt16(localName.utf8.count)) + bytes(UInt16(0)) + Data(localName.utf8)
      body += file.contents
      directory += Data("PK\u{1}\u{2}".utf8) + Data(count: 4) + bytes(UInt16(0))
      directory += bytes(file.method) + Data(count: 4) + Self.sizes(file)
      directory += bytes(UInt16(file.name.utf8.count)) + Data(count: 12) + bytes(start)
      directory += Data(file.name.utf8)
    }
    let count = count ?? UInt16(files.count)
    return body + directory + Data("PK\u{5}\u{6}".utf8) + Data(count: 4) + bytes(count)
      + bytes(count) + bytes(UInt32(directory.count))
      + bytes(directoryStart ?? UInt32(body.count)) + bytes(UInt16(comment.count)) + comment
  }
}

/// Programs of Python's pickle language.
enum PickleBytes {
  static let start = Data([0x80, 2])
  static let emptyDictionary = Data("}".utf8)
  static let emptyTuple = Data(")".utf8)
  static let remember = Data([UInt8(ascii: "q"), 0])
  static let recall = Data([UInt8(ascii: "h"), 0])
  static let setItem = Data("s".utf8)
  static let wrap = Data([0x85])
  static let end = Data(".".utf8)

  static func text(_ text: String) -> Data {
    Data("X".utf8) + bytes(UInt32(text.utf8.count)) + Data(text.utf8)
  }

  static func number(_ number: Int) -> Data {
    Data([0x8A, 8]) + bytes(Int64(number))
  }

  static func tuple(_ parts: [Data]) -> Data {
    Data("(".utf8) + parts.reduce(Data(), +) + Data("t".utf8)
  }

  /// A call that rebuilds a tensor of 100 numbers in the file `0`.
  static func tensor(
    offset: Int, shape: [Int], strides: [Int], type: String = "FloatStorage", count: Int = 100
  ) -> Data {
    let storage =
      tuple([
        text("storage"), Data("ctorch\n\(type)\n".utf8), text("0"), text("cpu"), number(count),
      ]) + Data("Q".utf8)
    let arguments = tuple([
      storage, number(offset), tuple(shape.map(number)), tuple(strides.map(number)), Data([0x89]),
      Data("N".utf8),
    ])
    return Data("ctorch._utils\n_rebuild_tensor_v2\n".utf8) + arguments + Data("R".utf8)
  }

  static func dictionary(_ items: [(String, Data)]) -> Data {
    emptyDictionary + Data("(".utf8) + items.reduce(Data()) { $0 + text($1.0) + $1.1 }
      + Data("u".utf8)
  }

  private static let numbers = (0..<100).flatMap { Array(bytes(Float($0).bitPattern)) }

  /// A checkpoint of a pickle, and of numbers 0…99 in the file `0`.
  static func checkpoint(_ pickle: Data) -> Data {
    ZipBytes([("a/data.pkl", start + pickle + end), ("a/data/0", Data(numbers))]).data
  }
}

/// A tar archive, of which each part can be made to lie.
struct TarBytes {
  var data = Data()

  /// Appends a header and contents.
  mutating func add(
    _ name: String, _ contents: Data, kind: Character = "0", size: [UInt8]? = nil,
    folder: String = "", checksum: Int? = nil
  ) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: some Collection<UInt8>, _ start: Int) {
      header.replaceSubrange(start..<start + text.count, with: text)
    }
    put(name.utf8, 0)
    put("0000644\0".utf8, 100)
    put(size ?? Array(Self.octal(contents.count, 11).utf8), 124)
    header[156] = kind.asciiValue ?? 0
    put("ustar\0".utf8, 257)
    put("00".utf8, 263)
    put(folder.utf8, 345)
    put([UInt8](repeating: 32, count: 8), 148)
    put((Self.octal(checksum ?? header.reduce(0) { $0 + Int($1) }, 6) + "\0 ").utf8, 148)
    data += Data(header) + contents + Data(count: (512 - contents.count % 512) % 512)
  }

  static func octal(_ number: Int, _ width: Int) -> String {
    let digits = String(number, radix: 8)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// The archive with the two empty blocks at its end.
  var ended: Data { data + Data(count: 1024) }
}

/// The bytes of a safetensors file with a header of one's own.
func safetensors(_ header: String, numbers: Int) -> Data {
  bytes(UInt64(header.utf8.count)) + Data(header.utf8) + Data(count: numbers)
}
