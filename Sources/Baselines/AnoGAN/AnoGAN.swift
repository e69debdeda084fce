public import AnomalyDetection
import Files
import Networks
public import Tensors

/// How far crops are from the nearest that a generator can make.
///
/// Schlegl et al. (2017), with the networks of Radford et al. (2016, DCGAN) for 128 × 128 pixels: a
/// generator learns to make crops that a discriminator cannot tell from good ones; to judge a
/// crop, its latent vector is searched by gradient descent. Decisions that the texts leave open:
/// channels start at 64 beside the image (32 in the fast recipe) and double with every halving;
/// the search starts from the same vector for every crop, so that its score depends on no other;
/// in the search batch normalisation uses its running statistics, for the same reason; the score of
/// a pixel is the ℓ2 distance of its colours from the generated ones; the discriminator sees crops
/// through noise that fades while it learns (Sønderby et al. 2017), and is asked for 0.9 of real ones
/// instead of 1 (Salimans et al. 2016), or it knows the plain ground of many images at once and the
/// generator learns nothing.
public struct AnoGAN: CropModel {
  /// What can be chosen.
  public struct Settings: CropModelSettings {
    /// The name of the method.
    public static let method = "anogan"
    /// Numbers that a crop is generated from.
    public var latent = 64
    /// Channels beside the image.
    public var width: Int
    /// Batches; the paper's are 50 epochs of 10,000 crops.
    public var steps: Int
    /// Crops a batch.
    public var batch: Int
    /// The step sizes of both networks.
    public var adam: Adam.Settings
    /// The deviation of the noise in what the discriminator sees at the start, where 2 is from black
    /// to white.
    ///
    /// It falls to zero by the end.
    public var noise = 1.0
    /// How real the discriminator is to call real crops, in 0…1.
    public var realness = 0.9
    /// Steps of the search for a latent vector.
    public var searchSteps: Int
    /// The step size of the search.
    public var searchRate = 0.02
    /// The weight of the discriminator's features beside the ℓ1 distance of pixels.
    public var featureWeight = 0.1

    /// The paper's, or a small part of its work.
    public init(_ recipe: Recipe) {
      adam = Adam.Settings(learningRate: 2e-4, weightDecay: 0)
      // As DCGANs are trained: with the usual 0.9 both networks swing.
      adam.beta1 = 0.5
      switch recipe {
      case .paper: (width, steps, batch, searchSteps) = (64, 7813, 64, 300)
      case .fast: (width, steps, batch, searchSteps) = (32, 1500, 16, 100)
      }
    }

    /// Whether there can be such networks and such a search.
    public var makeSense: Bool {
      ModelBounds.latent.contains(latent) && ModelBounds.width.contains(width)
        && ModelBounds.searchSteps.contains(searchSteps) && searchRate.isFinite
        && featureWeight.isFinite
        && noise.isFinite && (0...1).contains(realness)
    }

    /// Textures in crops of four times the detail, objects as a whole.
    public static func layout(_ kind: PartKind) -> CropLayout {
      switch kind {
      case .texture: CropLayout(zoom: 512, side: 128, stride: 128)
      case .object: CropLayout(zoom: 128, side: 128, stride: 128)
      }
    }
  }

  private let generator: LayeredNetwork
  private let discriminator: LayeredNetwork
  private let settings: Settings

  /// Trains both networks in turn.
  public init(
    fitting crops: CropBatches, settings: Settings, run: TrainingRun
  ) async throws {
    let plan = DCGAN(side: crops.side, width: settings.width)
    let generator = try LayeredNetwork(
      plan.generator, inputs: settings.latent, deviation: DCGAN.deviation, seed: run.seed
    )
    .learning(on: run.device)
    let discriminator = try LayeredNetwork(
      plan.discriminator, inputs: 3, deviation: DCGAN.deviation, seed: run.seed &+ 1
    )
    .learning(on: run.device)
    let (makers, judges) = (generator.parameters, discriminator.parameters)
    let (maker, judge) = (try Adam(makers, settings.adam), try Adam(judges, settings.adam))
    try await run.steps(
      "training the networks", count: settings.steps,
      settings: "\(settings.json()) \(crops.settings) seed \(run.seed)",
      state: makers + judges + generator.statistics + discriminator.statistics + maker.state
        + judge.state
    ) { step in
      let real = try await crops.batch(step).to(run.device) * 2 - 1
      let seed = Tensor.seed(run.seed, of: step)
      let latent = try Tensor.normal(
        shape: [settings.batch, settings.latent, 1, 1], seed: seed
      ).to(run.device)
      let made = try generator(latent, learning: true)
      let noise = settings.noise * Double(settings.steps - step) / Double(settings.steps)
      let opinion = { (crops: Tensor, draw: UInt64) in
        try discriminator(
          crops.withNoise(deviation: noise, seed: seed &+ draw), learning: true)
      }
      // −ln σ(x) is softplus(−x), and −ln (1 − σ(x)) is softplus(x).
      let ofReal = try opinion(real, 1)
      let judged =
        try (-ofReal).softplus().mean() * settings.realness
        + ofReal.softplus().mean() * (1 - settings.realness)
      let unmasked = try opinion(made.detached(), 2).softplus().mean()
      try judge.step((judged + unmasked).gradients(for: judges))
      let deceived = try (-opinion(made, 3)).softplus().mean()
      try maker.step(deceived.gradients(for: makers))
      let figures = try [
        ("discriminator", Double((judged + unmasked).scalar())),
        ("generator", Double(deceived.scalar())),
      ]
      guard figures.allSatisfy(\.1.isFinite) else { throw TrainingError.diverged }
      return figures
    }
    self.settings = settings
    self.generator = try generator.frozen()
    self.discriminator = try discriminator.frozen()
  }

