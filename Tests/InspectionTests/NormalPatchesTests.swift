import Datasets
import Images
import ModelFiles
import Networks
import Tensors
import TestSupport
import Testing

@testable import AnomalyDetection
@testable import Inspection

@Suite struct `Normal patches` {
  private func describer(_ field: ReceptiveField = .p33) throws -> PatchDescriber {
    PatchDescriber(try PatchDescriptor(field, seed: 3), padding: .reflection)
  }

  /// Random colours, others for each number, as coarse as descriptors see.
  private func noise(_ number: Int, height: Int = 64, width: Int = 64) throws -> Image {
    let seed = UInt64(number + 1)
    let coarse = try Tensor.uniform(shape: [12 * 12 * 3], seed: seed).scalars()
    return try Image(height: 12, width: 12, pixels: coarse).resized(height: height, width: width)
  }

  private func patches(
    of count: Int, height: Int = 64, width: Int = 64, _ field: ReceptiveField = .p33
  ) throws -> NormalPatches {
    let images = ImageCollection(count: count, name: { "good/\($0).png" }) {
      try noise($0, height: height, width: width)
    }
    return try #require(
      try NormalPatches(
        of: images, framing: Framing(side: 64), describer: describer(field),
        run: TrainingRun(seed: 5)))
  }

  @Test func `A coreset is that of the slow and obvious way`() throws {
    let (count, width) = (60, 5)
    let values = try Tensor.normal(shape: [count, width], seed: 9).scalars()
    let rows = (0..<count).map { Array(values[$0 * width..<($0 + 1) * width].map(Double.init)) }
    let mean = (0..<width).map { column in rows.reduce(0) { $0 + $1[column] } / Double(count) }
    let distance = { (a: [Double], b: [Double]) in
      zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    var expected = [rows.indices.min { distance(rows[$0], mean) < distance(rows[$1], mean) } ?? 0]
    while expected.count < 12 {
      let nearest = rows.map { row in expected.map { distance(row, rows[$0]) }.min() ?? 0 }
      expected.append(rows.indices.max { nearest[$0] < nearest[$1] } ?? 0)
    }
    let tensor = try Tensor(shape: [count, width], scalars: values)
    #expect(try tensor.coreset(atMost: 12) == expected)
    #expect(Set(try tensor.coreset(atMost: 200)).count == count)
  }

  @Test func `Rows that are alike are chosen once`() throws {
    let row = try Tensor.normal(shape: [2, 128], seed: 4)
    let alike = try Tensor.concatenating([row, row, row])
    #expect(try alike.coreset(atMost: 6).count == 2)
  }

  @Test(arguments: ReceptiveField.allCases)
  func `A patch is described as in the dense map, at the place that is told`(
    _ field: ReceptiveField
  ) throws {
    let (describer, image) = (try describer(field), try noise(0, height: 72, width: 67))
    let dense = try describer.network.describe(
      field.padded(image.tensor()), at: .every)
    let at = { (pixel: PixelPlace) in
      try dense.slice(2, from: pixel.row, length: 1).slice(3, from: pixel.column, length: 1)
        .reshaped([1, ReceptiveField.dimension])
    }
    var random = SystemRandomNumberGenerator()
    let found = try describer.descriptors(of: image, atMost: 8, using: &random)
    #expect(found.pixels.count == 8)
    // Fast convolutions differ by 1e-4 of the descriptors' spread; neighbours differ by far more.
    let spread = try (dense - dense.mean(over: [2, 3], keepingAxes: true)).squared().mean()
      .squareRoot().scalar()
    let absolute = 2e-3 * Double(spread)
    try expectClose(
      found.descriptors, .concatenating(found.pixels.map(at)), absolute: absolute)
    let corners = [PixelPlace(row: 0, column: 0), PixelPlace(row: 71, column: 66)]
    try expectClose(
      describer.descriptors(of: image, at: corners), .concatenating(corners.map(at)),
      absolute: absolute)
  }

  @Test func `What was seen before is found in its place, and new patches lie as far as usual`()
    throws
  {
    let normal = try patches(of: 4)
    let place = normal.places[7]
    let similar = try normal.similar(
      toPatchesAround: [place.pixel], of: noise(place.source), describer: describer(), atMost: 3)
    #expect(similar[0].count == 3)
    #expect(similar[0][0].image == "good/\(place.source).png")
    #expect(similar[0][0].distance < 0.01)
    #expect(similar[0][0].number == 7)
    #expect(Set(similar[0].map(\.image)).count == 3)
    #expect(similar[0].map(\.distance) == similar[0].map(\.distance).sorted())

    let new = try normal.similar(
      toPatchesAround: (0..<64).map { PixelPlace(row: $0, column: 63 - $0) }, of: noise(99),
      describer: describer(), atMost: 1)
    let median = new.map { $0[0].distance }.sorted()[32]
    #expect(median > 0.5 && median < 2)
  }

  @Test func `Boxes lie in the image, in its own pixels`() throws {
    let normal = try patches(of: 3, height: 128, width: 32)
    for number in normal.places.indices {
      let pixel = normal.places[number].pixel
      let found = try normal.nearest(
        to: normal.descriptors.slice(0, from: number, length: 1), atMost: 1)
      #expect(found[0][0].number == number)
      let patch = try normal.similar(
        toPatchesAround: [pixel],
        of: noise(normal.places[number].source, height: 128, width: 32)
          .resized(height: 64, width: 64), describer: describer(), atMost: 1)[0][0]
      #expect(patch.y >= 0 && patch.y + patch.height <= 128)
      #expect(patch.x >= 0 && patch.x + patch.width <= 32)
      #expect(patch.y == 2 * max(0, pixel.row - 16))
      #expect(patch.x == max(0, pixel.column - 16) / 2)
    }
  }

  @Test func `They come out of a file as they went in`() throws {
    let normal = try patches(of: 3, height: 70, width: 90)
    var file = ModelFile(method: "")
    try normal.write(to: &file)
    let read = try #require(
      try NormalPatches(from: file, framing: Framing(side: 64), describer: describer()))
    #expect(try read.descriptors.scalars() == normal.descriptors.scalars())
    #expect(read.places == normal.places)
    #expect(read.sources.map(\.name) == normal.sources.map(\.name))
    #expect(read.sources.map(\.placement) == normal.sources.map(\.placement))
    #expect(read.sources.map(\.picture) == normal.sources.map(\.picture))
    #expect(read.ordinaryDistance == normal.ordinaryDistance)
    #expect(
      try NormalPatches(from: ModelFile(method: ""), framing: Framing(side: 64), describer: nil)
        == nil)
  }

  @Test func `A file whose parts do not fit is refused`() throws {
    var file = ModelFile(method: "")
    try patches(of: 3).write(to: &file)
    #expect(throws: ModelFileError.self) {
      // A place beyond the square.
      try NormalPatches(from: file, framing: Framing(side: 20), describer: describer())
    }
    #expect(throws: ModelFileError.self) {
      try NormalPatches(from: file, framing: Framing(side: 64), describer: describer(.p65))
    }
    #expect(throws: ModelFileError.self) {
      try NormalPatches(from: file, framing: Framing(side: 64), describer: nil)
    }
    var other = file
    other.tensors["normal.pictures"] = try Tensor(
      shape: [3, 64, 64, 3], scalars: .init(repeating: 0, count: 36864))
    #expect(throws: ModelFileError.self) {
      try NormalPatches(from: other, framing: Framing(side: 64), describer: describer())
    }
    other = file
    other.tensors["normal.descriptors"] = try file.tensors["normal.descriptors"]?.slice(
      0, from: 1, length: 2)
    #expect(throws: WeightsError.self) {
      try NormalPatches(from: other, framing: Framing(side: 64), describer: describer())
    }
  }

  @Test func `Images that are all alike have one patch`() throws {
    let grey = Image(height: 40, width: 40, pixels: .init(repeating: 0.5, count: 4800))
    let normal = try #require(
      try NormalPatches(
        of: ImageCollection([grey, grey]), framing: Framing(side: 40), describer: describer(),
        run: TrainingRun(seed: 1)))
    #expect(normal.count == 1)
    #expect(normal.ordinaryDistance > 0)
  }

  /// Boxes in the region's own place, and none around what never decides.
  @Test func `They are of what is looked at`() throws {
    let region = Rectangle(x: 10, y: 20, width: 60, height: 30)
    let image = try noise(0, height: 70, width: 90)
    let mask = Mask(height: 70, width: 90, isAnomalous: (0..<6300).map { $0 % 90 < 40 })
    let framing = try Framing(side: 64, fit: .pad, region: region).ignoring(
      mask, of: image, named: "mask")
    let images = ImageCollection(count: 3, name: { "\($0)" }) {
      try noise($0, height: 70, width: 90)
    }
    let normal = try #require(
      try NormalPatches(
        of: images, framing: framing, describer: describer(), run: TrainingRun(seed: 5)))
    for place in normal.places {
      let pixel = normal.sources[place.source].placement.inImage(place.pixel)
      #expect((40..<70).contains(pixel.column) && (20..<50).contains(pixel.row))
    }
    let found = try normal.similar(
      toPatchesAround: normal.places.prefix(20).map(\.pixel), of: framing.framed(image),
      describer: describer(), atMost: 3
    ).flatMap(\.self)
    for patch in found {
      #expect(patch.x >= 10 && patch.x + patch.width <= 70 && patch.width > 0)
      #expect(patch.y >= 20 && patch.y + patch.height <= 50 && patch.height > 0)
    }
    var file = ModelFile(method: "")
    try normal.write(to: &file)
    let read = try NormalPatches(from: file, framing: framing, describer: describer())
    #expect(read?.sources.map(\.placement) == normal.sources.map(\.placement))
    // Images that the model could not look at are not those that it comes from.
    let far = Framing(side: 64, region: Rectangle(x: 80, y: 0, width: 20, height: 20))
    #expect(throws: ModelFileError.self) {
      try NormalPatches(from: file, framing: far, describer: describer())
    }
  }
}
