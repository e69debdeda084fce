import CTensors

/// The optimiser of Kingma and Ba (2015), with weight decay as an L2 term in the gradient.
///
/// This is the decay of the paper's time and framework; AdamW decays the weights themselves.
///
/// Like ``Tensor/write(_:at:)`` it changes tensors that others may hold, and so is for this package alone.
public struct Adam: Sendable {
  /// The step sizes and decays.
  public struct Settings: Codable, Sendable, Equatable {
    /// How far a step goes.
    public var learningRate: Double
    /// The share of each weight that is added to its gradient.
    public var weightDecay: Double
    /// The decay of the running mean of gradients.
    public var beta1 = 0.9
    /// The decay of the running mean of squared gradients.
    public var beta2 = 0.999
    /// What keeps the division finite.
    public var epsilon = 1e-8

    /// Settings with the usual decays (0.9, 0.999) and epsilon (1e-8).
    public init(learningRate: Double, weightDecay: Double) {
      self.learningRate = learningRate
      self.weightDecay = weightDecay
    }
  }

  /// The step sizes and decays; the learning rate may change between steps.
  package var settings: Settings
  /// What is optimised, changed in place by ``step(_:)``.
  package let parameters: [Tensor]
  /// The running means that a checkpoint must keep: first moments, second moments, step counts.
  package let state: [Tensor]

  /// An optimiser that has seen nothing yet.
  package init(_ parameters: [Tensor], _ settings: Settings) throws {
    let zeros = { try ($0 as Tensor).detached() * 0 }
    let state =
      try parameters.map(zeros) + parameters.map(zeros)
      + parameters.map { try Tensor(repeating: 0, shape: [], on: $0.device) }
    try self.init(parameters, settings, state: state)
  }

  /// An optimiser that goes on from the ``state`` of an earlier one.
  ///
  /// - Precondition: The state is one of as many parameters of the same shapes.
  package init(_ parameters: [Tensor], _ settings: Settings, state: [Tensor]) throws {
    precondition(state.count == 3 * parameters.count, "\(state.count) tensors are no Adam state")
    self.settings = settings
    self.parameters = parameters
    self.state = state
  }

  /// Moves the parameters one step down the gradients.
  package func step(_ gradients: [Tensor]) throws {
    let count = parameters.count
    precondition(gradients.count == count, "\(gradients.count) gradients, \(count) parameters")
    let native = CTAdam(
      learning_rate: settings.learningRate, beta1: settings.beta1, beta2: settings.beta2,
      epsilon: settings.epsilon, weight_decay: settings.weightDecay)
    try withPointers(parameters + gradients + state) { all in
      let parts = (0..<5).map { all.baseAddress?.advanced(by: $0 * count) }
      try check(
        ct_adam(native, parts[0], parts[1], parts[2], parts[3], parts[4], Int32(clamping: count)))
    }
  }
}
