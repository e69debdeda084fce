public import AnomalyDetection
public import Datasets
public import Images

/// A model at work: it maps images and decides about them.
public struct Inspector: Sendable {
  /// What was learnt.
  public let model: TrainedModel
  /// What scores are compared with.
  public let calibration: Calibration
  /// What maps images.
  public let mapper: Mapper

  /// Maps an image of any size and decides about it.
  ///
  /// - Parameters:
  ///   - image: The image; it is framed as the training images were.
  ///   - falseAlarms: The share of good images that may be called anomalous, in 0…1; nil for
  ///     ``Calibration/defaultFalseAlarms``.
  ///   - progress: Told how far the map is, by methods that search for long.
  /// - Returns: Score, decision, evidence and regions.
  /// - Throws: ``MappingError`` where there is no decision, ``FramingError`` where the image is none that
  ///   the model can look at, and `TensorError`, where memory does not suffice.
  public func inspect(
    _ image: Image, falseAlarms: Double? = nil,
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) async throws -> Verdict {
    let evidence = try await mapper.evidence(of: model.framing.framed(image), progress: progress)
    return try verdict(evidence, on: image, falseAlarms: falseAlarms)
  }

  /// The one place where a map becomes a decision.
  ///
  /// It fails closed: a mapper gives no map that holds what is no number.
  ///
  /// - Parameters:
  ///   - evidence: What ``mapper`` says of the image.
  ///   - image: The image as it was decoded.
  ///   - falseAlarms: As for ``inspect(_:falseAlarms:progress:)``.
  /// - Returns: The decision, and what it rests on.
  /// - Throws: ``MappingError/notFinite``, ``FramingError``, and what resizing the image throws.
  public func verdict(
    _ evidence: Evidence, on image: Image, falseAlarms: Double? = nil
  ) throws -> Verdict {
    let score = evidence.map.score(by: calibration.scoring)
    guard evidence.map.isFinite, score.isFinite else { throw MappingError.notFinite }
    let threshold = calibration.threshold(falseAlarms: falseAlarms)
    let placement = try model.framing.placement(of: image)
    let level = level(of: evidence.map, scoring: score, threshold)
    return Verdict(
      score: score, threshold: threshold, level: level, pValue: calibration.pValue(of: score),
      evidence: evidence, placement: placement,
      regions: evidence.regions(above: level, in: placement),
      unlike: try model.frames.unlikeness(of: image, model.framing)
        + calibration.unlikeness(of: score))
  }

  /// Above which score pixels of a map are marked, by a threshold for the score of its image; see ``Verdict/level``.
  package func level(
    of map: AnomalyMap, scoring score: Float, _ threshold: Calibration.Threshold
  ) -> Float {
    threshold.level(
      ofScore: score,
      top: map.score(by: ImageScoring(topShare: calibration.scoring.topShare)), peak: map.peak)
  }

  /// Inspects many images.
  ///
  /// - Parameters:
  ///   - images: Of any size.
  ///   - falseAlarms: As for ``inspect(_:falseAlarms:progress:)``.
  ///   - progress: Told how far a map is, by methods that search for long.
  /// - Returns: A result an image, in their order.
  public func verdicts(
    on images: ImageCollection, falseAlarms: Double? = nil,
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) -> Verdicts {
    Verdicts(
      inspector: self, falseAlarms: falseAlarms,
      maps: mapper.maps(of: images, framing: model.framing, progress: progress))
  }

  /// The image with its scores laid over it, in colours that mean the same for every image.
  ///
  /// Pixels of ordinary score, and those that never decide, keep their own colours; full colour means at
  /// or above ``Verdict/level``.
  public func heatMap(of image: Image, _ verdict: Verdict) throws -> Image {
    try image.overlaid(
      with: verdict.placement.stretched(verdict.map), scale: heatScale(verdict.level))
  }

  /// The colours of scores where pixels above a level are marked.
  public func heatScale(_ level: Float) -> HeatScale {
    HeatScale(ordinary: calibration.ordinaryScore, threshold: level)
  }
}

/// The verdicts of many images, in their order.
public struct Verdicts: AsyncSequence, Sendable {
  /// An image with what was found in it, or why it could not be inspected.
  public typealias Element = Result<(image: Image, verdict: Verdict), any Error>

  let inspector: Inspector
  let falseAlarms: Double?
  let maps: MappedImages

  /// From the first image on.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(verdicts: self, maps: maps.makeAsyncIterator())
  }

  /// Inspects as it is asked.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let verdicts: Verdicts
    var maps: MappedImages.AsyncIterator

    /// What was found in the next image; nil after the last.
    public mutating func next() async throws -> Element? {
      guard let found = try await maps.next() else { return nil }
      return found.flatMap { mapped in
        Result {
          let verdict = try verdicts.inspector.verdict(
            mapped.evidence, on: mapped.image, falseAlarms: verdicts.falseAlarms)
          return (mapped.image, verdict)
        }
      }
    }
  }
}
