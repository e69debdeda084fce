public import AnomalyDetection
import Files
import Networks
public import Tensors

/// How unlike grey crops are to what comes through a narrow code and back, by SSIM.
///
/// Bergmann et al. (2019), "Improving unsupervised defect segmentation by applying structural
/// similarity to autoencoders". Decisions that the texts leave open: a Gaussian window (see
/// ``StructuralSimilarity``), a sigmoid after the last layer, as brightness lies in 0…1, and no
/// batch normalisation.
public struct SSIMAutoencoder: CropModel {
  /// What can be chosen.
  public struct Settings: CropModelSettings {
    /// The name of the method.
    public static let method = "ssim-ae"
    /// Numbers that a crop must come through.
    public var latent = 100
    /// Batches; the paper's are 200 epochs of 10,000 crops.
    public var steps: Int
    /// Crops a batch.
    public var batch: Int
    /// The step sizes.
    public var adam: Adam.Settings
    /// Whether the learning rate falls to zero over the second half, which stands in for the many
    /// more steps that a constant one needs.
    public var anneals: Bool

    /// The paper's, or a thirtieth of its work.
    public init(_ recipe: Recipe) {
      switch recipe {
      case .paper:
        (steps, batch, anneals) = (15_625, 128, false)
        adam = Adam.Settings(learningRate: 2e-4, weightDecay: 1e-5)
      case .fast:
        (steps, batch, anneals) = (2000, 16, true)
        adam = Adam.Settings(learningRate: 5e-4, weightDecay: 1e-5)
      }
    }

    /// Whether there can be such a code.
    public var makeSense: Bool { ModelBounds.latent.contains(latent) }

    /// Textures in overlapping crops, objects as a whole.
    public static func layout(_ kind: PartKind) -> CropLayout {
      switch kind {
      case .texture: CropLayout(zoom: 256, side: 128, stride: 30)
      case .object: CropLayout(zoom: 256, side: 256, stride: 256)
      }
    }
  }

  private let encoder: LayeredNetwork
  private let decoder: LayeredNetwork
  private let similarity = StructuralSimilarity()

  private init(_ encoder: LayeredNetwork, _ decoder: LayeredNetwork) {
    self.encoder = encoder
    self.decoder = decoder
  }

  /// Trains the network.
  public init(
    fitting crops: CropBatches, settings: Settings, run: TrainingRun
  ) async throws {
    let plan = ConvolutionalAutoencoder(side: crops.side, latent: settings.latent)
    let learner = try SSIMAutoencoder(
      LayeredNetwork(plan.encoder, inputs: 1, seed: run.seed).learning(on: run.device),
      LayeredNetwork(plan.decoder, inputs: settings.latent, seed: run.seed &+ 1)
        .learning(on: run.device))
    let parameters = learner.encoder.parameters + learner.decoder.parameters
    var optimizer = try Adam(parameters, settings.adam)
    try await run.steps(
      "training the autoencoder", count: settings.steps,
      settings: "\(settings.json()) \(crops.settings) seed \(run.seed)",
      state: parameters + optimizer.state
    ) { step in
      let grey = try await crops.batch(step).to(run.device).grey()
      let loss = try learner.similarity.loss(learner.reconstruction(of: grey), grey)
      let value = Double(try loss.scalar())
      guard value.isFinite else { throw TrainingError.diverged }
      if settings.anneals {
        let remaining = 2 * Double(settings.steps - step) / Double(settings.steps)
        optimizer.settings.learningRate = settings.adam.learningRate * min(1, remaining)
      }
      try optimizer.step(loss.gradients(for: parameters))
      return [("dissimilarity", value)]
    }
    self.init(try learner.encoder.frozen(), try learner.decoder.frozen())
  }

  private func reconstruction(of grey: Tensor) throws -> Tensor {
    try decoder(encoder(grey))
  }

  /// One minus the similarity of crops and their reconstructions around each pixel.
  public func scores(of crops: Tensor, progress: MappingProgress) throws -> Tensor {
    let grey = try crops.grey()
    return try -similarity.fullMap(reconstruction(of: grey), grey) + 1
  }

  /// The model of the tensors of another one.
  public init(_ tensors: ModelTensors, settings: Settings, side: Int) throws {
    let plan = ConvolutionalAutoencoder(side: side, latent: settings.latent)
    self.init(
      try LayeredNetwork(plan.encoder, inputs: 1, "encoder", tensors),
      try LayeredNetwork(plan.decoder, inputs: settings.latent, "decoder", tensors))
  }

  /// The weights.
  public var tensors: [String: Tensor] {
    encoder.tensors("encoder").merging(decoder.tensors("decoder")) { own, _ in own }
  }
}

/// The layers of the autoencoder, for crops of 128 pixels, and with one more at the outside for 256.
///
/// Bergmann et al. (2019), Table 1.
struct ConvolutionalAutoencoder {
  let encoder: [LayeredNetwork.Layer]
  let decoder: [LayeredNetwork.Layer]

  /// Channels, kernel and stride; each padded by 1.
  private static let layers = [
    (32, 4, 2), (32, 4, 2), (32, 3, 1), (64, 4, 2), (64, 3, 1), (128, 4, 2), (64, 3, 1), (32, 3, 1),
  ]

  /// Layers between crops of a side, 8 × 2ⁿ, and a code of `latent` numbers.
  ///
  /// Smaller crops than 128 pixels do without the outermost layers, larger ones have more.
  init(side: Int, latent: Int) {
    var halvings = 0
    while 8 << halvings < side { halvings += 1 }
    let known = Self.layers.count { $0.2 == 2 }
    var layers = Self.layers
    if halvings > known {
      layers = Array(repeating: (32, 4, 2), count: halvings - known) + layers
    }
    while layers.count(where: { $0.2 == 2 }) > max(halvings, 1) { layers.removeFirst() }
    let leaky = LayeredNetwork.Layer.Activation.leakyReLU(slope: 0.2)
    encoder =
      layers.map { .gather($0.0, $0.1, stride: $0.2, padding: 1).then(leaky) }
      + [.gather(latent, 8)]
    // Each layer is undone in turn: what it took in is given out.
    let taken = [1] + layers.dropLast().map(\.0)
    let back = zip(layers, taken).reversed().map { layer, outputs in
      LayeredNetwork.Layer.spread(outputs, layer.1, stride: layer.2, padding: 1)
    }
    decoder =
      [.spread(layers.last?.0 ?? 32, 8).then(leaky)]
      + back.dropLast().map { $0.then(leaky) } + back.suffix(1).map { $0.then(.sigmoid) }
  }
}

extension Tensor {
  /// The luma of ITU-R BT.601 of crops N × 3 × H × W: N × 1 × H × W.
  func grey() throws -> Tensor {
    let weights = try Tensor(shape: [1, 3, 1, 1], scalars: [0.299, 0.587, 0.114]).to(device)
    return try (self * weights).sum(over: [1], keepingAxes: true)
  }
}
