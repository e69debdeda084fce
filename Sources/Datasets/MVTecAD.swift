import Files
import Foundation

/// One category in the layout of MVTec AD (Bergmann et al., CVPR 2019).
///
/// `train/good`, `test/good`, `test/<defect>` and `ground_truth/<defect>`. Tolerant: pictures of
/// any format; masks named as the picture, with or without `_mask`; defects without masks.
public struct MVTecCategory: Sendable, Equatable {
  /// One picture of the test set.
  public struct Item: Sendable, Equatable {
    /// The picture.
    public let path: String
    /// The folder that it lies in: `good`, or the kind of defect.
    public let defect: String
    /// Where its anomalous pixels are; nil for good pictures, and where nobody marked them.
    public let mask: String?

    /// Whether the picture shows a defect.
    public var isAnomalous: Bool { defect != MVTecCategory.good }
  }

  /// The folder of the category.
  public let folder: String
  /// The test pictures, sorted by defect and name.
  public let test: [Item]

  static let good = "good"

  /// Lists the test set of a category.
  ///
  /// - Throws: ``DatasetError`` where there is none.
  public init(_ folder: String) throws {
    self.folder = folder
    guard isFolder(folder) else { throw DatasetError.missing(folder) }
    let tests = ImageFolder.path(folder, "test")
    guard let defects = try? names(inFolder: tests) else {
      throw DatasetError.layout(folder, missing: "test")
    }
    test = try defects.filter { isFolder("\(tests)/\($0)") }.flatMap { defect in
      let masks = Self.masks(ImageFolder.path(folder, "ground_truth/\(defect)"))
      return try ImageFolder("\(tests)/\(defect)").paths.map { path in
        Item(
          path: path, defect: defect,
          mask: defect == Self.good ? nil : masks[Self.stem(of: path)])
      }
    }
    guard !test.isEmpty else { throw DatasetError.layout(folder, missing: "test/<defect>") }
  }

  /// The masks of a folder by the name of the picture that they belong to.
  private static func masks(_ folder: String) -> [String: String] {
    guard let paths = try? ImageFolder(folder).paths else { return [:] }
    return Dictionary(paths.map { (maskedStem(of: $0), $0) }) { first, _ in first }
  }

  private static func maskedStem(of path: String) -> String {
    let stem = stem(of: path)
    return stem.hasSuffix("_mask") ? String(stem.dropLast(5)) : stem
  }

  private static func stem(of path: String) -> String {
    let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    return String(name[..<(name.lastIndex(of: ".") ?? name.endIndex)])
  }
}
