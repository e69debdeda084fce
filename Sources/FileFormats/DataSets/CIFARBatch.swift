package import Foundation

/// Records of a label and three planes of 32 × 32 pixels: a batch of CIFAR-10.
package struct CIFARBatch {
  /// Pixels along a side.
  package static let side = 32

  /// The class of each image.
  package let labels: [UInt8]
  /// All images one after the other, row by row, their colours interleaved.
  package let pixels: [UInt8]

  /// Reads the bytes of a file.
  ///
  /// - Throws: ``FormatFault`` where they are no whole number of records, or a label is none of
  ///   `classes`.
  package init(_ data: Data, classes: Int) throws {
    let area = Self.side * Self.side
    let record = 1 + 3 * area
    guard !data.isEmpty, data.count.isMultiple(of: record) else {
      throw FormatFault.malformed("\(data.count) bytes are not a whole number of images")
    }
    var reader = ByteReader(data)
    var (labels, pixels): ([UInt8], [UInt8]) = ([], [])
    pixels.reserveCapacity(data.count)
    while reader.remaining > 0 {
      let label = try reader.byte()
      guard label < classes else {
        throw FormatFault.malformed("label \(label) of \(classes) classes")
      }
      labels.append(label)
      let planes = [UInt8](try reader.bytes(3 * area))
      for pixel in 0..<area {
        for plane in 0..<3 { pixels.append(planes[plane * area + pixel]) }
      }
    }
    (self.labels, self.pixels) = (labels, pixels)
  }
}
