import UninformedStudents

/// The strided map against the full one, after checking that they agree where both are computed.
func compareDensities(_ report: (Comparison) -> Void) async throws {
  let image = picture(side: 256)
  for field in [ReceptiveField.p33, .p65] {
    // Maps of one student are their error alone, which a line takes from one map to the other.
    try check(
      await mapping([field], .full, students: 1).map(image),
      await mapping([field], .strided, students: 1).map(image), field)
    let full = try await mapping([field], .full)
    let strided = try await mapping([field], .strided)
    report(
      try Comparison(
        "a map, p = \(field.rawValue), M = 3", rounds: 3,
        [
          ("full", { _ = try full.map(image) }),
          ("strided", { _ = try strided.map(image) }),
        ]))
  }
}

/// Throws where the maps are not lines of each other at the pixels that both compute.
private func check(_ full: AnomalyMap, _ strided: AnomalyMap, _ field: ReceptiveField) throws {
  let first = (field.stride - 1) / 2
  var samples: [(Double, Double)] = []
  for row in stride(from: first, to: full.height, by: field.stride) {
    for column in stride(from: first, to: full.width, by: field.stride) {
      let pixel = row * full.width + column
      samples.append((Double(full.scores[pixel]), Double(strided.scores[pixel])))
    }
  }
  let mean = { (values: [Double]) in values.reduce(0, +) / Double(values.count) }
  let (a, b) = (mean(samples.map(\.0)), mean(samples.map(\.1)))
  let product = mean(samples.map { ($0.0 - a) * ($0.1 - b) })
  let squares =
    mean(samples.map { ($0.0 - a) * ($0.0 - a) }) * mean(samples.map { ($0.1 - b) * ($0.1 - b) })
  guard product > 0.999999 * squares.squareRoot() else {
    throw Disagreement(description: "the maps of p = \(field.rawValue) disagree")
  }
}

/// The map of every side, and of the largest on one thread: the cost grows with the pixels, and
/// shrinks with the threads.
func compareSides(_ sides: [Int], _ report: (Comparison) -> Void) async throws {
  let detector = try await mapping(ReceptiveField.allCases, .strided)
  let threads = Runtime.threads
  for side in sides {
    let image = picture(side: side)
    report(
      try Comparison(
        "a strided map, \(side) × \(side)", rounds: 1, settles: false,
        [("\(threads) threads", { _ = try detector.map(image) })]))
  }
  let image = picture(side: 256)
  report(
    try Comparison(
      "a strided map, 256 × 256", rounds: 3,
      (1...threads).map { count in
        (
          "\(count) threads",
          {
            try Runtime.setThreads(count)
            _ = try detector.map(image)
          }
        )
      }))
}
