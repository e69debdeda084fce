import AnomalyDetection
import Baselines
import ModelFiles
import Networks
import Tensors
import TestSupport
import Testing

/// Files may be anybody's: their tensors must fit one another, and their settings bound the work.
@Suite struct `Models of descriptors from outside` {
  private func filled(_ shapes: [String: [Int]]) throws -> ModelTensors {
    ModelTensors(try shapes.mapValues { try Tensor(repeating: 0.5, shape: $0) })
  }

  private let one = [
    "mean": [1, 4], "deviation": [1, 1], "logVariance": [1, 1], "encoder.0.weight": [4, 4],
    "encoder.0.bias": [1, 4], "decoder.0.weight": [2, 4], "decoder.0.bias": [1, 4],
  ]

  @Test func `with no passes or impossible codes are refused`() throws {
    var settings = VariationalAutoencoder.Settings()
    settings.network.layers = [2]
    settings.passes = 3
    let sound = one.merging(["noise": [3, 2]]) { $1 }
    #expect(throws: Never.self) { try VariationalAutoencoder(filled(sound), settings: settings) }
    let changes: [(inout VariationalAutoencoder.Settings) -> Void] = [
      { $0.passes = 0 }, { $0.passes = .max }, { $0.network.layers = [.max] },
      { $0.network.layers = [] }, { $0.network.layers = [-1] },
      { $0.network.layers = Array(repeating: 2, count: 65) },
    ]
    for change in changes {
      var other = settings
      change(&other)
      let tensors = try filled(one.merging(["noise": [max(0, min(3, other.passes)), 2]]) { $1 })
      #expect(throws: ModelFileError.damaged("its layers make no sense")) {
        try VariationalAutoencoder(tensors, settings: other)
      }
    }
  }

  @Test func `without a single vector are refused`() throws {
    #expect(throws: WeightsError.shape("dictionary", found: [0, 4], expected: [1, 4])) {
      try NearestNeighbor(filled(["mean": [1, 4], "dictionary": [0, 4]]), settings: .init())
    }
    #expect(throws: WeightsError.shape("centers", found: [3], expected: [3, 1])) {
      try KMeans(filled(["centers": [3]]), settings: .init())
    }
  }

  @Test func `whose kernel grows without bound are refused`() throws {
    var tensors: [String: Tensor] = [:]
    for (name, shape) in ["mean": [1, 4], "supportVectors": [2, 4], "coefficients": [2, 1]] {
      tensors[name] = try Tensor(repeating: 0.5, shape: shape)
    }
    for (gamma, isSound) in [(0.25, true), (-0.25, false), (.nan, false)] {
      tensors["kernel"] = try Tensor(shape: [2], doubles: [gamma, 1])
      let read = try? OneClassSVM(ModelTensors(tensors), settings: .init())
      #expect((read != nil) == isSound)
    }
  }

  @Test func `give their numbers as they are computed with`() throws {
    let halves = ModelTensors(["centers": try Tensor(repeating: 0.5, shape: [2, 3]).to(.float16)])
    #expect(try KMeans(halves, settings: .init()).tensors["centers"]?.type == .float32)
  }
}
