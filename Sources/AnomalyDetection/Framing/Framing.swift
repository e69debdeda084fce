public import Images

/// Which part of an image is inspected, and how it becomes the square that a detector sees.
///
/// A model keeps it: images are trained on, calibrated with, inspected and evaluated alike.
public struct Framing: Codable, Sendable, Equatable {
  /// How a part of any aspect becomes a square.
  public enum Fit: String, Codable, CaseIterable, Sendable {
    /// Its sides are scaled apart: nothing is lost, and shapes are not kept.
    case squash
    /// Its longer side is scaled to that of the square. Beyond the shorter one its border is replicated:
    /// a constant colour would be an edge that is not there, and a mirror would show a defect twice. What
    /// is replicated never decides.
    case pad
    /// The square in its middle, as wide as its shorter side; what lies beside it is not inspected.
    case crop
  }

  /// The side of the square, in pixels.
  public let side: Int
  /// How the part becomes a square.
  public let fit: Fit
  /// The part of each image that is inspected; nil for all of it.
  public let region: Rectangle?
  /// Which pixels of the square never decide; nil where all do.
  let ignored: IgnoredPixels?

  /// A framing that ignores nothing of the region; see ``ignoring(_:of:named:)``.
  ///
  /// - Parameters:
  ///   - side: The side of the square.
  ///   - fit: How the region becomes a square.
  ///   - region: The part of each image that is inspected; nil for all of it.
  /// - Precondition: The side is positive and at most 8192, and the region has pixels.
  public init(side: Int = 256, fit: Fit = .squash, region: Rectangle? = nil) {
    self.init(side: side, fit: fit, region: region, ignored: nil)
    precondition(makesSense, "side \(side), region \(String(describing: region))")
  }

  private init(side: Int, fit: Fit, region: Rectangle?, ignored: IgnoredPixels?) {
    (self.side, self.fit, self.region, self.ignored) = (side, fit, region, ignored)
  }

  /// Reads what was encoded, and refuses what is no framing.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      side: try values.decode(Int.self, forKey: .side),
      fit: try values.decode(Fit.self, forKey: .fit),
      region: try values.decodeIfPresent(Rectangle.self, forKey: .region),
      ignored: try values.decodeIfPresent(IgnoredPixels.self, forKey: .ignored))
    guard makesSense else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "no framing of an image"))
    }
  }

  private var makesSense: Bool {
    // No side of an image is longer.
    let longest = Int(Int32.max)
    return ModelBounds.imageSide.contains(side)
      && region.map { $0.lies(inHeight: longest, width: longest) } ?? true
      && ignored.map { $0.side == side } ?? true
  }

  /// Whether whole images are squashed, and all of their pixels decide.
  public var isPlain: Bool { fit == .squash && region == nil && ignored == nil }

  /// The share of the square that never decides because a mask says so; 0 where there is none.
  public var ignoredShare: Double { ignored?.share ?? 0 }

  /// What tells the framing from others of its side, as text.
  package var identity: String {
    var parts = ["fit \(fit.rawValue)"]
    if let region {
      parts.append("region \(region.x),\(region.y),\(region.width),\(region.height)")
    }
    if let ignored { parts.append("ignored \(ignored.digits)") }
    return parts.joined(separator: ", ")
  }

  /// The framing that ignores the marked pixels of a mask, too.
  ///
  /// Every pixel of the square is ignored that a marked one weighs in, so that nothing depends on what lies
  /// there.
  ///
  /// - Parameters:
  ///   - mask: Marks what is ignored; of the aspect of the image.
  ///   - image: One of the inspected images; others must have its aspect, and with a region its
  ///     size.
  ///   - name: What the mask is called, such as its file.
  /// - Returns: The framing.
  /// - Throws: ``FramingError`` where no pixel of the inspected area is marked, or all of it; and where the
  ///   region does not lie in the image.
  public func ignoring(_ mask: Mask, of image: Image, named name: String) throws -> Framing {
    let open = Framing(side: side, fit: fit, region: region)
    let placement = try open.placement(of: image, named: name)
    let marked = mask.resized(height: image.height, width: image.width)
    let weights = try open.framed(marked.image, named: name).pixels
    let isIgnored = (0..<side * side).map { weights[3 * $0] > 0 }
    let isPadding = placement.isPadding ?? [Bool](repeating: false, count: side * side)
    guard zip(isIgnored, isPadding).contains(where: { $0 && !$1 }) else {
      throw FramingError.marksNothing(name)
    }
    guard zip(isIgnored, isPadding).contains(where: { !$0 && !$1 }) else {
      throw FramingError.marksEverything(name)
    }
    return Framing(
      side: side, fit: fit, region: region,
      ignored: IgnoredPixels(isIgnored, side: side, of: image))
  }
}
