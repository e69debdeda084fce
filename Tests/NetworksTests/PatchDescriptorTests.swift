import Networks
import Tensors
import TestSupport
import Testing

/// The forms of a network are compared in 64 bits: there they all sum the same products, and agree
/// but for rounding.
@Suite struct `Patch descriptors` {
  private func exact(_ field: ReceptiveField, seed: UInt64) throws -> PatchDescriptor {
    try PatchDescriptor(field, seed: seed).map { try $0.to(.float64) }
  }

  /// Descriptors of random networks have unit scale.
  @Test(arguments: ReceptiveField.allCases)
  func `are in 32 bits what they are in 64`(field: ReceptiveField) throws {
    let network = try PatchDescriptor(field, seed: 6)
    let padded = try field.padded(Tensor.uniform(shape: [1, 3, 70, 75], seed: 7))
    let dense = try exact(field, seed: 6).describe(padded, at: .every)
    let strided = try exact(field, seed: 6).describe(padded, at: .strided)
    for fast in [network, try network.frozen()] {
      try expectClose(
        fast.describe(padded, at: .every).to(.float64), dense, relative: 0, absolute: 1e-3)
      try expectClose(
        fast.describe(padded, at: .strided).to(.float64), strided, relative: 0, absolute: 1e-3)
    }
  }

  /// Two bands, the last with what is left over; and a single one of several images.
  @Test(arguments: ReceptiveField.allCases, [1, 2])
  func `come the same some rows at a time`(field: ReceptiveField, images: Int) throws {
    let network = try PatchDescriptor(field, seed: 6).frozen()
    let margins = field.effectiveSide - 1
    let (height, width) = images == 1 ? (70, 256) : (40, 36)
    let padded = try Tensor.uniform(
      shape: [images, 3, height + margins, width + margins], seed: 7)
    for positions in Positions.allCases {
      var bands: [Tensor] = []
      try network.describe(padded, at: positions) { rows, first in
        #expect(first == bands.reduce(0) { $0 + $1.imageAxes.2 })
        bands.append(rows)
      }
      #expect(bands.count == (images == 1 && (positions == .every || field == .p17) ? 2 : 1))
      try expectClose(
        Tensor.concatenating(bands, axis: 2),
        network.describe(padded, at: positions), relative: 0, absolute: 2e-3)
    }
  }

  @Test(arguments: zip(ReceptiveField.allCases, [2_996_480, 1_616_000, 2_320_640]))
  func `have as many weights as the paper's networks`(field: ReceptiveField, count: Int) throws {
    let network = try PatchDescriptor(field, seed: 1)
    #expect(network.parameters.reduce(0) { $0 + $1.count } == count)
  }

  @Test(arguments: zip(ReceptiveField.allCases, [(17, 1, 8), (32, 4, 15), (60, 8, 27)]))
  func `see this many pixels`(field: ReceptiveField, seen: (side: Int, stride: Int, after: Int)) {
    #expect(field.effectiveSide == seen.side)
    #expect(field.stride == seen.stride)
    #expect(field.marginAfter == seen.after)
  }

  /// Every seventh pixel of a small image, borders included, against the patch cut out around it:
  /// all offsets against the pools are among them.
  @Test(arguments: ReceptiveField.allCases)
  func `at any pixel equal those of the patch around it`(field: ReceptiveField) throws {
    let network = try exact(field, seed: 2)
    let (height, width) = (37, 35)
    let image = try Tensor.uniform(shape: [1, 3, height, width], seed: 3)
    let side = field.patchSide
    // Padded to whole patches here; the network's last columns do not reach the descriptor.
    let padded = try image.padded(
      .reflection, left: side / 2, right: side / 2, top: side / 2, bottom: side / 2)
    let pixels = Array(stride(from: 0, to: height * width, by: 7))
    let patches = try Tensor.concatenating(
      pixels.map { pixel in
        try padded.slice(2, from: pixel / width, length: side)
          .slice(3, from: pixel % width, length: side)
      })
    let expected = try network.describe(patches: patches)
    let dense = try network.describe(field.padded(image), at: .every).permuted([0, 2, 3, 1])
      .reshaped([height * width, ReceptiveField.dimension]).selecting(pixels)
    try expectClose(dense, expected, relative: 1e-9, absolute: 1e-9)
  }

  @Test(arguments: [ReceptiveField.p33, .p65], [(0, 0), (3, 1), (2, 3)])
  func `at every few pixels equal the dense ones there`(
    field: ReceptiveField, offset: (row: Int, column: Int)
  ) throws {
    let network = try exact(field, seed: 4)
    let image = try Tensor.uniform(shape: [2, 3, 50, 41], seed: 5)
    let dense = try network.describe(field.padded(image), at: .every)
    let strided = try network.describe(
      field.padded(image, from: offset), at: .strided)
    let (rows, columns) = (strided.imageAxes.height, strided.imageAxes.width)
    #expect(rows == (50 - 1 - offset.row) / field.stride + 1)
    #expect(columns == (41 - 1 - offset.column) / field.stride + 1)
    let sampled =
      try dense.slice(2, from: offset.row, length: rows, step: field.stride)
      .slice(3, from: offset.column, length: columns, step: field.stride)
    try expectClose(strided, sampled, relative: 1e-9, absolute: 1e-9)
  }
}
