import AnomalyDetection
import Images
import ModelFiles
import Networks
import Tensors

extension NormalPatches {
  private static let topic = "normal patches"

  private struct Contents: Codable {
    let receptiveField: ReceptiveField
    let ordinaryDistance: Double
    let pictureSide: Int
    let sources: [Source]
    /// Of each patch its source, row and column.
    let places: [[Int]]

    struct Source: Codable {
      let name: String
      let height: Int
      let width: Int
    }
  }

  /// Puts the patches into a model file.
  func write(to file: inout ModelFile) throws {
    let side = sources.first?.picture.height ?? 0
    try file.encode(
      Contents(
        receptiveField: receptiveField, ordinaryDistance: ordinaryDistance, pictureSide: side,
        sources: sources.map {
          .init(
            name: $0.name, height: $0.placement.imageHeight, width: $0.placement.imageWidth)
        },
        places: places.map { [$0.source, $0.pixel.row, $0.pixel.column] }), as: Self.topic)
    file.tensors["normal.descriptors"] = descriptors
    file.tensors["normal.pictures"] = try sources.flatMap(\.picture.bytes).withUnsafeBytes {
      try Tensor(shape: [sources.count, side, side, 3], type: .uint8, bytes: $0)
    }
  }

  /// The patches in a model file; nil where there are none.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - framing: That of the model.
  ///   - describer: That of the detector.
  /// - Throws: ``ModelFileError`` and `WeightsError` where they make no sense.
  init?(from file: ModelFile, framing: Framing, describer: PatchDescriber?) throws {
    guard file.contains(Self.topic) else { return nil }
    let contents = try file.decode(Contents.self, Self.topic)
    let side = framing.side
    let damaged = ModelFileError.damaged("its normal patches make no sense")
    let count = contents.sources.count
    let shown = contents.pictureSide
    guard contents.receptiveField == describer?.receptiveField,
      (1...Self.mostImages).contains(count), (1...Self.mostPatches).contains(contents.places.count),
      (1...min(side, Self.pictureSide)).contains(shown),
      contents.ordinaryDistance.isFinite, contents.ordinaryDistance > 0,
      contents.sources.allSatisfy({
        ModelBounds.pictureSide.contains($0.height) && ModelBounds.pictureSide.contains($0.width)
      }),
      contents.places.allSatisfy({
        $0.count == 3 && (0..<count).contains($0[0]) && (0..<side).contains($0[1])
          && (0..<side).contains($0[2])
      })
    else { throw damaged }
    guard let pictures = file.tensors["normal.pictures"], pictures.type == .uint8,
      pictures.shape == [count, shown, shown, 3]
    else { throw damaged }
    let bytes = try pictures.bytes()
    let placements = contents.sources.compactMap {
      try? framing.placement(ofHeight: $0.height, width: $0.width, named: $0.name)
    }
    guard placements.count == count else { throw damaged }
    let size = shown * shown * 3
    self.init(
      receptiveField: contents.receptiveField,
      descriptors: try ModelTensors(file.tensors).tensor(
        "normal.descriptors", shape: [contents.places.count, ReceptiveField.dimension]),
      places: contents.places.map {
        Place(source: $0[0], pixel: PixelPlace(row: $0[1], column: $0[2]))
      },
      sources: contents.sources.enumerated().map { number, source in
        Source(
          name: source.name, placement: placements[number],
          picture: Image(
            height: shown, width: shown,
            bytes: Array(bytes[number * size..<(number + 1) * size])))
      }, ordinaryDistance: contents.ordinaryDistance)
  }
}
