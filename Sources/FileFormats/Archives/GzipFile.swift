import CZlib
import Files
package import Foundation

/// Files that may be compressed with gzip.
package enum GzipFile {
  /// Reads a file, unpacked where it is compressed.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limits: Of what it may unpack to.
  /// - Returns: What is in it.
  /// - Throws: `FileContentError` that names the file.
  package static func read(_ path: String, limits: Limits = .standard) throws -> Data {
    try naming(path) {
      let descriptor = try PlainFile(path).duplicate()
      guard let file = gzdopen(descriptor, "rb") else {
        close(descriptor)
        throw FormatFault.unreadable("memory does not suffice")
      }
      defer { gzclose(file) }
      return try unpacked(file, limit: limits.unpackedBytes)
    }
  }

  private static func unpacked(_ file: gzFile, limit: Int) throws -> Data {
    var data = Data()
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Int(gzread(file, &block, UInt32(block.count)))
      guard count >= 0 else { throw damaged }
      guard count <= limit - data.count else {
        throw FormatFault.tooMuch("it unpacks to more than \(limit) bytes")
      }
      data.append(contentsOf: block[..<count])
      guard count < block.count else { continue }
      // A stream that ends too early comes back as a short read with an error set.
      var code: Int32 = Z_OK
      _ = gzerror(file, &code)
      guard code == Z_OK || code == Z_STREAM_END else { throw damaged }
      return data
    }
  }

  private static let damaged = FormatFault.malformed("its compressed data are cut short or damaged")
}
