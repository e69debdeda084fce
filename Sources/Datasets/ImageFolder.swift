import Files
import Images
public import Foundation

/// The images of one folder, in the order of their names.
public struct ImageFolder: Sendable, Equatable {
  /// The folder.
  public let folder: String
  /// The images' paths, sorted by name.
  public let paths: [String]
  /// Names of masks that lie beside their images, such as `000_GT.png` beside `000.png`; they are
  /// passed over.
  public let masks: [String]

  private static let extensions: Set = ["png", "jpg", "jpeg", "tif", "tiff", "webp", "bmp"]

  /// Lists a folder; its subfolders, hidden files, masks and heat maps of this program are passed over.
  ///
  /// - Throws: ``DatasetError`` where the folder is missing or holds no image.
  public init(_ folder: String) throws {
    self.folder = folder
    guard try isFolder(folder) else {
      throw try fileExists(folder) ? DatasetError.notAFolder(folder) : DatasetError.missing(folder)
    }
    guard let names = try? names(inFolder: folder) else { throw DatasetError.unreadable(folder) }
    let pictures = names.filter(Self.isPicture)
    let masks = GroundTruth.masks(among: pictures)
    self.masks = pictures.filter(masks.contains)
    paths = pictures.filter { !masks.contains($0) }.map { Self.path(folder, $0) }.filter { path in
      // Maps that were written beside the images are none of them.
      !path.hasSuffix(".heatmap.png") || Origin(ofFile: path) != .heatMap
    }
    guard !paths.isEmpty else { throw DatasetError.empty(folder) }
  }

  /// Whether a file's name ends as images' names do.
  static func isPicture(_ name: String) -> Bool {
    !isHidden(name) && extensions.contains(SystemPath.ending(name))
  }

  /// A name in a folder.
  static func path(_ folder: String, _ name: String) -> String {
    SystemPath.joined(folder, name)
  }

  /// What a user should know about the folder, a line each.
  public var notes: [String] {
    masks.isEmpty
      ? []
      : ["\(folder): masks beside their images are passed over: \(enumerated(masks))"]
  }

  /// When the newest image was made.
  ///
  /// - Throws: `FileReadingError` where the system does not tell.
  public var newest: Date? {
    get throws { try paths.compactMap { try FileStatus($0)?.modified }.max() }
  }
}

/// Why a data set cannot be read.
public enum DatasetError: Error, CustomStringConvertible, Equatable {
  /// There is no such folder.
  case missing(String)
  /// There is a file instead of a folder.
  case notAFolder(String)
  /// The folder may not be read.
  case unreadable(String)
  /// The folder holds no image.
  case empty(String)
  /// A file that belongs to the data set is not there.
  case noFile(String, String)
  /// A file is not as its format demands.
  case malformed(String, String)
  /// A category has not the layout of MVTec AD.
  case layout(String, missing: String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .missing(let path): "\(path): no such folder"
    case .notAFolder(let path): "\(path): a file; give the folder that it lies in"
    case .unreadable(let path): "\(path): cannot be read; check its rights"
    case .empty(let path):
      "\(path): no images in it (PNG, JPEG, TIFF, WebP, BMP; subfolders are not searched)"
    case .noFile(let folder, let name): "\(folder): no \(name) in it; choose its folder"
    case .malformed(let path, let reason): "\(path): \(reason); copy the data set again"
    case .layout(let path, let missing):
      "\(path): no '\(missing)' in it; a category holds train/good, test/<defect>, "
        + "ground_truth/<defect>"
    }
  }
}
