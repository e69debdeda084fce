import Files
import Foundation
import Images

/// CIFAR-10 (Krizhevsky 2009): the binary batches, an archive of them, or a folder for each class.
public enum CIFAR10 {
  /// The classes by their numbers.
  public static let classes = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  private static let side = 32
  private static let batches = (1...5).map { "data_batch_\($0).bin" }
  private static let testBatch = "test_batch.bin"
  /// More than all batches together.
  private static let limit = 1 << 30

  /// Reads what is there.
  ///
  /// - Parameter path: A folder with `data_batch_1.bin` … and `test_batch.bin`; a `.tar` or
  ///   `.tar.gz` of them; or a folder with `train/<class>` and `test/<class>`, or that holds one
  ///   such archive.
  /// - Returns: The data set.
  /// - Throws: ``DatasetError``, `GzipError` or `ImageFileError` that names the file.
  public static func read(_ path: String) throws -> ClassificationDataset {
    guard isFolder(path) else { return try archive(path) }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    if names.contains(testBatch) {
      return try dataset { name in
        try GzipFile.read(ImageFolder.path(path, name), limit: limit)
      }
    }
    if names.contains("train") {
      return ClassificationDataset(
        classes: classes, training: try folders(ImageFolder.path(path, "train")),
        test: try folders(ImageFolder.path(path, "test")))
    }
    throw DatasetError.noFile(path, "\(testBatch) or train/\(classes[0])")
  }

  private static func archive(_ path: String) throws -> ClassificationDataset {
    let archive = try TarArchive(GzipFile.read(path, limit: limit), path: path)
    return try dataset { name in
      guard let data = archive.file(named: name) else { throw DatasetError.noFile(path, name) }
      return data
    }
  }

  private static func dataset(_ bytes: (String) throws -> Data) throws -> ClassificationDataset {
    guard let training = LabeledImages.joining(try batches.map { try batch(bytes($0), $0) }) else {
      throw DatasetError.empty(testBatch)
    }
    return ClassificationDataset(
      classes: classes, training: training, test: try batch(bytes(testBatch), testBatch))
  }

  /// Records of a label and three planes of 32 × 32 pixels.
  private static func batch(_ data: Data, _ name: String) throws -> LabeledImages {
    let area = side * side
    let record = 1 + 3 * area
    guard data.count > 0, data.count % record == 0 else {
      throw DatasetError.malformed(name, "\(data.count) bytes are no whole number of pictures")
    }
    var (labels, pixels): ([UInt8], [UInt8]) = ([], [])
    pixels.reserveCapacity(data.count)
    let bytes = [UInt8](data)
    for start in stride(from: 0, to: bytes.count, by: record) {
      guard bytes[start] < classes.count else {
        throw DatasetError.malformed(name, "label \(bytes[start]) of \(classes.count) classes")
      }
      labels.append(bytes[start])
      for pixel in 0..<area {
        for plane in 0..<3 { pixels.append(bytes[start + 1 + plane * area + pixel]) }
      }
    }
    return LabeledImages(height: side, width: side, channels: 3, pixels: pixels, labels: labels)
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
        pixels += image.pixels.map { UInt8(($0 * 255).rounded()) }
        labels.append(UInt8(label))
      }
    }
    return LabeledImages(height: side, width: side, channels: 3, pixels: pixels, labels: labels)
  }
}
