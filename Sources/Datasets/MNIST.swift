import Files
import Foundation

/// MNIST and sets in its format, such as Fashion-MNIST: four IDX files, plain or compressed.
///
/// LeCun et al. (1998).
public enum MNIST {
  /// The classes of MNIST.
  public static let digits = (0...9).map(String.init)
  /// The classes of Fashion-MNIST.
  ///
  /// Xiao et al. (2017).
  public static let garments = [
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot",
  ]

  /// Reads `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the two of `t10k`, with or
  /// without `.gz`.
  ///
  /// - Throws: ``DatasetError`` or `GzipError` that names the file.
  public static func read(_ folder: String, classes: [String]) throws -> ClassificationDataset {
    guard isFolder(folder) else { throw DatasetError.missing(folder) }
    return ClassificationDataset(
      classes: classes, training: try part(folder, "train", classes.count),
      test: try part(folder, "t10k", classes.count))
  }

  private static func part(_ folder: String, _ name: String, _ classes: Int) throws -> LabeledImages
  {
    let imagePath = try path(folder, "\(name)-images", "idx3-ubyte")
    let labelPath = try path(folder, "\(name)-labels", "idx1-ubyte")
    let images = try IDX(contentsOf: imagePath, rank: 3)
    let labels = try IDX(contentsOf: labelPath, rank: 1)
    guard images.sides[0] == labels.sides[0] else {
      throw DatasetError.malformed(
        labelPath, "\(labels.sides[0]) labels for \(images.sides[0]) pictures")
    }
    if let wrong = labels.bytes.first(where: { $0 >= classes }) {
      throw DatasetError.malformed(labelPath, "label \(wrong) of \(classes) classes")
    }
    return LabeledImages(
      height: images.sides[1], width: images.sides[2], channels: 1, pixels: images.bytes,
      labels: labels.bytes)
  }

  private static func path(_ folder: String, _ name: String, _ kind: String) throws -> String {
    let names = ["\(name)-\(kind)", "\(name)-\(kind).gz", "\(name).\(kind)", "\(name).\(kind).gz"]
    guard
      let found = names.map({ ImageFolder.path(folder, $0) }).first(where: {
        FileManager.default.fileExists(atPath: $0)
      })
    else { throw DatasetError.noFile(folder, names[1]) }
    return found
  }
}

/// An array of bytes of any rank in the IDX format.
private struct IDX {
  let sides: [Int]
  let bytes: [UInt8]

  /// More than the largest set of this kind has.
  private static let limit = 1 << 30

  init(contentsOf path: String, rank: Int) throws {
    let data = try GzipFile.read(path, limit: Self.limit)
    let start = 4 + 4 * rank
    guard data.count >= start, data[0] == 0, data[1] == 0, data[2] == 8, data[3] == rank else {
      throw DatasetError.malformed(path, "no IDX file of bytes of rank \(rank)")
    }
    let sides = (0..<rank).map { side in
      data[4 + 4 * side..<8 + 4 * side].reduce(0) { $0 << 8 | Int($1) }
    }
    var count = 1
    for side in sides {
      let (product, overflow) = count.multipliedReportingOverflow(by: side)
      guard side > 0, !overflow, product <= Self.limit else {
        throw DatasetError.malformed(path, "sides \(sides) make no sense")
      }
      count = product
    }
    guard data.count == start + count else {
      throw DatasetError.malformed(path, "\(data.count - start) bytes instead of \(count)")
    }
    self.sides = sides
    bytes = Array(data[start...])
  }
}
