import Files
public import Foundation
import Images

/// The images of one folder, in the order of their names.
public struct ImageFolder: Sendable, Equatable {
  /// The folder.
  public let folder: String
  /// The images' paths, sorted by name.
  public let paths: [String]
  /// Names of masks that lie beside their images, such as `000_GT.png` beside `000.png`; they are
  /// passed over.
  public let masks: [String]

  /// Names of images that are passed over, as their format is not read.
  public let unread: [String]
  /// Names of folders in it that hold images; they are not searched.
  public private(set) var subfolders: [String]

  private static let extensions: Set = ["png", "jpg", "jpeg", "tif", "tiff", "webp", "bmp"]
  private static let foreignExtensions = Image.rawExtensions.union([
    "avif", "exr", "gif", "hdr", "heic", "heif", "j2k", "jfif", "jp2", "jpe", "jxl", "pbm", "pgm",
    "pnm", "ppm", "psd", "svg", "tga",
  ])

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
    unread = names.filter(Self.isForeign)
    subfolders = try Self.imageFolders(folder, names)
    paths = pictures.filter { !masks.contains($0) }.map { Self.path(folder, $0) }.filter { path in
      // Maps that were written beside the images are none of them.
      !path.hasSuffix(".heatmap.png") || Origin(ofFile: path) != .heatMap
    }
    guard !paths.isEmpty else { throw DatasetError.empty(folder) }
  }

  /// The folder and all in it that hold images, by name; hidden ones are passed over, and links to
  /// folders are not followed: they may lead back.
  ///
  /// - Throws: ``DatasetError`` where the folder is missing or no image is in it.
  public static func tree(_ folder: String) throws -> [ImageFolder] {
    let found = try all(in: folder)
    // Says what is wrong with it.
    guard !found.isEmpty else { return [try ImageFolder(folder)] }
    return found.map { folder in
      var folder = folder
      folder.subfolders = []
      return folder
    }
  }

  private static func all(in folder: String) throws -> [ImageFolder] {
    var found: [ImageFolder] = []
    do { found.append(try ImageFolder(folder)) } catch DatasetError.empty {}
    for name in try Files.names(inFolder: folder) where !isHidden(name) {
      let inner = path(folder, name)
      if try isFolder(inner), try !isLink(inner) { found += try all(in: inner) }
    }
    return found
  }

  private static func imageFolders(_ folder: String, _ names: [String]) throws -> [String] {
    try names.filter { name in
      guard !isHidden(name), !isPicture(name), try isFolder(path(folder, name)) else {
        return false
      }
      // What cannot be listed is not known to hold images.
      let inside = (try? Files.names(inFolder: path(folder, name))) ?? []
      return inside.contains { isPicture($0) && !$0.hasSuffix(".heatmap.png") }
    }
  }

  private static func isForeign(_ name: String) -> Bool {
    !isHidden(name) && foreignExtensions.contains(SystemPath.ending(name))
  }

  /// What a user should know of images in a folder that are not read, a line or none.
  static func noteOfUnread(_ names: [String], in folder: String) -> [String] {
    let unread = names.filter(isForeign)
    return unread.isEmpty
      ? []
      : [
        "\(folder): only PNG, JPEG, TIFF, WebP and BMP are read; skipped: \(firstFew(unread))"
      ]
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
    var notes = Self.noteOfUnread(unread, in: folder)
    if !masks.isEmpty {
      notes.append("\(folder): masks beside their images are skipped: \(firstFew(masks))")
    }
    if !subfolders.isEmpty {
      notes.append("\(folder): its subfolders are not searched: \(firstFew(subfolders))")
    }
    return notes
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
    case .missing(let path): "\(path): no such folder; check the path"
    case .notAFolder(let path): "\(path): is a file; give the folder that contains it"
    case .unreadable(let path): "\(path): cannot be read; check its permissions"
    case .empty(let path):
      "\(path): no images in it (PNG, JPEG, TIFF, WebP or BMP); subfolders are not searched"
    case .noFile(let folder, let name):
      "\(folder): no \(name) in it; give the folder that contains it"
    case .malformed(let path, let reason): "\(path): \(reason); copy the data set again"
    case .layout(let path, let missing):
      "\(path): no '\(missing)' in it; a category contains train/good, test/<defect> and "
        + "ground_truth/<defect>"
    }
  }
}
