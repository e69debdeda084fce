import FileFormats
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

  /// Height and width of its images.
  private static let side = 28

  /// Reads `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the two of `t10k`, with or
  /// without `.gz`.
  ///
  /// - Throws: ``DatasetError`` or `FileContentError` that names the file.
  public static func read(_ folder: String, classes: [String]) throws -> ClassificationDataset {
    guard try isFolder(folder) else { throw DatasetError.missing(folder) }
    return ClassificationDataset(
      classes: classes, training: try part(folder, "train", classes.count),
      test: try part(folder, "t10k", classes.count))
  }

  private static func part(_ folder: String, _ name: String, _ classes: Int) throws -> LabeledImages
  {
    let imagePath = try path(folder, "\(name)-images", "idx3-ubyte")
    let labelPath = try path(folder, "\(name)-labels", "idx1-ubyte")
    let images = try array(imagePath, rank: 3)
    guard images.sides[1...] == [side, side] else {
      throw DatasetError.malformed(
        imagePath, "images of \(images.sides[1]) × \(images.sides[2]) pixels, not \(side) × \(side)"
      )
    }
    let labels = try array(labelPath, rank: 1)
    guard images.sides[0] == labels.sides[0] else {
      throw DatasetError.malformed(
        labelPath, "\(labels.sides[0]) labels for \(images.sides[0]) images")
    }
    if let wrong = labels.bytes.first(where: { $0 >= classes }) {
      throw DatasetError.malformed(labelPath, "label \(wrong) of \(classes) classes")
    }
    return LabeledImages(
      height: images.sides[1], width: images.sides[2], channels: 1, pixels: images.bytes,
      labels: labels.bytes)
  }

  private static func array(_ path: String, rank: Int) throws -> IDX {
    let data = try GzipFile.read(path)
    return try naming(path) { try IDX(data, rank: rank) }
  }

  private static func path(_ folder: String, _ name: String, _ kind: String) throws -> String {
    let names = ["\(name)-\(kind)", "\(name)-\(kind).gz", "\(name).\(kind)", "\(name).\(kind).gz"]
    guard
      let found = try names.map({ ImageFolder.path(folder, $0) }).first(where: fileExists)
    else { throw DatasetError.noFile(folder, names[1]) }
    return found
  }
}
