public import Datasets
public import Images

extension ImageCollection {
  /// The pictures of a folder, decoded when they are asked for.
  public init(
    _ folder: ImageFolder, maxPixels: Int = Image.defaultPixelLimit, reading: ImageReading = .init()
  ) {
    self.init(count: folder.paths.count) {
      try Image(contentsOf: folder.paths[$0], maxPixels: maxPixels, reading: reading)
    }
  }
}
