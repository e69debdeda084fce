import Files
import Images
import Randomness

/// A small category in the layout of MVTec AD, drawn: to try the program where no data set is.
public struct SampleData: Sendable, Equatable {
  /// Good images to learn from.
  public var training = 40
  /// Good images of the test set, and as many of each defect.
  public var test = 5
  /// The side of an image.
  public var side = 256
  /// The source of all randomness; the same seed draws the same images.
  public var seed: UInt64 = 1

  /// The default amounts.
  public init() {}

  /// Draws all images and writes them, into a folder that holds nothing or what was drawn before.
  ///
  /// - Parameters:
  ///   - folder: Where `train`, `test` and `ground_truth` are made.
  ///   - progress: Called with the number of images written and the number of all.
  /// - Throws: ``SampleDataError`` where there is anything else, before a file is written; `FileError`
  ///   where something cannot be.
  public func write(to folder: String, progress: (Int, Int) throws -> Void = { _, _ in }) throws {
    var pictures = (0..<training).map { Picture(path: "train/good/\(name($0))", defect: nil) }
    pictures += (0..<test).map { Picture(path: "test/good/\(name($0))", defect: nil) }
    for defect in DrawnDefect.allCases {
      pictures += (0..<test).map {
        Picture(path: "test/\(defect.rawValue)/\(name($0))", defect: defect)
      }
    }
    try Self.check(folder, but: Set(pictures.flatMap(\.files)))
    for (number, picture) in pictures.enumerated() {
      var random = SeededGenerator(seed: seed, stream: UInt64(number))
      let part = DrawnPart(defect: picture.defect, random: &random)
      let (image, mask) = part.drawn(side: side, random: &random)
      for (image, file) in zip([image, mask.image], picture.files) {
        try write(image, SystemPath.joined(folder, file))
      }
      try progress(number + 1, pictures.count)
    }
  }

  private struct Picture {
    let path: String
    let defect: DrawnDefect?

    /// The image, and its mask where it has one.
    var files: [String] {
      let truth = path.replacing("test/", with: "ground_truth/") + "_mask.png"
      return ["\(path).png"] + (defect == nil ? [] : [truth])
    }
  }

  /// Checks that a folder holds no file but those that are drawn again.
  private static func check(_ folder: String, but files: Set<String>, inside: String = "") throws {
    let whole = inside.isEmpty ? folder : SystemPath.joined(folder, inside)
    guard try isFolder(whole) else { return }
    for name in try listed(whole) where !isHidden(name) {
      let path = inside.isEmpty ? name : "\(inside)/\(name)"
      let file = SystemPath.joined(folder, path)
      if try isFolder(file) {
        // Nothing is drawn deeper than in `test/good`.
        guard path.utf8.count(where: { $0 == UInt8(ascii: "/") }) < 4 else {
          throw SampleDataError.others(file)
        }
        try check(folder, but: files, inside: path)
      } else {
        guard Origin(ofFile: file) == .sampleData else { throw SampleDataError.others(file) }
        guard files.contains(path) else { throw SampleDataError.earlier(file) }
      }
    }
  }

  private func name(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }

  private func write(_ image: Image, _ path: String) throws {
    try makeFolder(of: path)
    try image.write(to: path, as: .sampleData)
  }
}

/// Why nothing is drawn into a folder.
public enum SampleDataError: Error, CustomStringConvertible, Equatable {
  /// A file in it was not drawn by this program.
  case others(String)
  /// A file in it was drawn before, and would be left among what is drawn now.
  case earlier(String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .others(let path):
      "\(path): not drawn by this program, so nothing is written beside it; choose an empty folder"
    case .earlier(let path):
      "\(path): drawn by an earlier run that drew more images; delete the folder, or choose another"
    }
  }
}
