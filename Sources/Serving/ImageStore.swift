import Files
public import Foundation
import UninformedStudents

/// The files of inspected images, each once under the digest of its bytes, and the maps of their scores.
///
/// A verdict does not wait until they are on the disk: that is seen to after it is answered. What a power cut
/// takes in between counts as deleted.
public struct ImageStore: Sendable {
  private let folder: String
  /// Where files are waited for.
  private let syncing = DispatchQueue(label: "images to the disk", qos: .utility)

  /// The files in a folder, which is made where it is missing.
  ///
  /// - Throws: `FileError` where nothing can be written there.
  public init(folder: String) throws {
    self.folder = folder
    try AtomicFile.checkWritable(folder: folder)
  }

  /// Keeps the bytes of a file under their digest.
  ///
  /// - Throws: `FileError`.
  func keep(_ bytes: Data, of digest: String) throws {
    try write(bytes, to: place(digest, "image"))
  }

  private func write(_ bytes: Data, to path: String) throws {
    // The same bytes are the same file.
    guard try FileStatus(path)?.size != bytes.count else { return }
    try makeFolder(of: path)
    try AtomicFile.write(bytes, to: path, syncs: false)
    syncing.async { try? AtomicFile.sync(path) }
  }

  /// Waits until all that is kept so far is on the disk.
  public func sync() async {
    await withCheckedContinuation { done in syncing.async { done.resume() } }
  }

  /// The bytes of a file.
  ///
  /// - Returns: Nil where it is deleted, or is not what it was.
  /// - Throws: `FileError`.
  public func bytes(of digest: String) throws -> Data? {
    try contents(ofFile: place(digest, "image")).flatMap {
      Digest.digits(of: $0) == digest ? $0 : nil
    }
  }

  /// Keeps the scores that a model gave to the pixels of an image, as 32-bit floats row by row.
  ///
  /// - Throws: `FileError`.
  func keep(_ map: AnomalyMap, of digest: String, by fingerprint: String) throws {
    let bits = map.decidingScores.map(\.bitPattern.littleEndian)
    try write(bits.withUnsafeBytes { Data($0) }, to: place(digest, fingerprint))
  }

  /// The scores that a model gave to the pixels of an image, row by row; -∞ where pixels never decide.
  ///
  /// - Returns: Nil where they are deleted.
  /// - Throws: `FileError`.
  func scores(of digest: String, by fingerprint: String) throws -> [Float]? {
    try contents(ofFile: place(digest, fingerprint)).map { bytes in
      bytes.withUnsafeBytes { bytes in
        stride(from: 0, to: bytes.count - 3, by: 4).map { start in
          let bits = bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)
          return Float(bitPattern: UInt32(littleEndian: bits))
        }
      }
    }
  }

  /// Checks that files can be written.
  ///
  /// - Throws: `FileError`.
  public func checkWritable() throws { try AtomicFile.checkWritable(folder: folder) }

  /// The path of a file.
  func path(_ digest: String) -> String { place(digest, "image") }

  /// Deletes what belongs to an image.
  func remove(_ digest: String, fingerprints: [String]) {
    for kind in ["image"] + fingerprints { withSystemPath(place(digest, kind)) { _ = unlink($0) } }
  }

  /// A folder has some thousand files at most, of a million images.
  private func place(_ digest: String, _ kind: String) -> String {
    "\(folder)/\(digest.prefix(2))/\(digest).\(kind == "image" ? kind : "\(kind.prefix(16)).scores")"
  }
}
