import Files
import UninformedStudents

/// The simplest method that there is: bright pixels are anomalous.
struct Brightness: AnomalyMethod {
  func fit(_ training: ImageCollection, run: TrainingRun) async throws -> BrightnessDetector {
    BrightnessDetector()
  }
  func steps(imageCount: Int) -> Int { 0 }
  func cost(of training: ImageCollection, run: TrainingRun) throws -> TrainingCost {
    TrainingCost(learning: 0, map: 0)
  }
}

struct BrightnessDetector: AnomalyDetector {
  static let method = "brightness"
  init() {}
  init(from file: ModelFile) throws {}
  func placed(for execution: Execution) throws -> any PlacedDetector { Placed() }
  func write(to file: inout ModelFile) throws {}

  private struct Placed: PlacedDetector {
    func evidence(of images: [Image], progress: MappingProgress) throws -> [Evidence] {
      images.map { image in
        let scores = stride(from: 0, to: image.pixels.count, by: 3).map { image.pixels[$0] }
        return Evidence(AnomalyMap(height: image.height, width: image.width, scores: scores))
      }
    }
  }
}

/// Pictures that one can measure by eye, and the model that finds what is bright in them.
protocol BrightSquares {}

extension BrightSquares {
  /// Dark, with a square of the given brightness in the second quarter of rows and columns.
  func picture(_ level: Float, side: Int = 16) -> Image {
    let pixels = square(of: side).isAnomalous.flatMap { isInside -> [Float] in
      let value = isInside ? level : 0.1
      return [value, value, value]
    }
    return Image(height: side, width: side, pixels: pixels)
  }

  /// The mask of that square.
  func square(of side: Int) -> Mask {
    let inside = (side / 4..<side / 2)
    return Mask(
      height: side, width: side,
      isAnomalous: (0..<side * side).map {
        inside.contains($0 / side) && inside.contains($0 % side)
      })
  }

  func write(_ image: Image, _ path: String) throws {
    try makeFolder(of: path)
    try image.write(to: path)
  }

  /// Two good pictures, a bright and a faint defect with masks, one without.
  func category(_ folder: String, side: Int = 16) throws -> MVTecCategory {
    try write(picture(0.1, side: side), "\(folder)/test/good/0.png")
    try write(picture(0.3, side: side), "\(folder)/test/good/1.png")
    try write(picture(0.9, side: side), "\(folder)/test/bright/0.png")
    try write(picture(0.2, side: side), "\(folder)/test/faint/0.png")
    try write(picture(0.8, side: side), "\(folder)/test/unmarked/0.png")
    // Masks of twice the size: they are brought to the size of the maps.
    for defect in ["bright", "faint"] {
      try write(square(of: 2 * side).image, "\(folder)/ground_truth/\(defect)/0_mask.png")
    }
    return try MVTecCategory(folder)
  }

  /// A model that looks at squares of `side`, calibrated on pictures of the given brightness.
  func model(
    levels: [Float] = [0.1, 0.1], side: Int = 16, framing: Framing? = nil
  ) async throws -> TrainedModel {
    try await TrainedModel.train(
      Brightness(), on: ImageCollection(levels.map { picture($0) }),
      framing: framing ?? Framing(side: side),
      calibration: .cross(), topShare: 0, run: TrainingRun())
  }
}