  /// ℓ2 distances of pixels from those of the nearest crops that the generator can make.
  public func scores(of crops: Tensor, progress: MappingProgress) throws -> Tensor {
    let wanted = try crops * 2 - 1
    let nearest = try generator(search(for: wanted, progress))
    return try ((wanted - nearest) / 2).squared().sum(over: [1], keepingAxes: true).squareRoot()
  }

  /// Latent vectors N × latent × 1 × 1 of crops like these.
  private func search(for wanted: Tensor, _ progress: MappingProgress) throws -> Tensor {
    let count = wanted.shape[0]
    let start = try Tensor.normal(shape: [1, settings.latent, 1, 1], seed: 1).to(wanted.device)
    let latent = try Tensor.concatenating(Array(repeating: start, count: count)).parameter()
    let optimizer = try Adam(
      [latent], Adam.Settings(learningRate: settings.searchRate, weightDecay: 0))
    let features = try withoutGradients { try discriminatorFeatures(of: wanted) }
    let distance = { (a: Tensor, b: Tensor) in
      try (a - b).magnitude().mean(over: [1, 2, 3]).sum()
    }
    for step in 0..<settings.searchSteps {
      let made = try generator(latent)
      let loss =
        try distance(made, wanted) * (1 - settings.featureWeight)
        + distance(discriminatorFeatures(of: made), features) * settings.featureWeight
      try optimizer.step(loss.gradients(for: [latent]))
      progress(step + 1, settings.searchSteps)
      try Task.checkCancellation()
    }
    return try latent.detached()
  }

  /// What the discriminator's last but one layer says.
  private func discriminatorFeatures(of crops: Tensor) throws -> Tensor {
    try discriminator(crops, layers: discriminator.count - 1)
  }

  /// The model of the tensors of another one.
  public init(_ tensors: ModelTensors, settings: Settings, side: Int) throws {
    let plan = DCGAN(side: side, width: settings.width)
    self.settings = settings
    generator = try LayeredNetwork(
      plan.generator, inputs: settings.latent, "generator", tensors)
    discriminator = try LayeredNetwork(plan.discriminator, inputs: 3, "discriminator", tensors)
  }

  /// The weights of both networks.
  public var tensors: [String: Tensor] {
    generator.tensors("generator").merging(discriminator.tensors("discriminator")) { own, _ in own }
  }
}

/// The networks of a DCGAN for crops of a side, 4 × 2ⁿ.
///
/// Radford et al. (2016).
struct DCGAN {
  /// That of the weights at the start.
  ///
  /// Radford et al. (2016), Section 4.
  static let deviation = 0.02

  let generator: [LayeredNetwork.Layer]
  let discriminator: [LayeredNetwork.Layer]

  /// Networks with `width` channels beside the image, and twice as many at each smaller size.
  init(side: Int, width: Int) {
    let channels = LayeredNetwork.Layer.doubledChannels(from: width, side: side)
    let (relu, leaky) = (
      LayeredNetwork.Layer.Activation.leakyReLU(slope: 0),
      LayeredNetwork.Layer.Activation.leakyReLU(slope: 0.2)
    )
    generator =
      [.spread(channels.last ?? width, 4).normalized.then(relu)]
      + channels.dropLast().reversed().map {
        .spread($0, 4, stride: 2, padding: 1).normalized.then(relu)
      } + [.spread(3, 4, stride: 2, padding: 1).then(.hyperbolicTangent)]
    discriminator =
      channels.enumerated().map { number, outputs in
        let layer = LayeredNetwork.Layer.gather(outputs, 4, stride: 2, padding: 1)
        return (number == 0 ? layer : layer.normalized).then(leaky)
      } + [.gather(1, 4)]
  }
}
