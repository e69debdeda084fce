import Files
import Foundation
import Images
import Randomness

/// A small category in the layout of MVTec AD, drawn: to try the program where no data set is.
public struct SampleData: Sendable, Equatable {
  /// Good pictures to learn from.
  public var training = 40
  /// Good pictures of the test set, and as many of each defect.
  public var test = 5
  /// The side of a picture.
  public var side = 256
  /// The source of all randomness; the same seed draws the same pictures.
  public var seed: UInt64 = 1

  /// The default amounts.
  public init() {}

  /// Draws all pictures and writes them.
  ///
  /// - Parameters:
  ///   - folder: Where `train`, `test` and `ground_truth` are made.
  ///   - progress: Called with the number of pictures written and the number of all.
  /// - Throws: `FileError` where something cannot be written.
  public func write(to folder: String, progress: (Int, Int) throws -> Void = { _, _ in }) throws {
    var pictures = (0..<training).map { Picture(path: "train/good/\(name($0))", defect: nil) }
    pictures += (0..<test).map { Picture(path: "test/good/\(name($0))", defect: nil) }
    for defect in DrawnDefect.allCases {
      pictures += (0..<test).map {
        Picture(path: "test/\(defect.rawValue)/\(name($0))", defect: defect)
      }
    }
    for (number, picture) in pictures.enumerated() {
      var random = SeededGenerator(seed: seed, stream: UInt64(number))
      let part = DrawnPart(defect: picture.defect, random: &random)
      let (image, mask) = part.drawn(side: side, random: &random)
      try write(image, "\(folder)/\(picture.path).png")
      if picture.defect != nil {
        let truth = picture.path.replacing("test/", with: "ground_truth/")
        try write(mask.image, "\(folder)/\(truth)_mask.png")
      }
      try progress(number + 1, pictures.count)
    }
  }

  private struct Picture {
    let path: String
    let defect: DrawnDefect?
  }

  private func name(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }

  private func write(_ image: Image, _ path: String) throws {
    try makeFolder(of: path)
    try image.write(to: path)
  }
}
