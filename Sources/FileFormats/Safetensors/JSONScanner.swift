import Foundation

/// Reads as much of JSON as headers of safetensors files are made of, strictly.
///
/// Not `JSONSerialization`: it keeps one of two equal keys and says nothing, takes `1.0` and `true` for
/// whole numbers, and builds whatever tree it finds before anybody can look at it.
struct JSONScanner {
  private var reader: ByteReader

  static let malformed = FormatFault.malformed("not a safetensors file, or its header is damaged")

  init(_ json: Data) {
    reader = ByteReader(json)
  }

  private mutating func skipSpace() throws {
    while let next = reader.next, [0x20, 0x09, 0x0A, 0x0D].contains(next) { try reader.skip(1) }
  }

  /// Whether the next character is this one, which is then passed over.
  private mutating func take(_ character: Character) throws -> Bool {
    try skipSpace()
    guard reader.next == character.asciiValue else { return false }
    try reader.skip(1)
    return true
  }

  private mutating func expect(_ character: Character) throws {
    guard try take(character) else { throw Self.malformed }
  }

  /// Nothing but space follows.
  mutating func end() throws {
    try skipSpace()
    guard reader.remaining == 0 else { throw Self.malformed }
  }

  /// An object; `member` reads the value of each key.
  mutating func object(_ member: (inout JSONScanner, String) throws -> Void) throws {
    try expect("{")
    if try take("}") { return }
    var keys: Set<String> = []
    repeat {
      let key = try string()
      guard keys.insert(key).inserted else {
        throw FormatFault.malformed("a safetensors file that names '\(key)' twice")
      }
      try expect(":")
      try member(&self, key)
    } while try take(",")
    try expect("}")
  }

  /// Whole numbers without a sign.
  mutating func integers(limit: Int) throws -> [Int] {
    try expect("[")
    if try take("]") { return [] }
    var numbers: [Int] = []
    repeat {
      guard numbers.count < limit else { throw Self.malformed }
      numbers.append(try integer())
    } while try take(",")
    try expect("]")
    return numbers
  }

  private mutating func integer() throws -> Int {
    try skipSpace()
    var (value, digits) = (0, 0)
    while let next = reader.next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) {
      try reader.skip(1)
      value = try value.times(10).adding(Int(next - UInt8(ascii: "0")))
      digits += 1
    }
    guard digits > 0, digits == 1 || value >= 10 else { throw Self.malformed }
    return value
  }

  mutating func string() throws -> String {
    try expect("\"")
    var bytes: [UInt8] = []
    while true {
      switch try reader.byte() {
      case UInt8(ascii: "\""): return try String(utf8: bytes)
      case UInt8(ascii: "\\"): bytes += try escape()
      case 0..<0x20: throw Self.malformed
      case let byte: bytes.append(byte)
      }
    }
  }

  private mutating func escape() throws -> [UInt8] {
    let code = try reader.byte()
    switch Character(UnicodeScalar(code)) {
    case "\"", "\\", "/": return [code]
    case "b": return [0x08]
    case "f": return [0x0C]
    case "n": return [0x0A]
    case "r": return [0x0D]
    case "t": return [0x09]
    case "u": return Array(String(try scalar()).utf8)
    default: throw Self.malformed
    }
  }

  /// A scalar in UTF-16, whose second half is another escape.
  private mutating func scalar() throws -> Unicode.Scalar {
    let first = try unit()
    guard UTF16.isLeadSurrogate(first) else {
      guard let scalar = Unicode.Scalar(first) else { throw Self.malformed }
      return scalar
    }
    guard try reader.text(2) == "\\u", case let second = try unit(),
      UTF16.isTrailSurrogate(second)
    else { throw Self.malformed }
    let (high, low) = (UInt32(first) - 0xD800, UInt32(second) - 0xDC00)
    guard let scalar = Unicode.Scalar(0x1_0000 + high << 10 + low) else { throw Self.malformed }
    return scalar
  }

  private mutating func unit() throws -> UInt16 {
    let digits = try reader.text(4)
    guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit),
      let unit = UInt16(digits, radix: 16)
    else { throw Self.malformed }
    return unit
  }
}
