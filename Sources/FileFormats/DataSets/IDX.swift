package import Foundation

/// An array of bytes of any rank in the IDX format, which MNIST comes in.
package struct IDX {
  /// The length of each axis.
  package let sides: [Int]
  /// All numbers in row-major order.
  package let bytes: [UInt8]

  /// Reads the bytes of a file.
  ///
  /// - Throws: ``FormatFault`` where it is no array of bytes of that rank, or cut short.
  package init(_ data: Data, rank: Int, limits: Limits = .standard) throws {
    var reader = ByteReader(data)
    let kind = Data([0, 0, 8, UInt8(rank)])
    guard reader.remaining >= kind.count, try reader.bytes(kind.count) == kind else {
      throw FormatFault.malformed("not an IDX file of bytes of rank \(rank)")
    }
    let sides = try (0..<rank).map { _ in try reader.integer(bytes: 4, .mostFirst) }
    // The first one counts images, the others are their sides.
    guard sides.allSatisfy({ $0 > 0 }), sides.dropFirst().allSatisfy({ $0 <= limits.imageSide }),
      case let count = try sides.elements(), count <= limits.unpackedBytes
    else { throw FormatFault.malformed("sides \(sides) make no sense") }
    guard reader.remaining == count else {
      throw FormatFault.malformed("\(reader.remaining) bytes instead of \(count)")
    }
    self.sides = sides
    bytes = [UInt8](try reader.bytes(reader.remaining))
  }
}
