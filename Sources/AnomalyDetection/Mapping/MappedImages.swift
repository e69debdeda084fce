public import Datasets
public import Images

/// The one loop over images: each is decoded, framed and mapped, those together that are worth it,
/// while the next ones are decoded.
///
/// Where memory does not suffice for several images together, it goes on with one at a time. It
/// ends with `CancellationError` where its task is cancelled.
public struct MappedImages: AsyncSequence, Sendable {
  /// An image with what was found in it, or why it could not be read or mapped.
  public typealias Element = Result<MappedImage, any Error>

  let mapper: Mapper
  let images: ImageCollection
  let framing: Framing?
  let progress: @Sendable (Int, Int) -> Void

  /// An image, and as it is mapped.
  private struct Decoded: Sendable {
    let image: Image
    let framed: Image
  }

  /// From the first image on.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(of: self) }

  /// Maps as it is asked.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private let loop: MappedImages
    /// How many images are mapped together; nil before the first.
    private var together: Int?
    private var decoded: MadeAhead<Decoded>?
    private var done = 0
    private var found: ArraySlice<Element> = []

    fileprivate init(of loop: MappedImages) { self.loop = loop }

    /// What was found in the next image; nil after the last.
    public mutating func next() async throws -> Element? {
      if found.isEmpty, done < loop.images.count { try await mapNext() }
      return found.popFirst()
    }

    private mutating func mapNext() async throws {
      try Task.checkCancellation()
      let together = try await start()
      var images: [Result<Decoded, any Error>] = []
      for number in done..<Swift.min(done + together, loop.images.count) {
        do {
          let image = try await decoded?.item(number) ?? loop.decoded(number)
          images.append(.success(image))
        } catch { images.append(.failure(error)) }
      }
      done += images.count
      let start = ContinuousClock.now
      var results = await mapped(images.compactMap { try? $0.get().framed })[...]
      try Task.checkCancellation()
      let seconds = (ContinuousClock.now - start) / .seconds(Swift.max(1, results.count))
      found =
        images.map { image in
          image.flatMap { image in
            results.removeFirst().map {
              MappedImage(image: image.image, evidence: $0, seconds: seconds)
            }
          }
        }[...]
    }

    private mutating func start() async throws -> Int {
      if let together { return together }
      let together = try await loop.mapper.imagesTogether
      self.together = together
      // Where one fills the processor, decoding would only take cores from its map.
      if together > 1 || loop.images.wait {
        decoded = MadeAhead(
          together > 1 ? together : 0, of: loop.images.count, waits: loop.images.wait
        ) { [loop] in try loop.decoded($0) }
      }
      return together
    }

    private mutating func mapped(_ images: [Image]) async -> [Result<Evidence, any Error>] {
      let (results, failedTogether) = await loop.mapper.results(of: images, progress: loop.progress)
      if failedTogether { together = 1 }
      return results
    }
  }

  private func decoded(_ number: Int) throws -> Decoded {
    let image = try images.image(number)
    return Decoded(
      image: image,
      framed: try framing?.framed(image, named: images.name(number)) ?? image)
  }
}

/// An image of any size with what was found in it.
public struct MappedImage: Sendable {
  /// The image as it was decoded.
  public let image: Image
  /// What a detector says of it.
  public let evidence: Evidence
  /// How long its map took.
  public let seconds: Double
}

extension Mapper {
  /// What the detector says of each of several images: of all together, and where that fails of one after the
  /// other, so that one that fails takes no other along.
  ///
  /// - Parameters:
  ///   - images: Of one size.
  ///   - progress: Told how far it is with one image alone, by methods that search for long.
  /// - Returns: A result an image, and whether several failed together, for want of memory perhaps.
  package nonisolated func results(
    of images: [Image], progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) async -> (results: [Result<Evidence, any Error>], failedTogether: Bool) {
    if images.count > 1, let found = try? await evidence(of: images) {
      return (found.map { .success($0) }, false)
    }
    var results: [Result<Evidence, any Error>] = []
    for image in images {
      do {
        results.append(.success(try await evidence(of: image, progress: progress)))
      } catch { results.append(.failure(error)) }
    }
    return (results, images.count > 1)
  }

  /// Maps many images.
  ///
  /// - Parameters:
  ///   - images: Of any size; without a framing of one size.
  ///   - framing: How each is framed; nil for images as they are.
  ///   - progress: Told how far a map is, by methods that search for long.
  /// - Returns: A result an image, in their order.
  public nonisolated func maps(
    of images: ImageCollection, framing: Framing? = nil,
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) -> MappedImages {
    MappedImages(mapper: self, images: images, framing: framing, progress: progress)
  }
}
