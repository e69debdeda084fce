import Foundation

/// Names of files as text, whatever bytes they are.
///
/// To the system a name is bytes, and nothing says that they are UTF-8. In this package a path is a
/// `String` all the same: a byte that belongs to no UTF-8 stands in it as one scalar, U+10FE80 to
/// U+10FEFF at the end of the last private plane. ``withSystemPath(_:_:)`` gives the system the bytes
/// back, so every name that was listed can be opened. Whatever opens a file goes through it.
public enum SystemPath {
  /// What stands for the byte 0.
  private static let origin: UInt32 = 0x10FE00
  /// Of the scalars that stand for a byte; few names hold it otherwise.
  private static let leadByte: UInt8 = 0xF4

  private static func byte(of scalar: Unicode.Scalar) -> UInt8? {
    guard (origin + 0x80...origin + 0xFF).contains(scalar.value) else { return nil }
    return UInt8(scalar.value - origin)
  }

  /// The text of a name; each name has its own.
  public static func text(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self), !bytes.contains(leadByte) {
      return text
    }
    var text = String.UnicodeScalarView()
    var rest = bytes[...]
    while !rest.isEmpty {
      var parser = Unicode.UTF8.ForwardParser()
      var input = rest.makeIterator()
      let count: Int
      switch parser.parseScalar(from: &input) {
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        count = encoded.count
        // What stands for a byte is itself no byte: it is taken apart, so that it comes back.
        guard byte(of: scalar) != nil else {
          text.append(scalar)
          break
        }
        escape(rest.prefix(count), into: &text)
      case .error(let length):
        count = length
        escape(rest.prefix(count), into: &text)
      case .emptyInput: count = rest.count
      }
      rest = rest.dropFirst(count)
    }
    return String(text)
  }

  private static func escape(_ bytes: ArraySlice<UInt8>, into text: inout String.UnicodeScalarView)
  {
    text.append(contentsOf: bytes.compactMap { Unicode.Scalar(origin + UInt32($0)) })
  }

  /// The name that a text stands for.
  public static func bytes(_ text: String) -> [UInt8] {
    guard text.utf8.contains(leadByte) else { return Array(text.utf8) }
    return text.unicodeScalars.flatMap { scalar in
      byte(of: scalar).map { [$0] } ?? Array(String(scalar).utf8)
    }
  }

  /// A text in which each byte that is no UTF-8 is written out, such as `\xfc`.
  ///
  /// For people, pages and JSON; not for opening. `backslash` is how one is written there.
  public static func readable(_ text: String, backslash: String = "\\") -> String {
    guard text.utf8.contains(leadByte) else { return text }
    return text.unicodeScalars.map { scalar in
      byte(of: scalar).map { "\(backslash)x" + String($0, radix: 16) } ?? String(scalar)
    }.joined()
  }

  /// What the program was called with, without its own name.
  public static var arguments: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { number in
      CommandLine.unsafeArgv[number].map { argument in
        text(
          UnsafeBufferPointer(start: argument, count: strlen(argument)).map(UInt8.init(bitPattern:))
        )
      }
    }
  }

  // MARK: - Parts

  /// The last part of a path.
  public static func name(_ path: String) -> String {
    let path = path.utf8
    let end = path.lastIndex { $0 != UInt8(ascii: "/") }.map(path.index(after:)) ?? path.startIndex
    let whole = path[..<end]
    let start = whole.lastIndex(of: UInt8(ascii: "/")).map(path.index(after:)) ?? path.startIndex
    return String(decoding: whole[start...], as: UTF8.self)
  }

  /// The last part of a path without its ending.
  public static func stem(_ path: String) -> String {
    let name = name(path).utf8
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else {
      return String(name)
    }
    return String(decoding: name[..<dot], as: UTF8.self)
  }

  /// The ending of a path in small letters, such as `png`; empty where there is none.
  public static func ending(_ path: String) -> String {
    let name = name(path).utf8
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return "" }
    return String(decoding: name[name.index(after: dot)...], as: UTF8.self).lowercased()
  }

  /// The whole path of a file, links followed; itself where there is none.
  public static func resolved(_ path: String) -> String {
    guard let resolved = withSystemPath(path, { realpath($0, nil) }) else { return path }
    defer { free(resolved) }
    return text(
      UnsafeBufferPointer(start: resolved, count: strlen(resolved)).map(UInt8.init(bitPattern:)))
  }

  /// A name in a folder.
  public static func joined(_ folder: String, _ name: String) -> String {
    folder.utf8.last == UInt8(ascii: "/") ? folder + name : "\(folder)/\(name)"
  }
}

/// Calls the system with a path, in the bytes of its name.
///
/// - Parameters:
///   - path: A path whose names were listed, given on the command line, or are plain text.
///   - body: Gets the path, ended by zero. A path with a zero in it is of no file: it comes as an
///     empty one, which the system refuses.
/// - Returns: What `body` gives.
/// - Throws: What `body` throws.
public func withSystemPath<Result>(
  _ path: String, _ body: (UnsafePointer<CChar>) throws -> Result
) rethrows -> Result {
  let bytes = SystemPath.bytes(path)
  return try body(bytes.contains(0) ? [0] : bytes.map(CChar.init(bitPattern:)) + [0])
}
