import Foundation

/// The tensors of a checkpoint that PyTorch's `torch.save` wrote since version 1.6 (`.pth`).
///
/// A zip archive with a pickle in it, which names tensors and says where in the archive their
/// numbers lie. Nothing in it is executed: what does more than name tensors is refused.
package struct TorchCheckpoint {
  /// The tensors by name; of a dictionary with the key `state_dict`, those under it.
  package let tensors: [String: StoredTensor]

  /// Whether a file may be a checkpoint, by its first bytes.
  package static func isLikely(_ source: ByteSource) -> Bool {
    let signature = Data("PK\u{3}\u{4}".utf8)
    return (try? source.bytes(at: 0, count: signature.count)) == signature
  }

  /// Reads the bytes of a file.
  ///
  /// - Throws: ``FormatFault``.
  package init(_ source: ByteSource, limits: Limits = .standard) throws {
    let archive = try ZipArchive(source, limits: limits)
    let suffix = "/data.pkl"
    let pickles = archive.names.filter { $0.hasSuffix(suffix) }
    guard let name = pickles.first, pickles.count == 1 else {
      throw FormatFault.unsuitable(
        "not a checkpoint of tensors (it has no data.pkl)", instead: PickleValues.instead)
    }
    let root = String(name.dropLast(suffix.count))
    let order = "\(root)/byteorder"
    if archive.names.contains(order), try archive.file(order) != Data("little".utf8) {
      throw FormatFault.unsuitable(
        "its numbers are written most significant byte first",
        instead: "save it on another machine")
    }
    var pickle = Pickle(limits: limits)
    guard case .dictionary(let place) = try pickle.value(of: archive.file(name)) else {
      throw FormatFault.unsuitable(
        "not a checkpoint of tensors (it holds no dictionary)", instead: PickleValues.instead)
    }
    let most = source.count.multipliedReportingOverflow(by: limits.rebuiltBytesPerByte)
    var storages = Storages(
      archive: archive, root: root, bytesLeft: most.overflow ? .max : most.partialValue)
    tensors = try Self.views(of: place, pickle.values, limits).mapValues { try storages.tensor($0) }
  }

  private static func views(
    of place: Int, _ values: PickleValues, _ limits: Limits
  ) throws -> [String: PickleValues.View] {
    var place = place
    var views: [String: PickleValues.View] = [:]
    // No dictionary holds itself, so that this ends.
    while true {
      var inner: Int?
      for (key, value) in values.dictionaries[place] {
        guard case .text(let name) = key else { continue }
        switch value {
        case .tensor(let tensor): views[name] = values.tensors[tensor]
        case .dictionary(let place) where name == "state_dict": inner = place
        default: break
        }
      }
      guard let next = inner else { break }
      (place, views) = (next, [:])
    }
    guard views.count <= limits.entries else {
      throw FormatFault.tooMuch("a checkpoint of \(views.count) tensors")
    }
    return views
  }
}

/// The files of numbers in the archive, each read once.
private struct Storages {
  let archive: ZipArchive
  let root: String
  /// How much all tensors together may still take.
  var bytesLeft: Int
  private var known: [String: Data] = [:]

  init(archive: ZipArchive, root: String, bytesLeft: Int) {
    (self.archive, self.root, self.bytesLeft) = (archive, root, bytesLeft)
  }

  private mutating func bytes(_ file: String) throws -> Data {
    if let data = known[file] { return data }
    let data = try archive.file("\(root)/data/\(file)")
    known[file] = data
    return data
  }

  mutating func tensor(_ view: PickleValues.View) throws -> StoredTensor {
    let data = try bytes(view.storage.file)
    let count = try Self.count(of: view, in: data)
    // At most as many elements as the storage has, so that this fits.
    let size = count * view.storage.type.size
    guard size <= bytesLeft else {
      throw FormatFault.tooMuch("its tensors are views that take far more memory than the file")
    }
    bytesLeft -= size
    return StoredTensor(
      type: view.storage.type, shape: view.shape, bytes: Self.gathered(data, view, count))
  }

  private static let misfit = FormatFault.malformed("a tensor that does not fit its numbers")

  /// The number of elements of a view, all of which lie within its storage.
  private static func count(of view: PickleValues.View, in data: Data) throws -> Int {
    let (available, storage) = (data.count / view.storage.type.size, view.storage)
    guard view.shape.count == view.strides.count, storage.count <= available,
      view.offset >= 0, view.offset <= storage.count, view.strides.allSatisfy({ $0 >= 0 })
    else { throw misfit }
    let count = try view.shape.elements()
    // Views never have more elements than their storage; an enormous one is an attack.
    guard count <= storage.count else { throw misfit }
    guard count > 0 else { return 0 }
    var last = view.offset
    for (side, step) in zip(view.shape, view.strides) {
      last = try last.adding(step.times(side - 1))
    }
    guard last < storage.count else { throw misfit }
    return count
  }

  /// The elements that a view chooses, whose places were checked.
  private static func gathered(_ data: Data, _ view: PickleValues.View, _ count: Int) -> Data {
    guard count > 0 else { return Data() }
    let size = view.storage.type.size
    // Most tensors lie as they are read.
    var step = 1
    let isInOrder = zip(view.shape, view.strides).reversed().allSatisfy { side, stride in
      defer { step *= side }
      return side == 1 || stride == step
    }
    let first = data.startIndex + view.offset * size
    if isInOrder { return data[first..<first + count * size] }
    var bytes = Data(capacity: count * size)
    for element in 0..<count {
      var (rest, place) = (element, 0)
      for (side, stride) in zip(view.shape, view.strides).reversed() {
        place += rest % side * stride
        rest /= side
      }
      bytes.append(data[first + place * size..<first + (place + 1) * size])
    }
    return bytes
  }
}
