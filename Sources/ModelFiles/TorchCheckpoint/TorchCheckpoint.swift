import Foundation
import Tensors

/// The tensors of a checkpoint that PyTorch's `torch.save` wrote since version 1.6 (`.pth`).
///
/// A zip archive with a pickle in it, which names tensors and says where in the archive their
/// numbers lie. Nothing in it is executed: what does more than name tensors is refused.
struct TorchCheckpoint {
  /// The tensors by name; of a dictionary with the key `state_dict`, those under it.
  let tensors: [String: Tensor]

  /// Reads the bytes of a file.
  init(_ data: Data) throws {
    let archive = try ZipArchive(data)
    let suffix = "/data.pkl"
    guard let name = archive.names.first(where: { $0.hasSuffix(suffix) }) else {
      throw CheckpointFault.foreign("it has no data.pkl")
    }
    let root = name.dropLast(suffix.count)
    if let order = try? archive.file("\(root)/byteorder"), order != Data("little".utf8) {
      throw CheckpointFault.foreign("its numbers are written most significant byte first")
    }
    var pickle = Pickle { storage, offset, shape, strides in
      try Self.tensor(
        storage, archive.file("\(root)/data/\(storage.file)"), offset, shape, strides)
    }
    guard case .dictionary(let dictionary) = try pickle.value(of: archive.file(name)) else {
      throw CheckpointFault.foreign("it holds no dictionary")
    }
    tensors = Self.tensors(of: dictionary)
  }

  private static func tensors(of dictionary: Pickle.Dictionary) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (key, value) in dictionary.items {
      guard case .text(let name) = key else { continue }
      switch value {
      case .tensor(let tensor): tensors[name] = tensor
      case .dictionary(let inner) where name == "state_dict": return Self.tensors(of: inner)
      default: break
      }
    }
    return tensors
  }

  /// The elements of a storage that a shape and strides choose, in row-major order.
  private static func tensor(
    _ storage: Pickle.Storage, _ data: Data, _ offset: Int, _ shape: [Int], _ strides: [Int]
  ) throws -> Tensor {
    let size = storage.type.size
    guard shape.count == strides.count, shape.count <= 8, offset >= 0,
      shape.allSatisfy({ $0 >= 0 && $0 <= storage.count }),
      strides.allSatisfy({ $0 >= 0 && $0 <= storage.count }),
      storage.count <= data.count / size
    else { throw CheckpointFault.foreign("a tensor that does not fit its numbers") }
    var count = 1
    var last = offset
    for (side, step) in zip(shape, strides) {
      count = min(count, storage.count + 1) * side
      last += step * max(side - 1, 0)
      // Views never have more elements than their storage; an enormous one is an attack.
      guard count <= storage.count, count == 0 || last < storage.count else {
        throw CheckpointFault.foreign("a tensor that does not fit its numbers")
      }
    }
    guard count == 0 || last < storage.count else { throw CheckpointFault.truncated }
    let bytes = gathered(data, size, offset, shape, strides, count)
    return try bytes.withUnsafeBytes { try Tensor(shape: shape, type: storage.type, bytes: $0) }
  }

  private static func gathered(
    _ data: Data, _ size: Int, _ offset: Int, _ shape: [Int], _ strides: [Int], _ count: Int
  ) -> Data {
    guard count > 0 else { return Data() }
    // Most tensors lie as they are read.
    var step = 1
    let isInOrder = zip(shape, strides).reversed().allSatisfy { side, stride in
      defer { step *= side }
      return side == 1 || stride == step
    }
    let first = data.startIndex + offset * size
    if isInOrder { return data[first..<first + count * size] }
    var bytes = Data(capacity: count * size)
    for element in 0..<count {
      var (rest, place) = (element, 0)
      for (side, stride) in zip(shape, strides).reversed() {
        place += rest % side * stride
        rest /= side
      }
      bytes.append(data[first + place * size..<first + (place + 1) * size])
    }
    return bytes
  }
}
