import Images
public import ModelFiles
import Tensors

/// A fitted ``CropMethod``: the model judges crops, which overlap or lie side by side.
public struct CropDetector<Model: CropModel>: AnomalyDetector {
  /// The name on the command line and in model files.
  public static var method: String { Model.Settings.method }

  let layout: CropLayout
  let model: Model
  let settings: Model.Settings

  /// Pixels along a side below which nothing can be told from an image.
  private static var leastSide: Int { 16 }

  static func check(_ image: Image) throws {
    guard min(image.height, image.width) >= leastSide else {
      throw MappingError.tooSmall(height: image.height, width: image.width, least: leastSide)
    }
  }

  /// The detector where it runs.
  public func placed(for execution: Execution) throws -> any PlacedDetector {
    Placed(
      layout: layout,
      model: try model.on(execution.device, settings: settings, side: layout.side),
      execution: execution)
  }

  private struct Placed: PlacedDetector {
    let layout: CropLayout
    let model: Model
    let execution: Execution

    func evidence(of images: [Image], progress: MappingProgress) throws -> [Evidence] {
      try images.map { Evidence(try map(of: $0, progress)) }
    }

    /// The mean score of each pixel over all crops that it lies in.
    private func map(of image: Image, _ progress: MappingProgress) throws -> AnomalyMap {
      try CropDetector.check(image)
      let (zoom, side, device) = (layout.zoom, layout.side, execution.device)
      let pixels = try image.resized(height: zoom, width: zoom).tensor().to(device)
      let places = layout.starts.flatMap { row in layout.starts.map { (row: row, column: $0) } }
      let sums = try Tensor(repeating: 0, shape: [1, 1, zoom, zoom], on: device)
      let counts = try Tensor(repeating: 0, shape: [1, 1, zoom, zoom], on: device)
      for start in stride(from: 0, to: places.count, by: Self.together) {
        let some = places[start..<min(start + Self.together, places.count)]
        let crops = try Tensor.concatenating(
          some.map { try pixels.window(row: $0.row, column: $0.column, side: side) })
        let scores = try model.scores(of: crops) { done, of in
          progress(start * of + done * some.count, places.count * of)
        }
        for (number, place) in some.enumerated() {
          let add = { (sum: Tensor, part: Tensor) in
            let before = try sum.window(row: place.row, column: place.column, side: side)
            try sum.write(before + part, at: [0, 0, place.row, place.column])
          }
          let score = try scores.slice(0, from: number, length: 1)
          try add(sums, score)
          try add(counts, score * 0 + 1)
        }
      }
      let map = try (sums / counts).resized(
        height: image.height, width: image.width, .antialiased)
      return AnomalyMap(height: image.height, width: image.width, scores: try map.scalars())
    }

    /// Crops that are judged together.
    private static var together: Int { 64 }
  }
}

extension Tensor {
  fileprivate func window(row: Int, column: Int, side: Int) throws -> Tensor {
    try slice(2, from: row, length: side).slice(3, from: column, length: side)
  }
}

// MARK: - Files

extension CropDetector {
  private struct Configuration: Codable {
    let layout: CropLayout
    let model: Model.Settings
  }

  /// The detector that ``write(to:)`` put into a file.
  public init(from file: ModelFile) throws {
    let configuration = try file.decode(Configuration.self, "crops")
    let layout = configuration.layout
    guard layout.makesSense, configuration.model.makeSense else {
      throw ModelFileError.damaged("its crops make no sense")
    }
    self.init(
      layout: layout,
      model: try Model(
        ModelTensors(file.tensors, prefix: "model."), settings: configuration.model,
        side: layout.side), settings: configuration.model)
  }

  /// Adds the model to a file.
  public func write(to file: inout ModelFile) throws {
    try file.encode(Configuration(layout: layout, model: settings), as: "crops")
    for (name, tensor) in model.tensors { file.tensors["model.\(name)"] = tensor }
  }
}
