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

  @Test(
    arguments: [
      ("safetensors", { _ = try SafetensorsHeader.read(ByteSource($0)) }),
      ("zip", { _ = try TorchCheckpoint(ByteSource($0)) }),
      ("pickle", { _ = try TorchCheckpoint(ByteSource(PickleBytes.checkpoint($0))) }),
      ("tar", { _ = try TarArchive($0) }),
      ("idx", { _ = try IDX($0, rank: 3) }),
      ("cifar", { _ = try CIFARBatch($0, classes: 10) }),
    ] as [(String, @Sendable (Data) throws -> Void)])
  func `end with a value or an error`(
    format: String, parse: @Sendable (Data) throws -> Void
  ) throws {
    let files = try Self.files(format)
    #expect(!files.isEmpty)
    for data in files { try? parse(data) }
  }
}
