import Downloads

/// Photographs for teachers: some to learn from, some held out to tell how good a teacher is.
public struct Photographs: Sendable, Equatable {
  /// Paths and addresses to learn from.
  public let training: [String]
  /// Those held out: about one in twenty; none where there are fewer than a hundred.
  public let heldOut: [String]

  /// Divides photographs by their file names.
  ///
  /// Whatever else is in the folders, and wherever they lie, a photo is always on the same side:
  /// a teacher can be measured long after it was trained.
  public init(_ paths: [String]) {
    guard paths.count >= 100 else {
      (training, heldOut) = (paths, [])
      return
    }
    let isHeldOut = { (path: String) in
      hash(of: ImageAddress.name(of: path).split(separator: "/").last ?? "") % 20 == 0
    }
    training = paths.filter { !isHeldOut($0) }
    heldOut = paths.filter(isHeldOut)
  }
}

/// The same number for the same name on every machine: FNV-1a (Fowler, Noll and Vo), its high half.
private func hash(of name: Substring) -> UInt64 {
  name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } >> 32
}
