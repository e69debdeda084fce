public import Datasets
public import Images

extension Framing {
  /// The square that a detector sees of an image.
  ///
  /// What never decides takes the colours of the nearest pixels that do: its own content reaches no
  /// network, neither in training nor through the receptive fields of its neighbours.
  ///
  /// - Parameters:
  ///   - image: An image of any size.
  ///   - name: What errors call it, such as its file.
  /// - Returns: `side` × `side` pixels, with ``Images/Image/isIgnored``.
  /// - Throws: ``FramingError``, and what resizing throws.
  public func framed(_ image: Image, named name: String = "image") throws -> Image {
    let placement = try placement(of: image, named: name)
    let part = placement.isWhole ? image : image.cropped(to: placement.part)
    let content = placement.content
    let scaled = try part.resized(height: content.height, width: content.width)
    guard let filling = try filling(placement, named: name) else { return scaled }
    let colors = scaled.pixels
    var pixels: [Float] = []
    pixels.reserveCapacity(3 * filling.pixels.count)
    for pixel in filling.pixels { pixels += colors[3 * pixel..<3 * pixel + 3] }
    return Image(height: side, width: side, pixels: pixels, isIgnored: filling.isIgnored)
  }

  /// How the scaled content fills the square where some of it never decides.
  package struct Filling {
    /// Of each pixel of the square, row by row, the number of the pixel of the content that it shows.
    package let pixels: [Int]
    /// Whether each pixel of the square never decides.
    package let isIgnored: [Bool]
  }

  /// How the content fills the square; nil where it is the square, and all of it decides.
  ///
  /// - Throws: ``FramingError/nothingLeft(_:)``.
  package func filling(_ placement: Placement, named name: String) throws -> Filling? {
    guard let isIgnored = isIgnored(placement) else { return nil }
    guard isIgnored.contains(false) else { throw FramingError.nothingLeft(name) }
    let content = placement.content
    let pixels = nearest(isIgnored).map { pixel in
      (Int(pixel) / side - content.y) * content.width + Int(pixel) % side - content.x
    }
    return Filling(pixels: pixels, isIgnored: isIgnored)
  }

  /// The mask of an image, as the image lies in the square; what never decides is not marked.
  ///
  /// - Parameters:
  ///   - mask: A mask of the aspect of the image.
  ///   - image: The image.
  /// - Returns: `side` × `side` pixels.
  /// - Throws: ``FramingError``.
  public func framed(_ mask: Mask, of image: Image) throws -> Mask {
    let placement = try placement(of: image)
    let part =
      placement.isWhole
      ? mask
      : mask.resized(height: image.height, width: image.width).cropped(to: placement.part)
    let content = placement.content
    let scaled = part.resized(height: content.height, width: content.width)
    guard let isIgnored = isIgnored(placement) else { return scaled }
    var kinds = [UInt8](repeating: 0, count: side * side)
    for row in 0..<content.height {
      for column in 0..<content.width {
        let pixel = (content.y + row) * side + content.x + column
        if !isIgnored[pixel] { kinds[pixel] = scaled.kinds[row * content.width + column] }
      }
    }
    return Mask(height: side, width: side, kinds: kinds)
  }

  /// Which pixels of the square never decide: padding, and what a mask marks; nil where all do.
  private func isIgnored(_ placement: Placement) -> [Bool]? {
    guard let isPadding = placement.isPadding else { return ignored?.isIgnored }
    return ignored.map { zip($0.isIgnored, isPadding).map { $0 || $1 } } ?? isPadding
  }

  /// The nearest pixel that is not ignored, of each pixel of the square: fewest steps along rows and
  /// columns.
  private func nearest(_ isIgnored: [Bool]) -> [Int32] {
    var nearest = isIgnored.indices.map { isIgnored[$0] ? -1 : Int32($0) }
    var reached = nearest.filter { $0 >= 0 }
    var next = 0
    func reach(_ other: Int, from pixel: Int) {
      guard nearest[other] < 0 else { return }
      nearest[other] = nearest[pixel]
      reached.append(Int32(other))
    }
    while next < reached.count {
      let pixel = Int(reached[next])
      next += 1
      let (row, column) = (pixel / side, pixel % side)
      if row > 0 { reach(pixel - side, from: pixel) }
      if row < side - 1 { reach(pixel + side, from: pixel) }
      if column > 0 { reach(pixel - 1, from: pixel) }
      if column < side - 1 { reach(pixel + 1, from: pixel) }
    }
    return nearest
  }
}

extension ImageCollection {
  /// The images as a detector sees them; errors name them.
  public func framed(by framing: Framing) -> ImageCollection {
    mapNamed { try framing.framed($0, named: $1) }
  }
}
