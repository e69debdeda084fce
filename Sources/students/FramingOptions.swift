import ArgumentParser
import UninformedStudents

/// What is inspected of each image, for the training of a model, which keeps it.
struct FramingOptions: ParsableArguments {
  @Option(
    help: "The side, in pixels, of the square in which an image is inspected.", in: .imageSide)
  var imageSize = 256

  @Option(
    help: ArgumentHelp(
      "How an image becomes a square: squash, pad or crop.",
      discussion: """
        squash (the default) scales width and height independently; pad keeps the aspect ratio and \
        replicates the border beyond the shorter side, where nothing is ever decided; crop takes the square \
        in the middle. The model keeps it.
        """))
  var fit: Framing.Fit?

  @Option(
    name: .customLong("roi"),
    help: ArgumentHelp(
      "The region of each image that is inspected: its first column and row, width and height.",
      discussion:
        "In pixels, such as 100,50,640,480. The model keeps it, and refuses images that are too "
        + "small for it.", valueName: "x,y,w,h"), in: .region)
  var region: RegionOfInterest?

  @Option(
    help: ArgumentHelp(
      "An image whose pixels other than black are ignored, such as a fixture or a date code.",
      discussion: """
        It has the aspect ratio of the images, and is read as the masks of 'evaluate' are. Ignored pixels \
        never decide, and the networks see the nearest other pixels in their place. Pixels right beside them \
        do decide: mark the whole area in which a date code may appear. The model keeps it.
        """, valueName: "mask"))
  var ignore: String?

  /// What was asked for.
  ///
  /// - Parameters:
  ///   - images: All images; a mask must be of the aspect of the first.
  ///   - maxPixels: The most pixels that a mask may promise.
  /// - Returns: The framing.
  /// - Throws: What reading the first image and the mask throw, and `FramingError`.
  func framing(of images: ImageCollection, maxPixels: Int) throws -> Framing {
    let framing = Framing(side: imageSize, fit: fit ?? .squash, region: region?.rectangle)
    guard let ignore, images.count > 0 else { return framing }
    let first = try images.image(0)
    _ = try framing.placement(of: first, named: images.name(0))
    let mask = try Mask(contentsOf: ignore, of: first, maxPixels: maxPixels)
    for note in mask.notes { complain("\(ignore): \(note)") }
    return try framing.ignoring(mask, of: first, named: ignore)
  }

  /// What to tell where most images change their shape, and nobody asked for it.
  ///
  /// - Parameters:
  ///   - elongated: How many images are far from square.
  ///   - count: How many there are.
  /// - Returns: A line; nil where there is nothing to tell.
  func warning(elongated: Int, of count: Int) -> String? {
    guard fit == nil, 2 * elongated > count else { return nil }
    return
      "\(elongated) of \(count) images are far from square and are squashed; --fit pad or --fit crop "
      + "keeps their aspect ratio"
  }
}

/// Four whole numbers in one word, such as `100,50,640,480`.
struct RegionOfInterest: LosslessStringConvertible {
  let rectangle: Rectangle

  init?(_ text: String) {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 4, let x = numbers[0], let y = numbers[1], let width = numbers[2],
      let height = numbers[3]
    else { return nil }
    rectangle = Rectangle(x: x, y: y, width: width, height: height)
  }

  var description: String {
    "\(rectangle.x),\(rectangle.y),\(rectangle.width),\(rectangle.height)"
  }
}

extension Framing {
  /// How the model frames, for people: such as `squashed to 256 pixels`.
  var summary: String {
    let how =
      switch fit {
      case .squash: "squashed to"
      case .pad: "padded to"
      case .crop: "cropped to"
      }
    return "\(how) \(side) pixels"
  }
}
