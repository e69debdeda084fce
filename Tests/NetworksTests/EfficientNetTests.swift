import Foundation
import Images
import ModelFiles
import Networks
import Tensors
import TestSupport
import Testing

@Suite struct `The encoder EfficientNet-Lite0` {
  private static let path = SharedData.path("weights/efficientnet-lite0.safetensors")

  /// The photos are one for each class of ImageNet; sorted by name, the place is the class.
  @Test(.enabled(if: path != nil, "needs the real weights and photos"))
  func `classifies at least 80 of 100 photos right`() throws {
    let network = try EfficientNetLite0(weights(contentsOf: #require(Self.path)))
    let folder = try #require(SharedData.path("photos"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(names.count == 1000)
    var right = 0
    for number in stride(from: 0, to: 1000, by: 10) {
      let photo = try Image(contentsOf: "\(folder)/\(names[number])")
      let logits = try #require(try network.logits(of: photo.centred(side: 224).tensor()))
      let scores = try logits.scalars()
      right += scores.indices.max { scores[$0] < scores[$1] } == number ? 1 : 0
    }
    #expect(right >= 80)
  }

  @Test(.enabled(if: path != nil, "needs the real weights"))
  func `may be cut after any block`() throws {
    let path = try #require(Self.path)
    let image = try Tensor.uniform(shape: [2, 3, 33, 47], seed: 1)
    for (depth, dimension) in [(1, 16), (5, 40), (11, 112), (16, 320)] {
      let network = try encoder(contentsOf: path, depth: depth)
      #expect(network is EfficientNetLite0)
      #expect(network.dimension == dimension)
      #expect(try network.features(of: image).shape == [2, dimension])
      let read = try encoder(network.tensors, depth: depth)
      #expect(try read.features(of: image).scalars() == network.features(of: image).scalars())
    }
    #expect(throws: (any Error).self) { try encoder(contentsOf: path, depth: 17) }
  }
}

extension Image {
  /// The middle of the picture, seven eighths of its shorter side, at another size.
  fileprivate func centred(side: Int) throws -> Image {
    let crop = min(height, width) * 7 / 8
    let (top, left) = ((height - crop) / 2, (width - crop) / 2)
    var pixels: [Float] = []
    for row in top..<top + crop {
      let start = (row * width + left) * 3
      pixels += self.pixels[start..<start + crop * 3]
    }
    return try Image(height: crop, width: crop, pixels: pixels).resized(height: side, width: side)
  }

  fileprivate func tensor() throws -> Tensor {
    try Tensor(shape: [1, height, width, 3], scalars: pixels).permuted([0, 3, 1, 2])
  }
}
