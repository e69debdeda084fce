public import Images

/// The inspections of many images, in their order: those that are worth it are mapped together, and the
/// next are decoded meanwhile.
public struct Inspections: AsyncSequence, Sendable {
  /// An image with what was found in it, or why it could not be inspected.
  public typealias Element = Result<(image: Image, inspection: Inspection), any Error>

  let model: TrainedModel
  let images: ImageCollection
  let falseAlarms: Double?
  let progress: @Sendable (Int, Int) -> Void

  /// From the first image on.
  public func makeAsyncIterator() -> AsyncIterator {
    let together = model.detector.imagesTogether
    // Where one fills the processor, decoding would only take cores from its map.
    guard together > 1 else { return AsyncIterator(inspections: self, decoded: nil) }
    let decoded = MadeAhead(together, of: images.count) { [images] in try images.image($0) }
    return AsyncIterator(inspections: self, decoded: decoded)
  }

  /// Inspects as it is asked.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let inspections: Inspections
    let decoded: MadeAhead<Image>?
    private var done = 0
    private var found: ArraySlice<Element> = []

    init(inspections: Inspections, decoded: MadeAhead<Image>?) {
      self.inspections = inspections
      self.decoded = decoded
    }

    /// What was found in the next image; nil after the last.
    public mutating func next() async -> Element? {
      if found.isEmpty { await inspectNext() }
      return found.popFirst()
    }

    private mutating func inspectNext() async {
      let together = inspections.model.detector.imagesTogether
      var images: [Result<Image, any Error>] = []
      for number in done..<Swift.min(done + together, inspections.images.count) {
        do {
          let image = try await decoded?.item(number) ?? inspections.images.image(number)
          images.append(.success(image))
        } catch { images.append(.failure(error)) }
      }
      done += images.count
      var results = inspected(images.compactMap { try? $0.get() })[...]
      for image in images {
        found.append(image.flatMap { image in results.removeFirst().map { (image, $0) } })
      }
    }

    /// What was found in images: in each alone where they cannot be mapped together, say for want of
    /// memory.
    private func inspected(_ images: [Image]) -> [Result<Inspection, any Error>] {
      let (model, falseAlarms) = (inspections.model, inspections.falseAlarms)
      if images.count > 1, let found = try? model.inspect(images, falseAlarms: falseAlarms) {
        return found.map { .success($0) }
      }
      return images.map { image in
        Result {
          try model.inspect(image, falseAlarms: falseAlarms, progress: inspections.progress)
        }
      }
    }
  }
}

extension TrainedModel {
  /// Inspects many images.
  ///
  /// - Parameters:
  ///   - images: Of any size.
  ///   - falseAlarms: The share of good images that may be called anomalous, in 0…1; nil for
  ///     ``Calibration/defaultFalseAlarms``.
  ///   - progress: Told how far a map is, by methods that search for long.
  /// - Returns: A result an image, in their order.
  public func inspections(
    of images: ImageCollection, falseAlarms: Double? = nil,
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) -> Inspections {
    Inspections(model: self, images: images, falseAlarms: falseAlarms, progress: progress)
  }
}
