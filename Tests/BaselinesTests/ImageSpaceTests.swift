import AnomalyDetection
import Images
import ModelFiles
import Networks
import Tensors
import TestSupport
import Testing

@testable import Baselines

private struct Similarities: Decodable {
  struct Pair: Decodable {
    let name: String
    let other: [Double]
    let map: [Double]
    let mean: Double
  }
  let side: Int
  let plain: [Double]
  let pairs: [Pair]
}

@Suite struct `Structural similarity` {
  @Test func `is what scikit-image says`() throws {
    let values = try Golden.read(Similarities.self, "ssim/values.json")
    let picture = { (numbers: [Double]) in
      try Tensor(shape: [1, 1, values.side, values.side], scalars: numbers.map(Float.init))
    }
    let similarity = StructuralSimilarity()
    let plain = try picture(values.plain)
    for pair in values.pairs {
      let other = try picture(pair.other)
      try expectClose(
        similarity.map(plain, other).doubles(), pair.map, relative: 0, absolute: 2e-4)
      #expect(
        abs(Double(try similarity.loss(plain, other).scalar()) - (1 - pair.mean)) < 5e-5,
        "\(pair.name)")
      // All around, the middle is the same.
      let full = try similarity.fullMap(plain, other)
      #expect(full.shape == plain.shape)
      let margin = StructuralSimilarity.side / 2
      let inner = try full.slice(2, from: margin, length: values.side - 2 * margin)
        .slice(3, from: margin, length: values.side - 2 * margin)
      try expectClose(inner.doubles(), pair.map, relative: 0, absolute: 2e-4)
    }
  }
}

@Suite struct `The layers of the SSIM-autoencoder` {
  /// Sides and channels after each layer, of the paper's Table 1.
  @Test func `are those of the paper`() throws {
    let plan = ConvolutionalAutoencoder(side: 128, latent: 100)
    let encoder = try LayeredNetwork(plan.encoder, inputs: 1, seed: 1)
    let picture = try Tensor(repeating: 0.5, shape: [1, 1, 128, 128])
    let expected = [
      [32, 64], [32, 32], [32, 32], [64, 16], [64, 16], [128, 8], [64, 8], [32, 8], [100, 1],
    ]
    for (number, sizes) in expected.enumerated() {
      let shape = try encoder(picture, layers: number + 1).shape
      #expect(shape == [1, sizes[0], sizes[1], sizes[1]])
    }
    let decoder = try LayeredNetwork(plan.decoder, inputs: 100, seed: 1)
    let code = try encoder(picture)
    for (number, sizes) in expected.dropLast().reversed().enumerated() {
      #expect(try decoder(code, layers: number + 1).shape == [1, sizes[0], sizes[1], sizes[1]])
    }
    #expect(try decoder(code).shape == picture.shape)
  }

  @Test(arguments: [16, 32, 256]) func `fit crops of other sides`(side: Int) throws {
    let plan = ConvolutionalAutoencoder(side: side, latent: 10)
    let picture = try Tensor(repeating: 0.5, shape: [2, 1, side, side])
    let code = try LayeredNetwork(plan.encoder, inputs: 1, seed: 1)(picture)
    #expect(code.shape == [2, 10, 1, 1])
    #expect(try LayeredNetwork(plan.decoder, inputs: 10, seed: 1)(code).shape == picture.shape)
    #expect(plan.encoder.count == plan.decoder.count)
  }
}

/// Crops of one colour each, between two colours.
private func flatPatches(side: Int, batch: Int) -> CropBatches {
  CropBatches(count: 64, side: side, batch: batch, seed: 1) { numbers in
    try Tensor(
      shape: [numbers.count, 3, 1, 1],
      scalars: numbers.flatMap { number -> [Float] in
        let share = Float(number) / 64
        return [0.2 + 0.6 * share, 0.3, 0.8 - 0.5 * share]
      }) * Tensor(repeating: 1, shape: [1, 1, side, side])
  }
}

@Suite(.serialized) struct `Generative baselines` {
  /// A crop that the generator makes is found again nearly; another one is not.
  @Test func `search for the nearest crop`() async throws {
    var settings = AnoGAN.Settings(.fast)
    (settings.latent, settings.width, settings.steps, settings.batch) = (8, 8, 12, 8)
    (settings.searchSteps, settings.searchRate) = (24, 0.2)
    let model = try await AnoGAN(
      fitting: flatPatches(side: 16, batch: 8), settings: settings, run: TrainingRun(seed: 1))
    let plan = DCGAN(side: 16, width: 8)
    let generator = try LayeredNetwork(
      plan.generator, inputs: 8, "generator", ModelTensors(model.tensors))
    let made = try (generator(Tensor.normal(shape: [3, 8, 1, 1], seed: 5)) + 1) / 2
    let far = try -made + 1
    let found = try model.scores(of: Tensor.concatenating([made, far]))
    let mean = { (start: Int) in
      try found.slice(0, from: start, length: 3).mean().scalar()
    }
    #expect(try mean(0) < 0.5 * mean(3))
    // Crops are searched for one by one.
    try expectClose(
      model.scores(of: made.slice(0, from: 1, length: 1)), found.slice(0, from: 1, length: 1),
      relative: 0, absolute: 0.02)
  }

