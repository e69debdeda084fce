public import AnomalyDetection
import Files
import ModelFiles
import Networks
public import Tensors

/// How badly a descriptor comes through ten numbers and back (ℓ2-autoencoder).
///
/// Bergmann et al. (2020), supplement: fully connected layers 128–64–32–10 and their mirror.
public struct DescriptorAutoencoder: DescriptorModel {
  /// What can be chosen.
  public struct Settings: DescriptorModelSettings {
    /// The name of the method.
    public static let method = "ae"
    /// Descriptors as they are.
    public static let variance: Double? = nil
    /// Units of the hidden layers, down to the code.
    public var layers = [64, 32, 10]
    /// Times that each descriptor is seen.
    public var epochs = 100
    /// Descriptors a step; the paper takes 64 for one-class tables, 512 for MVTec AD.
    public var batch = 512
    /// The step sizes; the paper takes 10⁻² for one-class tables, 10⁻⁴ for MVTec AD.
    public var adam = Adam.Settings(learningRate: 1e-4, weightDecay: 1e-5)
    /// Descriptors that are learnt from at most.
    public var vectors: Int? = 50_000

    /// The paper's for MVTec AD.
    public init() {}

    /// The paper's for single patches, as in its one-class tables.
    public static var oneClass: Settings {
      var settings = Settings()
      (settings.batch, settings.adam.learningRate, settings.vectors) = (64, 1e-2, nil)
      return settings
    }

    /// Whether there can be such layers; those in a file may be anybody's.
    var makeSense: Bool {
      ModelBounds.layers.contains(layers.count)
        && layers.allSatisfy(ModelBounds.latent.contains)
    }

    /// Batches of all epochs.
    public func steps(count: Int) -> Int {
      epochs * EpochBatches.perEpoch(count: min(count, vectors ?? count), size: batch)
    }
  }

  let scaling: DescriptorScaling
  let network: Perceptron

  /// Trains the network.
  public init(
    fitting descriptors: Tensor, settings: Settings, run: TrainingRun
  ) async throws {
    let scaling = try DescriptorScaling(of: descriptors)
    let (count, dimension) = (descriptors.shape[0], descriptors.shape[1])
    let sizes = [dimension] + settings.layers
    let network = try Perceptron(sizes + sizes.dropLast().reversed(), seed: run.seed)
      .map { try $0.to(run.device).parameter() }
    var batches = EpochBatches(
      of: try scaling.scaled(descriptors), size: settings.batch, seed: run.seed)
    let optimizer = try Adam(network.tensors, settings.adam)
    try await run.steps(
      "training the autoencoder", count: settings.steps(count: count),
      settings: "\(settings.json()) seed \(run.seed) count \(count)",
      state: network.tensors + optimizer.state
    ) { step in
      let batch = try batches.batch(step)
      let loss = try (network(batch) - batch).squared().sum(over: [1]).mean()
      try optimizer.step(loss.gradients(for: network.tensors))
      return [("loss", Double(try loss.scalar()) / Double(dimension))]
    }
    self.scaling = scaling
    self.network = try network.map { try $0.detached() }
  }

  /// Squared distances between descriptors and what came back.
  public func scores(of descriptors: Tensor) throws -> Tensor {
    let inputs = try scaling.scaled(descriptors)
    return try (network(inputs) - inputs).squared().sum(over: [1])
  }

  /// The model of the tensors of another one.
  public init(_ tensors: ModelTensors, settings: Settings) throws {
    guard settings.makeSense else { throw ModelFileError.damaged("its layers make no sense") }
    scaling = try DescriptorScaling(tensors)
    network = try Perceptron(
      tensors, "network",
      sizes: [nil] + settings.layers + settings.layers.dropLast().reversed() + [nil])
  }

  /// Scaling and weights.
  public var tensors: [String: Tensor] {
    scaling.tensors.merging(network.named("network")) { own, _ in own }
  }
}
