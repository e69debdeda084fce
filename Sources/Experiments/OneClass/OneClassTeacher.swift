public import UninformedStudents

/// A teacher of a one-class table, and the losses that it was trained with, which choose the paper's row.
public struct OneClassTeacher: Sendable {
  /// One of ``paperLosses``.
  public let losses: String
  /// The teacher; MNIST and CIFAR-10 take p = 33 in the paper.
  public let network: PatchDescriptor

  /// The losses that the paper has a row for: knowledge distillation, metric learning, compactness.
  public static let paperLosses = ["k,c", "k,m,c", "m,c", "k"]

  /// A teacher for the row of some losses.
  public init(_ network: PatchDescriptor, losses: String = paperLosses[0]) {
    self.network = network
    self.losses = losses
  }
}
