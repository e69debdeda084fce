import Foundation
import ModelFiles
import Networks
import Tensors
import TestSupport
import Testing

private struct Values: Decodable {
  struct Stage: Decodable {
    let shape: [Int]
    let mean: Double
    let deviation: Double
    let elements: [Double]
  }
  let names: [String]
  let shapes: [[Int]]
  let stages: [Stage]
  let pooled: [Double]

  /// The made-up weights of `Tests/Golden/networks/make.py`.
  func weights() throws -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (number, (name, shape)) in zip(names, shapes).enumerated() {
      let count = shape.reduce(1, *)
      let scale = (2 / (Double(count) / Double(shape[0]))).squareRoot()
      let values = (0..<count).map { index in
        let value = sin(0.37 * Double(index) + Double(number))
        if name.hasSuffix("running_var") { return Float(1 + 0.5 * value) }
        if shape.count == 4 { return Float(value * scale) }
        return Float(name.hasSuffix("weight") ? 1 + 0.2 * value : 0.1 * value)
      }
      tensors[name] = try Tensor(shape: shape, scalars: values)
    }
    return tensors
  }
}

@Suite struct `The encoder ResNet-18` {
  private func image() throws -> Tensor {
    let count = 2 * 3 * 61 * 47
    return try Tensor(
      shape: [2, 3, 61, 47], scalars: (0..<count).map { Float(0.5 + 0.5 * sin(0.011 * Double($0))) }
    )
  }

  /// Seventeen convolutions after each other in another order of summation: 1e-4 of the spread.
  @Test func `gives PyTorch's activations`() throws {
    let values = try Golden.read(Values.self, "networks/resnet18.json")
    let network = try ResNet18(values.weights())
    #expect(network.dimension == 512)
    for (stage, expected) in try zip(network.activations(of: image()), values.stages) {
      #expect(stage.shape == expected.shape)
      let elements = try stage.contiguous().doubles()
      let sampled = stride(from: 0, to: elements.count, by: 97).prefix(64).map { elements[$0] }
      try expectClose(
        sampled, expected.elements, relative: 1e-4, absolute: 1e-4 * expected.deviation)
      let mean = elements.reduce(0, +) / Double(elements.count)
      #expect(abs(mean - expected.mean) < 1e-4 * expected.deviation)
    }
    for network in [network, try network.frozen()] {
      try expectClose(
        Array(network.features(of: image()).doubles().prefix(64)), values.pooled, relative: 1e-3,
        absolute: 1e-3)
    }
  }

  @Test func `comes back from its tensors`() throws {
    let values = try Golden.read(Values.self, "networks/resnet18.json")
    let network = try ResNet18(values.weights(), depth: 2)
    let read = try #require(try encoder(network.tensors) as? ResNet18)
    #expect(read.dimension == 128)
    #expect(try read.features(of: image()).scalars() == network.features(of: image()).scalars())
  }

  @Test func `may end after any stage, normalisation folded in or not`() throws {
    var tensors = try Golden.read(Values.self, "networks/resnet18.json").weights()
    let whole = try ResNet18(tensors)
    tensors = tensors.filter { !$0.key.hasPrefix("layer4") }
    let cut = try ResNet18(tensors)
    #expect(cut.dimension == 256)
    #expect(try ResNet18(tensors, depth: 2).dimension == 128)
    #expect(throws: WeightsError.missing("layer4.0.conv1.weight")) {
      try ResNet18(tensors, depth: 4)
    }
    #expect(throws: WeightsError.depth(5, of: 4)) { try ResNet18(tensors, depth: 5) }
    try expectClose(
      try cut.activations(of: image())[2], try whole.activations(of: image())[2])

    let scale =
      try #require(tensors["bn1.weight"])
      / (#require(tensors["bn1.running_var"]) + 1e-5).squareRoot()
    let bias = try #require(tensors["bn1.bias"]) - #require(tensors["bn1.running_mean"]) * scale
    tensors["conv1.weight"] =
      try #require(tensors["conv1.weight"]) * scale.reshaped([-1, 1, 1, 1])
    tensors["conv1.bias"] = bias
    tensors = tensors.filter { !$0.key.hasPrefix("bn1.") }
    let folded = try ResNet18(tensors)
    try expectClose(
      try folded.activations(of: image())[0], try cut.activations(of: image())[0],
      relative: 1e-4, absolute: 1e-4)
  }

  @Test func `names the first tensor that is missing`() throws {
    var tensors = try Golden.read(Values.self, "networks/resnet18.json").weights()
    tensors["layer2.0.conv2.weight"] = nil
    #expect(throws: WeightsError.missing("layer2.0.conv2.weight")) { try ResNet18(tensors) }
    tensors["layer2.0.conv2.weight"] = try Tensor(repeating: 0, shape: [1])
    #expect(
      throws: WeightsError.shape(
        "layer2.0.conv2.weight", found: [1], expected: [128, 128, 3, 3])
    ) { try ResNet18(tensors) }
    tensors["conv1.weight"] = try Tensor(repeating: .nan, shape: [64, 3, 7, 7])
    #expect(throws: WeightsError.notFinite("conv1.weight")) { try ResNet18(tensors) }
  }
}
