import Foundation
import ModelFiles
import Tensors

extension Proof {
  private static let topic = "proof"

  private struct Contents: Codable {
    let images: [Named]
    let records: [Record]

    struct Named: Codable {
      let name: String
      let isFramed: Bool
    }
  }

  private static func tensorName(_ number: Int) -> String { "proof.\(number)" }

  /// Puts the proof into a model file.
  func write(to file: inout ModelFile) throws {
    try file.encode(
      Contents(
        images: specimens.map { .init(name: $0.name, isFramed: $0.isFramed) }, records: records),
      as: Self.topic)
    for (number, specimen) in specimens.enumerated() {
      file.tensors[Self.tensorName(number)] = try specimen.bytes.withUnsafeBytes {
        try Tensor(shape: [$0.count], type: .uint8, bytes: $0)
      }
    }
  }

  /// The proof in a model file; nil where there is none.
  ///
  /// - Throws: ``ModelFileError`` where it makes no sense.
  init?(from file: ModelFile) throws {
    guard file.contains(Self.topic) else { return nil }
    let contents = try file.decode(Contents.self, Self.topic)
    let count = contents.images.count
    guard (1...Self.mostImages).contains(count),
      contents.records.allSatisfy({ record in
        record.outcomes.count == count
          && record.outcomes.allSatisfy { $0.score.isFinite && $0.mean.isFinite }
      })
    else { throw ModelFileError.damaged("its proof makes no sense") }
    let specimens = try contents.images.enumerated().map { number, image in
      guard let bytes = file.tensors[Self.tensorName(number)], bytes.type == .uint8,
        bytes.shape.count == 1, (1...Self.mostBytes).contains(bytes.shape[0])
      else { throw ModelFileError.damaged("an image of its proof is missing") }
      return Specimen(
        name: image.name, bytes: Data(try bytes.bytes()), isFramed: image.isFramed)
    }
    self.init(specimens, records: contents.records)
  }
}
