import Files
import Foundation
import UninformedStudents

/// A folder of a web page and its images.
///
/// It replaces what an earlier report left there, and nothing else.
struct ReportFolder {
  private let folder: String
  /// The name of the file of each image, by what it is called.
  private let names: [String: String]

  /// What tells our pages from others.
  static let generator = #"<meta name="generator" content="Uninformed Students">"#

  /// A folder, which is made where it is missing.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - images: What the images are called; any text.
  ///   - ending: Of the images' files.
  /// - Throws: ``ReportError`` where files of others have the names of the report's, `FileError`
  ///   where the folder cannot be made.
  init(_ folder: String, images: [String], ending: String = "jpg") throws {
    self.folder = folder
    let names = uniqueFileNames(images, ending: ".\(ending)", of: reportFileName)
    self.names = Dictionary(zip(images, names)) { first, _ in first }
    try makeFolder(folder)
    for name in names { try Origin.report.checkReplaceable(SystemPath.joined(folder, name)) }
    let page = SystemPath.joined(folder, "index.html")
    if try fileExists(page) {
      let text = try contents(ofFile: page).map { String(decoding: $0, as: UTF8.self) }
      guard text?.contains(Self.generator) ?? false else { throw ReportError(page: page) }
    }
  }

  /// The name of an image's file, as it stands in the page.
  func name(of image: String) -> String { names[image] ?? "" }

  /// Writes an image.
  func write(_ picture: Image, as image: String) throws {
    try picture.write(to: SystemPath.joined(folder, name(of: image)), as: .report)
  }

  /// Writes the page.
  func write(_ page: String) throws {
    try AtomicFile.write(Data(page.utf8), to: SystemPath.joined(folder, "index.html"))
  }
}

/// A page is there that is not of this program.
public struct ReportError: Error, CustomStringConvertible, Equatable {
  /// The page.
  public let page: String

  /// One line for the user.
  public var description: String {
    "\(page): not a report of this program, so it is not replaced; choose another folder"
  }
}

/// A name that files may have everywhere, and that means itself in the address of an image.
private func reportFileName(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    scalar.isASCII
      && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-")
      ? String(scalar) : "_"
  }.joined()
}
