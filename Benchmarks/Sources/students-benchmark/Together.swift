import Networks
import Tensors
import UninformedStudents

/// Maps of several images together against one after the other, after checking that they agree.
func compareTogether(
  _ densities: [Density], _ device: Device, _ precision: Precision, _ counts: [Int],
  _ report: (Comparison) -> Void
) async throws {
  let most = counts.max() ?? 1
  let images = (0..<most).map { picture(side: 256, shift: $0) }
  for density in densities {
    let detector = try await mapping(
      ReceptiveField.allCases, density, on: device, precision: precision)
    let maps = { (count: Int) in
      try stride(from: 0, to: most, by: count).flatMap {
        try detector.maps(Array(images[$0..<min($0 + count, most)]))
      }
    }
    let scores = { (maps: [AnomalyMap]) in
      let all = maps.flatMap(\.scores)
      return try Tensor(shape: [all.count], scalars: all)
    }
    // Kernels for more images may sum in another order.
    try Disagreement.check(
      scores(maps(1)), scores(maps(most)), within: precision == .fp32 ? 1e-3 : 0.2,
      "\(most) images together")
    report(
      try Comparison(
        "\(density.rawValue) maps of \(most) images", rounds: 3,
        amount: .init(count: most, unit: "images"),
        counts.map { count in ("\(count) together", { _ = try maps(count) }) }))
  }
}
