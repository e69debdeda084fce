import AnomalyDetection
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@testable import Baselines

/// Descriptors on a curved line in eight dimensions, and one beside it.
private func descriptors(_ count: Int) throws -> Tensor {
  try Tensor(
    shape: [count, 8],
    scalars: (0..<count).flatMap { row -> [Float] in
      let angle = Float(row) / Float(count) * 6.28
      return [cos(angle), sin(angle), cos(2 * angle), 0.5, 0, sin(angle), 1, -cos(angle)]
    })
}

private func oneClass() -> DescriptorAutoencoder.Settings {
  var settings = DescriptorAutoencoder.Settings.oneClass
  (settings.epochs, settings.batch, settings.layers) = (30, 16, [16, 8, 2])
  settings.adam.learningRate = 5e-3
  return settings
}

@Suite struct `Normal distributions` {
  @Test func `diverge from the standard one by the closed form`() throws {
    let output = try Tensor(shape: [2, 4], scalars: [0, 0, 0, 0, 1, -2, Float(log(4.0)), 0])
    let divergences = try Gaussian(output).divergenceFromStandard().doubles()
    // ½ Σ (μ² + σ² − ln σ² − 1): ½ (1 + 4 − ln 4 − 1) + ½ · 4.
    try expectClose(divergences, [0, 4 - log(2.0)])
  }

  /// The integral of q ln(q / p) on a fine grid.
  @Test func `diverge as an integral says`() throws {
    let (mean, deviation) = (0.7, 1.6)
    let output = try Tensor(
      shape: [1, 2], scalars: [Float(mean), Float(2 * log(deviation))])
    let step = 1e-3
    var integral = 0.0
    for x in stride(from: -20.0, to: 20, by: step) {
      let z = (x - mean) / deviation
      let density: Double = exp(-z * z / 2) / (deviation * (2 * Double.pi).squareRoot())
      let logRatio: Double = x * x / 2 - z * z / 2 - log(deviation)
      integral += density * logRatio * step
    }
    #expect(abs(try Gaussian(output).divergenceFromStandard().doubles()[0] - integral) < 1e-4)
  }

  @Test func `have the density of the textbook`() throws {
    let output = try Tensor(shape: [1, 4], scalars: [1, 2, 0, Float(log(9.0))])
    let value = try Tensor(shape: [1, 2], scalars: [2, -1])
    // −½ ln 2πσ² − ½ z² twice, with z = ±1, σ = 1 and 3.
    let expected = -log(2 * Double.pi) - log(3.0) - 1
    try expectClose(Gaussian(output).logLikelihood(of: value).doubles(), [expected])
  }

  @Test func `have one variance for all components where it is one number`() throws {
    let shared = try Gaussian(
      mean: Tensor(shape: [1, 3], scalars: [1, 2, 3]),
      logVariance: Tensor(shape: [1, 1], scalars: [Float(log(4.0))]))
    let value = try Tensor(shape: [1, 3], scalars: [1, 4, 3])
    // Three times −½ ln 2πσ² with σ = 2, and −½ z² with z = 1 once.
    let expected = -1.5 * log(2 * Double.pi) - 3 * log(2.0) - 0.5
    try expectClose(shared.logLikelihood(of: value).doubles(), [expected])
  }

  @Test func `give draws of their mean and deviation`() throws {
    let output = try Tensor(shape: [1, 2], scalars: [3, Float(log(4.0))])
    let draws = try Gaussian(output).sample(Tensor.normal(shape: [50_000, 1], seed: 1)).doubles()
    #expect(abs(slowMean(draws) - 3) < 0.04 && abs(slowDeviation(draws) - 2) < 0.03)
  }
}

@Suite(.serialized) struct `Autoencoders` {
  @Test func `find what does not lie where the others do`() async throws {
    let good = try descriptors(256)
    let odd = try Tensor(shape: [1, 8], scalars: [1, 1, -1, 2, 1.5, -1, 0, 1])
    let plain = try await DescriptorAutoencoder(
      fitting: good, settings: oneClass(), run: TrainingRun(seed: 1))
    #expect(
      try plain.scores(of: odd).scalar() > plain.scores(of: good).largest().scalar())
    var settings = VariationalAutoencoder.Settings.oneClass
    settings.network = oneClass()
    let variational = try await VariationalAutoencoder(
      fitting: good, settings: settings, run: TrainingRun(seed: 1))
    #expect(
      try variational.scores(of: odd).scalar() > variational.scores(of: good).largest().scalar())
    // Scores are likelihoods by the distance of what comes back: with its variance the mean over
    // good rows is ½ d (1 + ln 2πσ²), but for the draws.
    let logVariance = try Double(#require(variational.tensors["logVariance"]).scalar())
    let expected = 0.5 * 8 * (1 + log(2 * Double.pi) + logVariance)
    let mean = try slowMean(variational.scores(of: good).doubles())
    #expect(abs(mean - expected) < 1 && logVariance < -1)
    // The score of one depends on no other.
    let alone = try variational.scores(of: good.slice(0, from: 7, length: 1)).scalar()
    #expect(abs(try variational.scores(of: good).scalars()[7] - alone) < 1e-4 * abs(alone))
  }

  @Test func `come back from their tensors`() async throws {
    let good = try descriptors(64)
    var settings = VariationalAutoencoder.Settings.oneClass
    settings.network = oneClass()
    settings.network.epochs = 1
    let model = try await VariationalAutoencoder(
      fitting: good, settings: settings, run: TrainingRun(seed: 1))
    let read = try VariationalAutoencoder(
      ModelTensors(model.tensors), settings: settings)
    #expect(try read.scores(of: good).scalars() == model.scores(of: good).scalars())
    var broken = model.tensors
    broken["decoder.1.bias"] = nil
    #expect(throws: WeightsError.missing("decoder.1.bias")) {
      try VariationalAutoencoder(ModelTensors(broken), settings: settings)
    }
    broken["decoder.1.bias"] = try Tensor(repeating: .nan, shape: [1, 16])
    #expect(throws: WeightsError.notFinite("decoder.1.bias")) {
      try VariationalAutoencoder(ModelTensors(broken), settings: settings)
    }
  }

  @Test func `see each descriptor once an epoch`() throws {
    let rows = try Tensor(shape: [10, 1], scalars: (0..<10).map(Float.init))
    var batches = EpochBatches(of: rows, size: 4, seed: 1)
    var orders: [[Float]] = []
    for epoch in 0..<2 {
      let seen = try (0..<3).flatMap { try batches.batch(3 * epoch + $0).scalars() }
      #expect(seen.sorted() == (0..<10).map(Float.init))
      orders.append(seen)
    }
    #expect(orders[0] != orders[1])
    // A batch is found again by its number.
    var again = EpochBatches(of: rows, size: 4, seed: 1)
    #expect(try again.batch(4).scalars() == batches.batch(4).scalars())
  }
}
