import Networks
import Tensors

extension OCGAN {
  /// The five networks while they learn, and what each of them minimises.
  struct Networks: Sendable {
    let encoder: LayeredNetwork
    let decoder: LayeredNetwork
    /// Tells codes of crops from codes drawn evenly.
    let latentDiscriminator: Perceptron
    /// Tells good crops from images of codes.
    let visualDiscriminator: LayeredNetwork
    /// Tells reconstructions of good crops from images of drawn codes.
    let classifier: LayeredNetwork

    init(side: Int, _ settings: Settings, seed: UInt64, on device: Device) throws {
      let plan = OCGANLayers(side: side, settings)
      let network = { (layers: [LayeredNetwork.Layer], inputs: Int, number: UInt64) in
        try LayeredNetwork(layers, inputs: inputs, seed: seed &+ number).learning(on: device)
      }
      encoder = try network(plan.encoder, 3, 0)
      decoder = try network(plan.decoder, settings.latent, 1)
      visualDiscriminator = try network(plan.judge, 3, 2)
      classifier = try network(plan.judge, 3, 3)
      latentDiscriminator = try Perceptron(
        [settings.latent, 128, 64, 32, 1], slope: 0.2, seed: seed &+ 4
      ).map { try $0.to(device).parameter() }
    }

    var coding: [Tensor] { encoder.parameters + decoder.parameters }
    var judging: [Tensor] { latentDiscriminator.tensors + visualDiscriminator.parameters }

    /// Codes and images of a step, without gradients.
    struct Batch {
      /// Codes of noisy crops, N × latent × 1 × 1.
      let codes: Tensor
      /// Codes drawn evenly, N × latent × 1 × 1.
      let drawn: Tensor
      let reconstructed: Tensor
      let pictured: Tensor
    }

    func batch(_ real: Tensor, _ settings: Settings, _ draws: Draws) throws -> Batch {
      try withoutGradients {
        let codes = try encoder(draws.noisy(real, variance: settings.noise))
        let drawn = try draws.codes(like: codes)
        return Batch(
          codes: codes, drawn: drawn, reconstructed: try decoder(codes),
          pictured: try decoder(drawn))
      }
    }

    func classifierLoss(_ batch: Batch) throws -> Tensor {
      try asReal(classifier(batch.reconstructed)) + asMade(classifier(batch.pictured))
    }

    func discriminatorLoss(_ batch: Batch, _ real: Tensor) throws -> Tensor {
      try asReal(judged(codes: batch.drawn)) + asMade(judged(codes: batch.codes))
        + asReal(visualDiscriminator(real)) + asMade(visualDiscriminator(batch.pictured))
    }

    /// Codes moved to where the classifier finds their images poor.
    func mined(_ drawn: Tensor, _ settings: Settings) throws -> Tensor {
      var codes = drawn
      for _ in 0..<settings.miningSteps {
        let moving = try codes.parameter()
        // Per image, so that the steps do not depend on the size of the batch.
        let gradient = try (-classifier(decoder(moving))).softplus().sum()
          .gradients(for: [moving])[0]
        codes = try (codes + gradient * settings.miningRate).clamped(to: -1...1)
      }
      return codes
    }

    /// The error of reconstructions, and how well codes and images deceive.
    func codingLosses(
      _ real: Tensor, _ settings: Settings, _ draws: Draws, _ mined: Tensor
    ) throws -> (error: Tensor, deceived: Tensor) {
      let codes = try encoder(draws.noisy(real, variance: settings.noise))
      return (
        try (decoder(codes) - real).squared().mean(),
        try asReal(judged(codes: codes)) + asReal(visualDiscriminator(decoder(mined)))
      )
    }

    private func judged(codes: Tensor) throws -> Tensor {
      let (count, latent, _, _) = codes.imageAxes
      return try latentDiscriminator(codes.reshaped([count, latent]))
    }

    /// −ln σ(x), averaged.
    private func asReal(_ judgement: Tensor) throws -> Tensor { try (-judgement).softplus().mean() }

    /// −ln (1 − σ(x)), averaged.
    private func asMade(_ judgement: Tensor) throws -> Tensor { try judgement.softplus().mean() }
  }

  /// The random numbers of one step.
  struct Draws {
    private let seed: UInt64
    private let device: Device

    init(_ seed: UInt64, _ step: Int, _ device: Device) {
      self.seed = Tensor.seed(seed, of: 2 * step)
      self.device = device
    }

    /// Crops with Gaussian noise of a variance.
    func noisy(_ crops: Tensor, variance: Double) throws -> Tensor {
      try crops.withNoise(deviation: variance.squareRoot(), seed: seed)
    }

    /// Codes drawn evenly from (−1, 1).
    func codes(like codes: Tensor) throws -> Tensor {
      try Tensor.uniform(shape: codes.shape, seed: seed &+ 1).to(device) * 2 - 1
    }
  }
}

/// The convolutions of OCGAN's networks for crops of a side, 4 × 2ⁿ.
struct OCGANLayers {
  let encoder: [LayeredNetwork.Layer]
  let decoder: [LayeredNetwork.Layer]
  /// Of the visual discriminator and of the classifier.
  let judge: [LayeredNetwork.Layer]

  init(side: Int, _ settings: OCGAN.Settings) {
    let channels = LayeredNetwork.Layer.doubledChannels(from: settings.width, side: side)
    let leaky = LayeredNetwork.Layer.Activation.leakyReLU(slope: 0.2)
    let down = channels.map {
      LayeredNetwork.Layer.gather($0, 4, stride: 2, padding: 1).then(leaky)
    }
    let up = (channels.dropLast().reversed() + [3]).map {
      LayeredNetwork.Layer.spread($0, 4, stride: 2, padding: 1)
    }
    encoder = down + [.gather(settings.latent, 4).then(.hyperbolicTangent)]
    decoder =
      [.spread(channels.last ?? settings.width, 4).then(leaky)]
      + up.dropLast().map { $0.then(leaky) } + up.suffix(1).map { $0.then(.sigmoid) }
    judge = down + [.gather(1, 4)]
  }
}
