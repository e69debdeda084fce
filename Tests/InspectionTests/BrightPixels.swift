import AnomalyDetection
import Datasets
import Images
import ModelFiles
import Tensors

/// A method that learns nothing: bright pixels are anomalous.
struct BrightPixels: AnomalyMethod {
  /// What brightness is multiplied with.
  var weight: Float = 1
  /// Whether the upper left pixels of every square are anomalous, whatever they show.
  var isBlotted = false

  func fit(_ training: ImageCollection, run: TrainingRun) async throws -> BrightPixelDetector {
    BrightPixelDetector(weight: try Tensor(shape: [1, 1], scalars: [weight]), isBlotted: isBlotted)
  }
  func steps(imageCount: Int) -> Int { 0 }
  func cost(of training: ImageCollection, run: TrainingRun) throws -> TrainingCost {
    TrainingCost(learning: 0, map: 0)
  }
}

struct BrightPixelDetector: AnomalyDetector {
  static let method = "bright-pixels"
  let weight: Tensor
  let isBlotted: Bool

  init(weight: Tensor, isBlotted: Bool) {
    (self.weight, self.isBlotted) = (weight, isBlotted)
  }

  init(from file: ModelFile) throws {
    self.init(
      weight: try ModelTensors(file.tensors).tensor("weight", shape: [1, 1]),
      isBlotted: try file.decode(Bool.self, "blot"))
  }

  func write(to file: inout ModelFile) throws {
    file.tensors["weight"] = weight
    try file.encode(isBlotted, as: "blot")
  }

  func placed(for execution: Execution) throws -> any PlacedDetector {
    Placed(weight: try weight.scalars()[0], isBlotted: isBlotted)
  }

  private struct Placed: PlacedDetector {
    let weight: Float
    let isBlotted: Bool

    func evidence(of images: [Image], progress: MappingProgress) throws -> [Evidence] {
      images.map { image in
        var scores = stride(from: 0, to: image.pixels.count, by: 3).map {
          weight * image.pixels[$0]
        }
        for row in 0..<4 where isBlotted {
          for column in 0..<4 { scores[row * image.width + column] = 50 }
        }
        return Evidence(AnomalyMap(height: image.height, width: image.width, scores: scores))
      }
    }
  }
}