  /// A generator that begins at grey comes to draw a dark square on a light ground.
  @Test func `make crops like the good ones`() async throws {
    let side = 16
    let good = try Tensor(
      shape: [1, 1, side, side],
      scalars: (0..<side * side).map { pixel -> Float in
        (4..<12).contains(pixel / side) && (4..<12).contains(pixel % side) ? 0.1 : 0.9
      })
    let crops = CropBatches(count: 64, side: side, batch: 8, seed: 1) { numbers in
      try Tensor(repeating: 1, shape: [numbers.count, 3, 1, 1]) * good
    }
    var settings = AnoGAN.Settings(.fast)
    (settings.latent, settings.width, settings.steps, settings.batch) = (8, 16, 150, 8)
    settings.adam.learningRate = 1e-3
    let model = try await AnoGAN(fitting: crops, settings: settings, run: TrainingRun(seed: 1))
    let generator = try LayeredNetwork(
      DCGAN(side: side, width: 16).generator, inputs: 8, "generator", ModelTensors(model.tensors))
    let made = try (generator(Tensor.normal(shape: [4, 8, 1, 1], seed: 5)) + 1) / 2
    let distance = try (made - good).magnitude().mean().scalar()
    let ofGrey = try (good * 0 + 0.5 - good).magnitude().mean().scalar()
    #expect(distance < 0.25 * ofGrey)
  }

  @Test func `mine codes whose pictures the classifier finds poor`() throws {
    let settings = OCGAN.Settings(.fast)
    let networks = try OCGAN.Networks(side: 16, settings, seed: 1, on: .cpu)
    let drawn = try OCGAN.Draws(1, 0, .cpu).codes(
      like: Tensor(repeating: 0, shape: [4, settings.latent, 1, 1]))
    let mined = try networks.mined(drawn, settings)
    let quality = { (codes: Tensor) in
      try networks.classifier(networks.decoder(codes)).mean().scalar()
    }
    #expect(try quality(mined) < quality(drawn))
    #expect(try mined.magnitude().largest().scalar() <= 1)
    #expect(try drawn.magnitude().largest().scalar() < 1)
  }

  @Test func `tell crops of one kind from others`() async throws {
    var settings = OCGAN.Settings(.fast)
    (settings.latent, settings.width, settings.steps, settings.batch) = (4, 8, 60, 16)
    settings.adam.learningRate = 2e-3
    let model = try await OCGAN(
      fitting: flatPatches(side: 16, batch: 16), settings: settings, run: TrainingRun(seed: 1))
    let good = try await flatPatches(side: 16, batch: 8).batch(77)
    let odd = try Tensor.uniform(shape: [8, 3, 16, 16], seed: 3)
    #expect(
      try model.scores(of: good).mean().scalar() < 0.5 * model.scores(of: odd).mean().scalar())
  }

  /// Files may be anybody's: no setting of theirs may crash or hang an inspection.
  @Test func `refuse files whose settings make no sense`() throws {
    struct Configuration: Encodable {
      let layout: CropLayout
      let model: AnoGAN.Settings
    }
    let changes: [(inout CropLayout, inout AnoGAN.Settings) -> Void] = [
      { $1.width = .max }, { $1.latent = -1 }, { $1.searchSteps = -1 }, { $1.searchSteps = .max },
      {
        $0.side = 0; _ = $1
      },
      {
        $0.zoom = 1 << 40; _ = $1
      },
      {
        $0.stride = 0; _ = $1
      },
      {
        // Crops without end, and pixels that no crop covers.
        ($0.zoom, $0.side, $0.stride) = (4096, 8, 1); _ = $1
      },
      {
        ($0.zoom, $0.side, $0.stride) = (64, 16, 17); _ = $1
      },
      {
        ($0.zoom, $0.side) = (4096, 4096); _ = $1
      },
      {
        $0.zoom = 8; _ = $1
      },
    ]
    for change in changes {
      var (layout, settings) = (AnoGAN.Settings.layout(.object), AnoGAN.Settings(.fast))
      change(&layout, &settings)
      var file = ModelFile(method: "anogan")
      try file.encode(Configuration(layout: layout, model: settings), as: "crops")
      #expect(throws: ModelFileError.damaged("its crops make no sense")) {
        try CropDetector<AnoGAN>(from: file)
      }
    }
    var file = ModelFile(method: "anogan")
    try file.encode(
      Configuration(layout: AnoGAN.Settings.layout(.object), model: AnoGAN.Settings(.fast)),
      as: "crops")
    #expect(throws: WeightsError.missing("model.generator.0.weight")) {
      try CropDetector<AnoGAN>(from: file)
    }
  }
}
