public import AnomalyDetection
import Files
import ModelFiles
import Networks
public import Tensors

/// How improbable a descriptor is under a variational autoencoder (Kingma and Welling 2014).
///
/// Bergmann et al. (2020), supplement: the layers of the ℓ2-autoencoder; the score is the
/// reconstruction probability of An and Cho (2015), over five passes. Decision that the texts leave
/// open: the decoder says where a descriptor lies, and one variance stands for all of them, the
/// likeliest (Rybkin et al. 2021, σ-VAE). With variances that the decoder says too, the score is
/// foremost how sure it is where it is: it calls edges anomalous and defects on a plain ground not.
public struct VariationalAutoencoder: DescriptorModel {
  /// What can be chosen.
  public struct Settings: DescriptorModelSettings {
    /// The name of the method.
    public static let method = "vae"
    /// Descriptors as they are.
    public static let variance: Double? = nil
    /// Training and layers, as of the ℓ2-autoencoder.
    public var network = DescriptorAutoencoder.Settings()
    /// How many codes are drawn for a score.
    public var passes = 5

    /// The paper's for MVTec AD.
    public init() {}

    /// The paper's for single patches, as in its one-class tables.
    public static var oneClass: Settings {
      var settings = Settings()
      settings.network = .oneClass
      return settings
    }

    /// Descriptors that are learnt from at most.
    public var vectors: Int? { network.vectors }

    /// Batches of all epochs.
    public func steps(count: Int) -> Int { network.steps(count: count) }

    fileprivate var code: Int { network.layers.last ?? 1 }
  }

  private let scaling: DescriptorScaling
  /// To the mean and the logarithm of the variance of the code.
  private let encoder: Perceptron
  /// To the mean of the descriptor.
  private let decoder: Perceptron
  /// The logarithm of the variance around the mean, 1 × 1.
  private let logVariance: Tensor
  /// Passes × code: standard normal draws, the same for each descriptor, so that a score depends on
  /// nothing but its descriptor.
  private let noise: Tensor

  /// Trains both networks.
  public init(
    fitting descriptors: Tensor, settings: Settings, run: TrainingRun
  ) async throws {
    let scaling = try DescriptorScaling(of: descriptors)
    let (count, dimension) = (descriptors.shape[0], descriptors.shape[1])
    let (encoder, decoder) = try Self.networks(dimension, settings, seed: run.seed)
    let onDevice = { (network: Perceptron) in
      try network.map { try $0.to(run.device).parameter() }
    }
    let (coding, decoding) = (try onDevice(encoder), try onDevice(decoder))
    let parameters = coding.tensors + decoding.tensors
    var batches = EpochBatches(
      of: try scaling.scaled(descriptors), size: settings.network.batch, seed: run.seed)
    let optimizer = try Adam(parameters, settings.network.adam)
    // What the codes of rows, drawn once, say of the rows; the variance is the likeliest.
    let decoded = { (code: Gaussian, rows: Tensor, seed: UInt64) in
      let draws = try Tensor.normal(shape: [rows.shape[0], settings.code], seed: seed)
        .to(run.device)
      let mean = try decoding(code.sample(draws))
      let variance = try (mean.detached() - rows).squared().mean(over: [0, 1], keepingAxes: true)
      return try Gaussian(mean: mean, logVariance: (variance + 1e-12).logarithm())
    }
    try await run.steps(
      "training the variational autoencoder", count: settings.steps(count: count),
      settings: "\(settings.json()) seed \(run.seed) count \(count)",
      state: parameters + optimizer.state
    ) { step in
      let batch = try batches.batch(step)
      let code = try Gaussian(coding(batch))
      let likelihood = try decoded(code, batch, Tensor.seed(run.seed, of: step))
        .logLikelihood(of: batch)
      // The negative of the evidence lower bound.
      let loss = try (code.divergenceFromStandard() - likelihood).mean()
      try optimizer.step(loss.gradients(for: parameters))
      return [("negative bound", Double(try loss.scalar()) / Double(dimension))]
    }
    self.scaling = scaling
    self.encoder = try coding.map { try $0.detached() }
    self.decoder = try decoding.map { try $0.detached() }
    let all = try scaling.scaled(descriptors)
    logVariance = try withoutGradients {
      try decoded(Gaussian(coding(all)), all, run.seed &+ 8).logVariance
    }
    noise = try Tensor.normal(shape: [settings.passes, settings.code], seed: run.seed &+ 7)
      .to(run.device)
  }

  private static func networks(
    _ dimension: Int, _ settings: Settings, seed: UInt64
  ) throws -> (encoder: Perceptron, decoder: Perceptron) {
    let sizes = Self.sizes(settings)
    return (
      try Perceptron([dimension] + sizes.encoder, seed: seed),
      try Perceptron(sizes.decoder + [dimension], seed: seed &+ 1)
    )
  }

  /// The sizes that do not depend on the descriptors.
  private static func sizes(_ settings: Settings) -> (encoder: [Int], decoder: [Int]) {
    let hidden = settings.network.layers.dropLast()
    return (hidden + [2 * settings.code], [settings.code] + hidden.reversed())
  }

  /// The negative logarithm of the probability of each descriptor, averaged over the passes.
  public func scores(of descriptors: Tensor) throws -> Tensor {
    let inputs = try scaling.scaled(descriptors)
    let code = try Gaussian(encoder(inputs))
    let passes = try (0..<noise.shape[0]).map { pass in
      let draw = try noise.slice(0, from: pass, length: 1)
      return try Gaussian(mean: decoder(code.sample(draw)), logVariance: logVariance)
        .logLikelihood(of: inputs)
    }
    return try -passes.dropFirst().reduce(passes[0]) { try $0 + $1 } / Double(passes.count)
  }

  /// The model of the tensors of another one.
  public init(_ tensors: ModelTensors, settings: Settings) throws {
    guard settings.network.makeSense, ModelBounds.latent.contains(settings.code),
      ModelBounds.passes.contains(settings.passes)
    else {
      throw ModelFileError.damaged("its layers make no sense")
    }
    let sizes = Self.sizes(settings)
    scaling = try DescriptorScaling(tensors)
    encoder = try Perceptron(tensors, "encoder", sizes: [nil] + sizes.encoder)
    decoder = try Perceptron(tensors, "decoder", sizes: sizes.decoder + [nil])
    logVariance = try tensors.tensor("logVariance", shape: [1, 1])
    noise = try tensors.tensor("noise", shape: [settings.passes, settings.code])
  }

  /// Scaling, weights, variance and noise.
  public var tensors: [String: Tensor] {
    scaling.tensors.merging(encoder.named("encoder")) { own, _ in own }
      .merging(decoder.named("decoder")) { own, _ in own }
      .merging(["logVariance": logVariance, "noise": noise]) { own, _ in own }
  }
}
