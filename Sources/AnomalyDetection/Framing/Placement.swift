package import Evaluation
public import Images

/// Which part of an image of one size lies where in the square of a framing.
public struct Placement: Codable, Sendable, Equatable {
  /// Rows of the image.
  public let imageHeight: Int
  /// Columns of the image.
  public let imageWidth: Int
  /// The part of the image that is inspected.
  public let part: Rectangle
  /// Where it lies in the square; the rest of that is padding.
  public let content: Rectangle
  /// The side of the square.
  public let side: Int

  /// Whether the part is the whole image.
  public var isWhole: Bool { part.width == imageWidth && part.height == imageHeight }

  /// Which pixels of the square are padding, row by row; nil where none is.
  var isPadding: [Bool]? {
    guard content.width < side || content.height < side else { return nil }
    let (rows, columns) = (
      content.y..<content.y + content.height, content.x..<content.x + content.width
    )
    return (0..<side * side).map { !rows.contains($0 / side) || !columns.contains($0 % side) }
  }

  /// The pixels of the image that pixels of the square show: a box around all that a region of the
  /// content covers.
  ///
  /// - Parameter region: In pixels of the square, inside the content.
  /// - Returns: In pixels of the image, inside the part; its area is rounded.
  package func inImage(_ region: Region) -> Region {
    let down = Double(part.height) / Double(content.height)
    let across = Double(part.width) / Double(content.width)
    let (x, y) = (region.x - content.x, region.y - content.y)
    let left = Int((Double(x) * across).rounded(.down))
    let top = Int((Double(y) * down).rounded(.down))
    let right = Int((Double(x + region.width) * across).rounded(.up))
    let bottom = Int((Double(y + region.height) * down).rounded(.up))
    return Region(
      x: part.x + left, y: part.y + top, width: min(right, part.width) - left,
      height: min(bottom, part.height) - top,
      area: Int((Double(region.area) * down * across).rounded()))
  }

  /// The pixel of the image in which the middle of a pixel of the content lies.
  package func inImage(_ pixel: PixelPlace) -> PixelPlace {
    let middle = { (place: Int, content: Int, scale: Double, length: Int) in
      min(Int((Double(place - content) + 0.5) * scale), length - 1)
    }
    let down = Double(part.height) / Double(content.height)
    let across = Double(part.width) / Double(content.width)
    return PixelPlace(
      row: part.y + middle(pixel.row, content.y, down, part.height),
      column: part.x + middle(pixel.column, content.x, across, part.width))
  }

  /// The scores of a map of the square on the image.
  ///
  /// - Precondition: The map has the size of the square.
  package func stretched(_ map: AnomalyMap) -> StretchedScores {
    precondition(map.height == side && map.width == side, "\(map.height) × \(map.width)")
    let isAll = content.width == side && content.height == side
    return StretchedScores(
      isAll ? map.scores : cropped(map.scores),
      isIgnored: map.isIgnored.map { isAll ? $0 : cropped($0) }, height: content.height,
      width: content.width, part: part, imageHeight: imageHeight, imageWidth: imageWidth)
  }

  /// The values of the content among those of the square.
  private func cropped<Value>(_ values: [Value]) -> [Value] {
    let rows = (content.y..<content.y + content.height).map { row in
      values[row * side + content.x..<row * side + content.x + content.width]
    }
    return Array(rows.joined())
  }
}

extension Framing {
  /// Where an image lies in the square.
  ///
  /// - Parameters:
  ///   - image: The image.
  ///   - name: What errors call it, such as its file.
  /// - Returns: The place.
  /// - Throws: ``FramingError`` where the region does not lie in the image, or the ignored pixels are of
  ///   images of another shape.
  public func placement(of image: Image, named name: String = "image") throws -> Placement {
    try placement(ofHeight: image.height, width: image.width, named: name)
  }

  /// Where an image of a size lies in the square; as for ``placement(of:named:)``.
  package func placement(ofHeight height: Int, width: Int, named name: String) throws -> Placement {
    let looked = region ?? Rectangle(x: 0, y: 0, width: width, height: height)
    guard looked.lies(inHeight: height, width: width) else {
      throw FramingError.regionOutside(name, looked, height: height, width: width)
    }
    if let ignored, !ignored.fit(height: height, width: width, isOfOneSize: region != nil) {
      throw FramingError.otherShape(
        name, height: height, width: width, than: ignored.imageHeight, ignored.imageWidth)
    }
    return Placement(
      imageHeight: height, imageWidth: width, part: part(of: looked),
      content: content(of: looked), side: side)
  }

  private func part(of looked: Rectangle) -> Rectangle {
    guard fit == .crop else { return looked }
    let shorter = min(looked.width, looked.height)
    return Rectangle(
      x: looked.x + (looked.width - shorter) / 2, y: looked.y + (looked.height - shorter) / 2,
      width: shorter, height: shorter)
  }

  private func content(of looked: Rectangle) -> Rectangle {
    let longer = max(looked.width, looked.height)
    let scaled = { (length: Int) in
      fit == .pad ? max(1, (2 * side * length + longer) / (2 * longer)) : side
    }
    let (width, height) = (scaled(looked.width), scaled(looked.height))
    return Rectangle(
      x: (side - width) / 2, y: (side - height) / 2, width: width, height: height)
  }
}

/// Why an image cannot be framed.
public enum FramingError: Error, CustomStringConvertible, Equatable {
  /// The region of interest does not lie in an image of this size.
  case regionOutside(String, Rectangle, height: Int, width: Int)
  /// What is ignored was marked for images of another shape, with their height and width.
  case otherShape(String, height: Int, width: Int, than: Int, Int)
  /// A mask marks no pixel of the inspected area.
  case marksNothing(String)
  /// A mask marks every pixel of the inspected area.
  case marksEverything(String)
  /// Every pixel of the inspected area is ignored.
  case nothingLeft(String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .regionOutside(let name, let region, let height, let width):
      "\(name): \(width) × \(height) pixels, too small for the region of interest "
        + "(\(region.width) × \(region.height) at \(region.x),\(region.y)); give images of the camera's full "
        + "size, or train with another region"
    case .otherShape(let name, let height, let width, let maskHeight, let maskWidth):
      "\(name): \(width) × \(height) pixels, but the pixels to ignore were marked on images of "
        + "\(maskWidth) × \(maskHeight); give images of that aspect ratio"
    case .marksNothing(let name):
      "\(name): marks no pixel of the inspected area; pixels to ignore must not be black"
    case .marksEverything(let name):
      "\(name): marks every pixel of the inspected area, so nothing is left to inspect; invert it if black "
        + "stands for the pixels to ignore"
    case .nothingLeft(let name):
      "\(name): every pixel of the inspected area is ignored; mark fewer pixels, or leave the image out"
    }
  }
}
