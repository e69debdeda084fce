import Tensors

/// The part of a batch of photo patches that one of several processes looks at: some of its photos.
struct BatchShare {
  /// Which photos of a batch; nil for all.
  let photos: Range<Int>?
  private let group: ProcessGroup?
  /// How many patches each process has.
  private let counts: [Int]

  /// The share of this process, of photos that give so many patches each.
  ///
  /// - Throws: ``ProcessGroupError`` where there are fewer photos than processes.
  init(of patchCounts: [Int], in group: ProcessGroup?) throws {
    self.group = group
    guard let group else {
      (photos, counts) = (nil, [patchCounts.reduce(0, +)])
      return
    }
    photos = try group.share(of: patchCounts.count, named: "photographs")
    counts = (0..<group.worldSize).map { rank in
      patchCounts[group.share(of: patchCounts.count, rank: rank)].reduce(0, +)
    }
  }

  /// Which part of a number that all processes have alike is this one's, where they are added up.
  var ofWhole: Double { 1 / Double(counts.count) }

  /// What a mean over this process's patches adds to the mean over all.
  func weighted(_ mean: Tensor) throws -> Tensor {
    guard let group else { return mean }
    return try mean * (Double(counts[group.rank]) / Double(counts.reduce(0, +)))
  }

  /// The descriptors of all processes' patches; see ``ProcessGroup/gathered(_:counts:)``.
  func gathered(_ descriptors: Tensor) throws -> Tensor {
    try group?.gathered(descriptors, counts: counts) ?? descriptors
  }
}
