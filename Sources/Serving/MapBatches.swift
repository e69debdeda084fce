import UninformedStudents

/// Maps images that come at about the same time together, as many as that is worth to a mapper.
actor MapBatches {
  private struct Job {
    let image: Image
    let done: CheckedContinuation<Evidence, any Error>
  }

  private let mapper: Mapper
  /// How many are mapped together at most.
  nonisolated let most: Int
  private var waiting: [Job] = []
  private var isMapping = false

  /// - Parameters:
  ///   - mapper: What maps.
  ///   - most: How many images together; nil for what the mapper says.
  /// - Throws: What readying the mapper throws.
  init(_ mapper: Mapper, most: Int? = nil) async throws {
    self.mapper = mapper
    let worth = try await mapper.imagesTogether
    self.most = max(1, most ?? worth)
  }

  /// What the mapper says of an image.
  ///
  /// - Parameter image: As large as all others.
  /// - Returns: Its evidence.
  /// - Throws: What mapping throws.
  func evidence(of image: Image) async throws -> Evidence {
    try await withCheckedThrowingContinuation { done in
      waiting.append(Job(image: image, done: done))
      guard !isMapping else { return }
      isMapping = true
      Task { await mapAll() }
    }
  }

  private func mapAll() async {
    while !waiting.isEmpty {
      let jobs = Array(waiting.prefix(most))
      waiting.removeFirst(jobs.count)
      let (results, _) = await mapper.results(of: jobs.map(\.image))
      for (job, result) in zip(jobs, results) { job.done.resume(with: result) }
    }
    isMapping = false
  }
}
