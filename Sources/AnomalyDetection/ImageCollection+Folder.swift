public import Datasets
import Files
public import Images

extension ImageCollection {
  /// The images of a folder, decoded when they are asked for.
  public init(
    _ folder: ImageFolder, maxPixels: Int = Image.defaultPixelLimit, reading: ImageReading = .init()
  ) {
    self.init(paths: folder.paths, maxPixels: maxPixels, reading: reading)
  }

  /// The images of files, decoded when they are asked for.
  public init(
    paths: [String], maxPixels: Int = Image.defaultPixelLimit, reading: ImageReading = .init()
  ) {
    self.init(
      count: paths.count, name: { paths[$0] },
      content: { number in
        guard let digits = try Digest.digits(ofFile: paths[number]) else {
          throw ImageFileError.unreadable(paths[number])
        }
        return "\(digits) \(try reading.json())"
      }
    ) {
      try Image(contentsOf: paths[$0], maxPixels: maxPixels, reading: reading)
    }
  }
}
