import CZlib
public import Foundation

/// Files that may be compressed with gzip.
public enum GzipFile {
  /// Reads a file, unpacked where it is compressed.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The most bytes that it may unpack to.
  /// - Returns: What is in it.
  /// - Throws: ``GzipError`` that names the file.
  public static func read(_ path: String, limit: Int) throws -> Data {
    guard !isFolder(path), let file = withSystemPath(path, { gzopen($0, "rb") }) else {
      throw GzipError.unreadable(path)
    }
    defer { gzclose(file) }
    var data = Data()
    var block = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = Int(gzread(file, &block, UInt32(block.count)))
      guard count >= 0 else { throw GzipError.damaged(path) }
      guard data.count + count <= limit else { throw GzipError.tooLarge(path, limit) }
      data.append(contentsOf: block[..<count])
      guard count < block.count else { continue }
      // A stream that ends too early comes back as a short read with an error set.
      var code: Int32 = Z_OK
      _ = gzerror(file, &code)
      guard code == Z_OK || code == Z_STREAM_END else { throw GzipError.damaged(path) }
      return data
    }
  }
}

/// Why a file that may be compressed cannot be read.
public enum GzipError: Error, CustomStringConvertible, Equatable {
  /// The file is missing, a folder, or may not be read.
  case unreadable(String)
  /// The compressed data are cut short or broken.
  case damaged(String)
  /// The file unpacks to more than is sensible.
  case tooLarge(String, Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .unreadable(let path): "\(path): cannot be read; check that the file exists and its rights"
    case .damaged(let path): "\(path): the file is cut short or damaged; copy it again"
    case .tooLarge(let path, let limit):
      "\(path): unpacks to more than \(limit) bytes; not that file"
    }
  }
}
