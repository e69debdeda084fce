import FileFormats
import Foundation
import TestSupport
import Testing

/// Inputs that a fuzzer found or that once did harm: `Fuzzing/Regressions/<format>`.
@Suite struct `Kept inputs` {
  private static func files(_ format: String) throws -> [URL] {
    let folder = URL(fileURLWithPath: Golden.folder).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fuzzing/Regressions/\(format)")
    return try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
  }

  @Test(arguments: ["safetensors", "zip", "pickle", "tar", "gzip", "idx", "cifar"])
  func `end with a value or an error`(format: String) throws {
    let files = try Self.files(format)
    #expect(!files.isEmpty)
    for file in files {
      let data = try Data(contentsOf: file)
      switch format {
      case "safetensors": _ = try? SafetensorsHeader.read(ByteSource(data))
      case "zip": _ = try? TorchCheckpoint(ByteSource(data))
      case "pickle": _ = try? TorchCheckpoint(ByteSource(PickleBytes.checkpoint(data)))
      case "gzip":
        var limits = Limits.standard
        limits.unpackedBytes = 1 << 18
        let unpacked = try? GzipFile.read(file.path, limits: limits)
        let isSound = ["two-members", "rest-behind", "empty"].contains(file.lastPathComponent)
        #expect((unpacked != nil) == isSound, "\(file.lastPathComponent)")
      case "tar": _ = try? TarArchive(data)
      case "idx": _ = try? IDX(data, rank: 3)
      default: _ = try? CIFARBatch(data, classes: 10)
      }
    }
  }
}
