import Networks
import Tensors
import Testing
import UninformedStudents

@Suite struct `Bundled teachers` {
  /// All layers chained, by the kernels that inspect with, against their definition in 64 bits.
  @Test(arguments: ReceptiveField.allCases)
  func `describe as exactly as their definition`(field: ReceptiveField) throws {
    let teacher = try #require(try BundledTeachers.load([field])[field])
    // Noise at several scales, as natural images have.
    let image = try [(3, 1), (12, 2), (96, 3)].map { side, seed in
      try Tensor.uniform(shape: [1, 3, side, side], seed: UInt64(seed))
        .resized(height: 96, width: 96, .bicubic)
    }.reduce(Tensor(repeating: 0, shape: [1, 3, 96, 96])) { try $0 + $1 / 3 }
    let padded = try teacher.receptiveField.padded(image)
    let exact = try teacher.map { try $0.to(.float64) }.describe(padded.to(.float64), at: .every)
    let fast = try teacher.frozen().describe(padded, at: .every).to(.float64)
    let spread = try (exact - exact.mean()).squared().mean().squareRoot().doubles()[0]
    let difference = try fast - exact
    let worst = try difference.magnitude().largest().doubles()[0]
    let usual = try difference.squared().mean().squareRoot().doubles()[0]
    #expect(worst < 1e-3 * spread, "\(worst) of \(spread)")
    #expect(usual < 1e-4 * spread, "\(usual) of \(spread)")
  }
}
