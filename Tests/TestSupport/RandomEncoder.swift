public import Tensors

/// The tensors of a ResNet-18 of random weights that ends after its first stage.
public func randomEncoder() throws -> [String: Tensor] {
  var shapes = [("conv1", [64, 3, 7, 7])]
  for block in 0..<2 {
    for convolution in 1...2 {
      shapes.append(("layer1.\(block).conv\(convolution)", [64, 64, 3, 3]))
    }
  }
  var tensors: [String: Tensor] = [:]
  for (number, (name, shape)) in shapes.enumerated() {
    let taps = Double(shape.dropFirst().reduce(1, *))
    tensors["\(name).weight"] =
      try Tensor.normal(shape: shape, seed: UInt64(number)) * (2 / taps).squareRoot()
    tensors["\(name).bias"] = try Tensor(repeating: 0, shape: [shape[0]])
  }
  return tensors
}
