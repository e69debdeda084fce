import AnomalyDetection
import Images
import Networks
import Tensors
import TestSupport
import Testing

@testable import StudentTeacher

/// A scale of random networks.
func scale(_ field: ReceptiveField, students: Int = 1) throws -> FittedScale {
  let shape = [1, ReceptiveField.dimension, 1, 1]
  return FittedScale(
    teacher: try PatchDescriptor(field, seed: 1),
    statistics: DescriptorStatistics(
      mean: try Tensor(repeating: 0.1, shape: shape),
      deviation: try Tensor(repeating: 0.7, shape: shape)),
    students: try (0..<students).map { try PatchDescriptor(field, seed: UInt64(2 + $0)) })
}

@Suite(.serialized) struct `Maps of large images` {
  /// Sides that are multiples of nothing, tiles that leave a narrow rest.
  @Test(arguments: ReceptiveField.allCases, Density.allCases)
  func `do not show their tiles`(field: ReceptiveField, density: Density) throws {
    let scale = try scale(field)
    // Every pixel of the full size for the strided form; a part of it where that takes minutes.
    let (height, width) = density == .strided ? (257, 391) : (117, 131)
    let image = try Tensor.uniform(shape: [1, 3, height, width], seed: 3)
    let whole = try scale.errorAndUncertainty(
      of: image, density: density, padding: .reflection, tilePixels: 1000)
    let tiled = try scale.errorAndUncertainty(
      of: image, density: density, padding: .reflection, tilePixels: 99)
    #expect(whole.error.shape == [1, 1, height, width])
    // Sums of thousands of products in another order.
    try expectClose(tiled.error, whole.error, relative: 1e-4, absolute: 1e-3)
    try expectClose(tiled.uncertainty, whole.uncertainty, relative: 1e-4, absolute: 1e-3)
  }

  @Test func `of 257 × 391 pixels do not show their tiles at any pixel`() throws {
    let scale = try scale(.p33)
    let image = try Tensor.uniform(shape: [1, 3, 257, 391], seed: 3)
    let whole = try scale.errorAndUncertainty(
      of: image, density: .full, padding: .reflection, tilePixels: 1000)
    let tiled = try scale.errorAndUncertainty(
      of: image, density: .full, padding: .reflection, tilePixels: 160)
    try expectClose(tiled.error, whole.error, relative: 1e-4, absolute: 1e-3)
  }
}

@Suite struct `Strided maps` {
  @Test(arguments: [ReceptiveField.p33, .p65])
  func `equal the full ones at their samples`(field: ReceptiveField) throws {
    let scale = try scale(field, students: 2)
    let image = try Tensor.uniform(shape: [1, 3, 70, 61], seed: 5)
    let full = try scale.errorAndUncertainty(of: image, density: .full, padding: .reflection)
    let strided = try scale.errorAndUncertainty(of: image, density: .strided, padding: .reflection)
    let rows = SampledPixels(length: 70, spacing: field.stride)
    let columns = SampledPixels(length: 61, spacing: field.stride)
    let atSamples = { (map: Tensor) in
      try map.slice(2, from: rows.offset, length: rows.count, step: rows.spacing)
        .slice(3, from: columns.offset, length: columns.count, step: columns.spacing)
    }
    try expectClose(
      atSamples(strided.error), atSamples(full.error), relative: 1e-4, absolute: 1e-3)
    try expectClose(
      atSamples(strided.uncertainty), atSamples(full.uncertainty), relative: 1e-4, absolute: 1e-3)
  }

  /// A plane stays a plane between the samples; beyond them the outermost value goes on.
  @Test func `are linear between their samples`() throws {
    let rows = SampledPixels(length: 11, spacing: 4)
    let columns = SampledPixels(length: 9, spacing: 4)
    #expect(rows.offset == 1 && rows.count == 3 && columns.count == 2)
    let plane = { (row: Int, column: Int) -> Float in Float(10 * row + column) }
    let samples = (0..<rows.count * columns.count).map { number -> Float in
      plane(1 + 4 * (number / columns.count), 1 + 4 * (number % columns.count))
    }
    let map = try Tensor(shape: [1, 1, rows.count, columns.count], scalars: samples)
      .interpolated(rows: rows, columns: columns, height: 11, width: 9)
    let expected = (0..<11 * 9).map { pixel -> Double in
      Double(plane(min(max(pixel / 9, 1), 9), min(max(pixel % 9, 1), 5)))
    }
    try expectClose(map.doubles(), expected)
  }

  @Test func `exist for images of one pixel`() {
    let one = SampledPixels(length: 1, spacing: 8)
    #expect(one.offset == 0 && one.count == 1 && one.extent == 1)
  }

  @Test func `refuse what is too small to be mirrored`() throws {
    let image = try Tensor.uniform(shape: [1, 3, 16, 40], seed: 5)
    #expect(throws: MappingError.tooSmall(height: 16, width: 40, least: 17)) {
      try scale(.p33).errorAndUncertainty(of: image, density: .full, padding: .reflection)
    }
  }
}

extension AnomalyDetector {
  /// The map of an image, computed here and now.
  func map(_ image: Image, _ density: Density? = nil) throws -> AnomalyMap {
    let execution = Execution(density: density ?? densities.first { $0 == .strided })
    return try placed(for: execution).evidence(of: [image]) { _, _ in }[0].map
  }
}
