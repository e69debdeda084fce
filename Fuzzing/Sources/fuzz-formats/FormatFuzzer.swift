import Foundation
import FuzzerDriver

@testable import FileFormats

/// A format that is tried; `--format=NAME` chooses one.
enum Format: String, CaseIterable {
  case safetensors, zip, pickle, tar, gzip, idx, cifar

  /// Parses bytes as this format, and checks what came out.
  func parse(_ data: Data) throws {
    switch self {
    case .safetensors:
      let (header, start) = try SafetensorsHeader.read(ByteSource(data))
      let numbers = try header.entries.values.reduce(0) { sum, entry in
        let size = try entry.shape.elements() * entry.type.size
        precondition(entry.range.count == size && entry.range.upperBound <= data.count - start)
        return sum + size
      }
      precondition(numbers == data.count - start)
    case .zip: check(try TorchCheckpoint(ByteSource(data)), of: data.count)
    case .pickle:
      let checkpoint = PickleBytes.checkpoint(data)
      check(try TorchCheckpoint(ByteSource(checkpoint)), of: checkpoint.count)
    case .tar:
      let tar = try TarArchive(data)
      let total = try tar.names.reduce(0) { try $0 + (tar.file(named: $1)?.count ?? 0) }
      precondition(total <= data.count)
    case .gzip:
      try withFile(data) { path in
        var limits = Limits.standard
        limits.unpackedBytes = 1 << 18
        let unpacked = try GzipFile.read(path, limits: limits)
        precondition(unpacked.count <= limits.unpackedBytes)
      }
    case .idx:
      for rank in [1, 3] {
        guard let array = try? IDX(data, rank: rank) else { continue }
        let count = try array.sides.elements()
        precondition(array.bytes.count == count)
      }
    case .cifar:
      let batch = try CIFARBatch(data, classes: 10)
      precondition(batch.pixels.count == 3072 * batch.labels.count)
    }
  }

  private func check(_ checkpoint: TorchCheckpoint, of size: Int) {
    var total = 0
    for tensor in checkpoint.tensors.values {
      let count = try? tensor.shape.elements()
      precondition(count.map { $0 * tensor.type.size } == tensor.bytes.count)
      total += tensor.bytes.count
    }
    precondition(total <= Limits.standard.rebuiltBytesPerByte * size)
  }

  static let chosen = chosenFormat(Format.self)
}

/// What libFuzzer calls: any error will do, a trap will not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  try? Format.chosen.parse(input(start, count))
  return 0
}
