/// How much of what comes from outside is read before it is refused: one set for all formats.
///
/// Work is bounded with it. No parser calls itself, each byte is looked at a fixed number of times,
/// and nothing that is read decides alone how much memory is taken: it must be there in the file, or
/// be unpacked from it within these limits.
package struct Limits: Sendable {
  /// Bytes of a file.
  package var fileBytes = 4 << 30
  /// Bytes that a compressed file unpacks to; the largest data sets that are read have half.
  package var unpackedBytes = 512 << 20
  /// Bytes that only name and describe: a header, a pickle, the directory or long names of an archive.
  package var descriptionBytes = 16 << 20
  /// Files of an archive, or tensors of a file.
  package var entries = 100_000
  /// How deep values lie in one another; values that hold themselves are none.
  package var depth = 64
  /// Axes of a tensor.
  package var axes = 8
  /// Pixels along a side of one of many small images.
  package var imageSide = 1024
  /// Bytes of all tensors of a checkpoint together, for each byte of the file: several tensors may
  /// be views of the same numbers.
  package var rebuiltBytesPerByte = 4

  /// The limits that hold unless a test sets others.
  package static let standard = Limits()
}
