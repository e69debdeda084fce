public import AnomalyDetection
import Files
import Networks
public import Tensors

/// How badly crops come through a code of which every part stands for a good crop.
///
/// Perera et al. (2019): a denoising autoencoder whose codes fill the cube (−1, 1)ᵈ. A discriminator
/// of codes makes them fill it evenly; a discriminator of images makes the image of every code
/// look like a good one; and a weak classifier finds the codes whose images are still poor, which
/// are then learnt from (informative-negative mining). Decisions that the texts leave open:
/// convolutions of 4 × 4 with stride 2 for 32 × 32 pixels in colour and no batch normalisation, so
/// that the score of a crop depends on no other.
public struct OCGAN: CropModel {
  /// What can be chosen.
  public struct Settings: CropModelSettings {
    /// The name of the method.
    public static let method = "ocgan"
    /// Numbers of a code.
    public var latent = 16
    /// Channels beside the image.
    public var width: Int
    /// The variance of the noise that is added to crops.
    public var noise = 0.2
    /// λ, the weight of the squared error.
    public var reconstruction = 10.0
    /// Steps of the search for codes whose images are poor.
    public var miningSteps = 5
    /// The step size of that search.
    public var miningRate = 0.05
    /// Batches.
    public var steps: Int
    /// Crops a batch.
    public var batch: Int
    /// The step sizes of all networks.
    public var adam: Adam.Settings

    /// A long training, or one of minutes; the paper gives no numbers.
    public init(_ recipe: Recipe) {
      adam = Adam.Settings(learningRate: 2e-4, weightDecay: 0)
      adam.beta1 = 0.5
      switch recipe {
      case .paper: (width, steps, batch) = (64, 20_000, 64)
      case .fast: (width, steps, batch) = (32, 2000, 64)
      }
    }

    /// Whether there can be such networks.
    public var makeSense: Bool {
      ModelBounds.latent.contains(latent) && ModelBounds.width.contains(width)
    }

    /// Small crops that overlap.
    public static func layout(_ kind: PartKind) -> CropLayout {
      CropLayout(zoom: 128, side: 32, stride: 8)
    }
  }

  private let encoder: LayeredNetwork
  private let decoder: LayeredNetwork

  private init(_ encoder: LayeredNetwork, _ decoder: LayeredNetwork) {
    self.encoder = encoder
    self.decoder = decoder
  }

  /// Trains all networks in turn.
  public init(
    fitting crops: CropBatches, settings: Settings, run: TrainingRun
  ) async throws {
    let networks = try Networks(side: crops.side, settings, seed: run.seed, on: run.device)
    let groups = [networks.coding, networks.judging, networks.classifier.parameters]
    let optimizers = try groups.map { try Adam($0, settings.adam) }
    try await run.steps(
      "training the networks", count: settings.steps,
      settings: "\(settings.json()) \(crops.settings) seed \(run.seed)",
      state: groups.flatMap(\.self) + optimizers.flatMap(\.state)
    ) { step in
      let real = try await crops.batch(step).to(run.device)
      let draws = Draws(run.seed, step, run.device)
      let batch = try networks.batch(real, settings, draws)
      let classified = try networks.classifierLoss(batch)
      try optimizers[2].step(classified.gradients(for: groups[2]))
      let judged = try networks.discriminatorLoss(batch, real)
      try optimizers[1].step(judged.gradients(for: groups[1]))
      let mined = try networks.mined(batch.drawn, settings)
      let (error, deceived) = try networks.codingLosses(real, settings, draws, mined)
      try optimizers[0].step(
        (error * settings.reconstruction + deceived).gradients(for: groups[0]))
      let figures = try [
        ("error", Double(error.scalar())), ("discriminators", Double(judged.scalar())),
        ("classifier", Double(classified.scalar())),
      ]
      guard figures.allSatisfy(\.1.isFinite) else { throw TrainingError.diverged }
      return figures
    }
    self.init(try networks.encoder.frozen(), try networks.decoder.frozen())
  }

  /// Squared differences of pixels and their reconstructions, averaged over the colours.
  public func scores(of crops: Tensor, progress: MappingProgress) throws -> Tensor {
    try (decoder(encoder(crops)) - crops).squared().mean(over: [1], keepingAxes: true)
  }

  /// The model of the tensors of another one.
  public init(_ tensors: ModelTensors, settings: Settings, side: Int) throws {
    let plan = OCGANLayers(side: side, settings)
    self.init(
      try LayeredNetwork(plan.encoder, inputs: 3, "encoder", tensors),
      try LayeredNetwork(plan.decoder, inputs: settings.latent, "decoder", tensors))
  }

  /// The weights of the autoencoder; the others are left behind.
  public var tensors: [String: Tensor] {
    encoder.tensors("encoder").merging(decoder.tensors("decoder")) { own, _ in own }
  }
}
