import FileFormats
import Foundation
import TestSupport
import Testing

/// Inputs that a fuzzer found or that once did harm: `Fuzzing/Regressions/<format>`.
@Suite struct `Kept inputs` {
  private static func files(_ format: String) throws -> [Data] {
    let folder = URL(fileURLWithPath: Golden.folder).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fuzzing/Regressions/\(format)")
    return try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }.map { try Data(contentsOf: $0) }
  }

  @Test(arguments: ["safetensors", "zip", "pickle", "tar", "idx", "cifar"])
  func `end with a value or an error`(format: String) throws {
    let files = try Self.files(format)
    #expect(!files.isEmpty)
    for data in files {
      switch format {
      case "safetensors": _ = try? SafetensorsHeader.read(ByteSource(data))
      case "zip": _ = try? TorchCheckpoint(ByteSource(data))
      case "pickle": _ = try? TorchCheckpoint(ByteSource(PickleBytes.checkpoint(data)))
      case "tar": _ = try? TarArchive(data)
      case "idx": _ = try? IDX(data, rank: 3)
      default: _ = try? CIFARBatch(data, classes: 10)
      }
    }
  }
}
