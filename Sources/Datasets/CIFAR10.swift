import FileFormats
import Files
import Foundation
import Images

/// CIFAR-10 (Krizhevsky 2009): the binary batches, an archive of them, or a folder for each class.
public enum CIFAR10 {
  /// The classes by their numbers.
  public static let classes = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  private static let side = CIFARBatch.side
  private static let batches = (1...5).map { "data_batch_\($0).bin" }
  private static let testBatch = "test_batch.bin"

  /// Reads what is there.
  ///
  /// - Parameter path: A folder with `data_batch_1.bin` … and `test_batch.bin`; a `.tar` or
  ///   `.tar.gz` of them; or a folder with `train/<class>` and `test/<class>`, or that holds one
  ///   such archive.
  /// - Returns: The data set.
  /// - Throws: ``DatasetError``, `FileContentError` or `ImageFileError` that names the file.
  public static func read(_ path: String) throws -> ClassificationDataset {
    guard try isFolder(path) else { return try archive(path) }
    let names = try listed(path)
    if names.contains(testBatch) {
      return try dataset(path) { try GzipFile.read(ImageFolder.path(path, $0)) }
    }
    if names.contains("train") {
      return ClassificationDataset(
        classes: classes, training: try folders(ImageFolder.path(path, "train")),
        test: try folders(ImageFolder.path(path, "test")))
    }
    throw DatasetError.noFile(path, "\(testBatch) or train/\(classes[0])")
  }

  private static func archive(_ path: String) throws -> ClassificationDataset {
    let data = try GzipFile.read(path)
    let archive = try naming(path) { try TarArchive(data) }
    return try dataset(path) { name in
      guard let data = try naming(path, { try archive.file(named: name) }) else {
        throw DatasetError.noFile(path, name)
      }
      return data
    }
  }

  private static func dataset(
    _ path: String, _ bytes: (String) throws -> Data
  ) throws -> ClassificationDataset {
    func part(_ name: String) throws -> LabeledImages {
      let data = try bytes(name)
      return try naming(ImageFolder.path(path, name)) { try images(data) }
    }
    guard let training = LabeledImages.joining(try batches.map(part)) else {
      throw DatasetError.empty(testBatch)
    }
    return ClassificationDataset(classes: classes, training: training, test: try part(testBatch))
  }

  private static func images(_ data: Data) throws -> LabeledImages {
    let batch = try CIFARBatch(data, classes: classes.count)
    return LabeledImages(
      height: side, width: side, channels: 3, pixels: batch.pixels, labels: batch.labels)
  }

  /// A folder for each class.
  private static func folders(_ folder: String) throws -> LabeledImages {
    var (labels, pixels): ([UInt8], [UInt8]) = ([], [])
    for (label, name) in classes.enumerated() {
      for path in try ImageFolder(ImageFolder.path(folder, name)).paths {
        let image = try Image(contentsOf: path)
        guard image.height == side, image.width == side else {
          throw DatasetError.malformed(path, "\(image.width) × \(image.height) pixels, not 32 × 32")
        }
        pixels += image.pixels.map { UInt8((min(max($0, 0), 1) * 255).rounded()) }
        labels.append(UInt8(label))
      }
    }
    return LabeledImages(height: side, width: side, channels: 3, pixels: pixels, labels: labels)
  }
}
