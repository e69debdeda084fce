import Networks
import Synchronization
import Tensors
import UninformedStudents

/// The gradients of a training step of one student, over windows as the fast recipe takes them.
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
    report(
      try Comparison(
        "p = \(field.rawValue), a training step", amount: .init(count: count, unit: "windows"),
        [
          (
            "re-implementation",
            {
              let loss = try (other.strided(pixels) - target).squared().mean()
              _ = try loss.gradients(for: parameters)
            }
          ),
          (
            "ours",
            {
              let loss = try (ours.describe(pixels, at: .strided) - target).squared().mean()
              _ = try loss.gradients(for: ours.parameters)
            }
          ),
        ]))
  }
}
