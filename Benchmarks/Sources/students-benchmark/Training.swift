import Synchronization
import UninformedStudents

/// A training step of one student over windows as the fast recipe takes them.
func compareTraining(_ report: (Comparison) -> Void) throws {
  let windows: [(field: ReceptiveField, count: Int, side: Int)] = [
    (.p17, 16, 5), (.p33, 12, 8), (.p65, 8, 5),
  ]
  for (field, count, descriptors) in windows {
    let side = (descriptors - 1) * field.stride + field.effectiveSide
    let pixels = try Tensor.uniform(shape: [count, 3, side, side], seed: 1)
    let target = try Tensor.normal(
      shape: [count, ReceptiveField.dimension, descriptors, descriptors], seed: 2)
    let ours = try PatchDescriptor(field, seed: 1).map { try $0.parameter() }
    let (other, parameters) = try PublicNetwork(PatchDescriptor(field, seed: 1)).learning()
    let settings = Adam.Settings(learningRate: 1e-4, weightDecay: 1e-5)
    let (own, others) = (try Adam(ours.parameters, settings), try Adam(parameters, settings))
    report(
      try Comparison(
        "p = \(field.rawValue), a training step", amount: .init(count: count, unit: "windows"),
        [
          (
            "re-implementation",
            {
              let loss = try (other.strided(pixels) - target).squared().mean()
              try others.step(loss.gradients(for: parameters))
            }
          ),
          (
            "ours",
            {
              let loss = try (ours.describe(pixels, at: .strided) - target).squared().mean()
              try own.step(loss.gradients(for: ours.parameters))
            }
          ),
        ]))
  }
}
