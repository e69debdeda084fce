import Networks
import Tensors
import UninformedStudents

/// One network over an image of 256 × 256, in every form.
func compareNetworks(_ report: (Comparison) -> Void) throws {
  for field in ReceptiveField.allCases {
    let network = try PatchDescriptor(field, seed: 1)
    let (frozen, other) = (try network.frozen(), try PublicNetwork(network))
    let image = try Tensor.uniform(shape: [1, 3, 256, 256], seed: 2)
    let margins = (field.marginBefore, field.marginAfter)
    let padded = try image.padded(
      .reflection, left: margins.0, right: margins.1, top: margins.0, bottom: margins.1)
    try withoutGradients {
      for same in [try other.dense(padded), try other.withHoles(padded)] {
        try Disagreement.check(
          same, frozen.describe(padded, at: .every), "p = \(field.rawValue), every pixel")
      }
      report(
        try Comparison(
          "p = \(field.rawValue), every pixel", rounds: 3,
          gigaflop: operations(of: network, every: true),
          [
            ("re-implementation", { _ = try other.dense(padded) }),
            ("channels-last, holes", { _ = try other.withHoles(padded) }),
            ("ours", { _ = try frozen.describe(padded, at: .every) }),
          ]))
      guard field != .p17 else { return }
      report(
        try Comparison(
          "p = \(field.rawValue), strided", gigaflop: operations(of: network, every: false),
          [
            ("re-implementation", { _ = try other.strided(padded) }),
            ("ours", { _ = try frozen.describe(padded, at: .strided) }),
          ]))
    }
  }
}

/// Each network in bfloat16, as re-implementations run it and by libtorch's convolutions of channels-last images,
/// against ours in 32 bits.
func comparePrecisions(_ report: (Comparison) -> Void) throws {
  for field in ReceptiveField.allCases {
    let network = try PatchDescriptor(field, seed: 1)
    let halved = try network.map { try $0.to(.bfloat16) }
    let (whole, half) = (try network.frozen(), try halved.frozen())
    let other = try PublicNetwork(halved)
    let side = 256 + field.effectiveSide - 1
    let padded = try Tensor.uniform(shape: [1, 3, side, side], seed: 2)
    typealias Form = (
      name: String, ours: (PatchDescriptor) throws -> Tensor, public: () throws -> Tensor
    )
    let forms: [Form] =
      [("every pixel", { try $0.describe(padded, at: .every) }, { try other.dense(padded) })]
      + (field == .p17
        ? []
        : [("strided", { try $0.describe(padded, at: .strided) }, { try other.strided(padded) })])
    try withoutGradients {
      for form in forms {
        let name = "p = \(field.rawValue), \(form.name)"
        for same in [try form.ours(half), try form.public()] {
          try Disagreement.check(form.ours(whole), same.to(.float32), within: 0.2, name)
        }
        report(
          try Comparison(
            name, rounds: 3,
            [
              ("bfloat16, re-implementation", { _ = try form.public() }),
              ("bfloat16, channels-last", { _ = try form.ours(half) }),
              ("ours", { _ = try form.ours(whole) }),
            ]))
      }
    }
  }
}

/// 10⁹ multiplications and additions for the descriptors of an image of 256 × 256.
private func operations(of network: PatchDescriptor, every: Bool) -> Double {
  let tensors = network.tensors()
  let field = network.receptiveField
  // Pixels at which the layers after each pool are needed; margins left out.
  var spacing = 1
  var sum = 0.0
  for number in 1... {
    guard let shape = tensors["conv\(number).weight"]?.shape else { break }
    let places = every ? 65536 : 65536 / (spacing * spacing)
    sum += 2e-9 * Double(shape.reduce(1, *) * places)
    if spacing < field.stride { spacing *= 2 }
  }
  return sum
}

/// The whole map: a teacher and three students for each receptive field, and the scores.
func compareMaps(_ densities: [Density], _ report: (Comparison) -> Void) async throws {
  let image = picture(side: 256)
  let plain = try PublicMap()
  var alternatives: [(name: String, work: () throws -> Void)] = [
    ("re-implementation", { _ = try withoutGradients { try plain.map(of: image) } })
  ]
  for density in densities {
    let detector = try await mapping(ReceptiveField.allCases, density)
    alternatives.append((density.rawValue, { _ = try detector.map(image) }))
  }
  report(try Comparison("a map, three scales, M = 3", rounds: 3, alternatives))
}

/// A map as one would write it first: multipooling, and every tensor of the formulas in memory.
private struct PublicMap {
  private let scales: [(field: ReceptiveField, networks: [PublicNetwork])]

  init() throws {
    scales = try ReceptiveField.allCases.map { field in
      (
        field,
        try (0..<4).map { try PublicNetwork(PatchDescriptor(field, seed: UInt64($0) + 1)) }
      )
    }
  }

  func map(of image: Image) throws -> [Float] {
    let pixels = try image.tensor()
    var sum: Tensor?
    for (field, networks) in scales {
      let (before, after) = (field.marginBefore, field.marginAfter)
      let padded = try pixels.padded(
        .reflection, left: before, right: after, top: before, bottom: after)
      let answers = try Tensor.stacking(
        networks.dropFirst().map { try $0.describe(padded, at: .every) })
      let mean = try answers.mean(over: [0])
      let error = try (mean - networks[0].describe(padded, at: .every)).squared().sum(over: [1])
      let variance =
        try answers.squared().sum(over: [2]).mean(over: [0]) - mean.squared().sum(over: [1])
      let score = try error + variance
      sum = try sum.map { try $0 + score } ?? score
    }
    return try sum?.scalars() ?? []
  }
}

/// A detector hardly trained: its numbers cost the same.
func detector(
  _ fields: [ReceptiveField], _ density: Density, students: Int = 3
) async throws -> StudentTeacherDetector {
  var method = StudentTeacherMethod()
  (method.scales, method.density, method.students) = (fields, density, students)
  (method.epochs, method.batch) = (1, 2)
  let images = ImageCollection((0..<3).map { picture(side: 80, shift: $0) })
  let teachers = try fields.map { ($0, try PatchDescriptor($0, seed: 1)) }
  return try await method.fit(
    images,
    run: TrainingRun(teachers: Dictionary(teachers) { first, _ in first }))
}

/// The same where it runs.
func mapping(
  _ fields: [ReceptiveField], _ density: Density, students: Int = 3, on device: Device = .cpu,
  precision: Precision = .fp32
) async throws -> any PlacedDetector {
  try precision.prepare(device)
  return try await detector(fields, density, students: students)
    .placed(for: Execution(on: device, precision: precision, density: density))
}

extension PlacedDetector {
  func maps(_ images: [Image]) throws -> [AnomalyMap] {
    try evidence(of: images) { _, _ in }.map(\.map)
  }

  func map(_ image: Image) throws -> AnomalyMap { try maps([image])[0] }
}

func picture(side: Int, shift: Int = 0) -> Image {
  picture(height: side, width: side, shift: shift)
}

func picture(height: Int, width: Int, shift: Int = 0) -> Image {
  let pixels = (0..<height * width * 3).map { Float(($0 * 7 + shift * 31) % 251) / 250 }
  return Image(height: height, width: width, pixels: pixels)
}
