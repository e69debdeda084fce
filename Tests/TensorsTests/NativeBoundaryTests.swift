import CTensors
import Foundation
import TestSupport
import Testing

@testable import Tensors

/// What makes no sense comes back as an error with a message, from every entry of the C face that
/// computes with what it is given; the address sanitizer runs these tests too.
@Suite struct `The native boundary` {
  private func expectRefusal(
    _ words: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Tensor
  ) {
    #expect(sourceLocation: sourceLocation) {
      _ = try body()
    } throws: {
      $0 is TensorError && "\($0)".contains(words)
    }
  }

  private func ones(_ shape: [Int], _ type: ScalarType = .float32) throws -> Tensor {
    try Tensor(repeating: 1, shape: shape, type: type)
  }

  /// Nothing is dropped from the tests of kernels without being noticed.
  @Test func `has kernels for every instruction set of this processor`() throws {
    var expected = 1
    #if arch(x86_64) && os(Linux)
      let limit = ProcessInfo.processInfo.environment["ATEN_CPU_CAPABILITY"]
      let processor = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
      let flags = Set(
        processor.split(separator: "\n").first { $0.hasPrefix("flags") }?.split(separator: " ")
          ?? [])
      if flags.isSuperset(of: ["avx2", "fma"]), limit != "default" { expected += 1 }
      if flags.contains("avx512f"), limit != "default", limit != "avx2" { expected += 1 }
    #endif
    #expect(MinimalFilter.instructionSets == expected)
    for rank in [-1, expected, .max] {
      let (deep, shallow) = try (ones([64, 64, 3, 3]), ones([32, 3, 3, 3]))
      let (images, colors) = try (ones([1, 64, 9, 9]), ones([1, 3, 9, 9]))
      let (bias, half) = try (ones([64]), ones([32]))
      expectRefusal("no instruction set") {
        try MinimalFilter(weight: deep, bias: bias, instructions: rank)?(images) ?? images
      }
      expectRefusal("no instruction set") {
        try images.minimallyConvolved(with: deep, bias: bias, instructions: rank)
      }
      expectRefusal("no instruction set") {
        try ShallowFilter(weight: shallow, bias: half, instructions: rank)?(colors) ?? colors
      }
      expectRefusal("no instruction set") {
        try colors.shallowlyConvolved(with: shallow, bias: half, instructions: rank)
      }
    }
  }

  @Test func `of minimal filtering refuses what it would read or write beyond`() throws {
    let (images, weight, bias) = try (ones([1, 64, 9, 9]), ones([64, 64, 3, 3]), ones([64]))
    func convolve(
      _ images: Tensor, _ weight: Tensor, _ bias: Tensor, dilation: Int = 1, slope: Double = 1
    ) throws -> Tensor {
      try images.minimallyConvolved(with: weight, bias: bias, dilation: dilation, slope: slope)
    }
    for (wrong, words) in try [
      (ones([63]), "a bias of 63 numbers for 64"), (ones([64, 1]), "must be float32"),
      (ones([64], .float64), "not Double"), (ones([64], .int64), "not Long"), (ones([]), "1 axes"),
    ] {
      expectRefusal(words) { try convolve(images, weight, wrong) }
      expectRefusal(words) { try MinimalFilter(weight: weight, bias: wrong)?(images) ?? images }
    }
    for wrong in try [
      ones([64, 9, 9]), ones([1, 63, 9, 9]), ones([1, 64, 9, 9], .float64), ones([1, 64, 2, 9]),
      ones([1, 64, 9, 0]), ones([9]), ones([]), ones([1, 64, 9, 9], .uint8),
    ] {
      #expect(throws: TensorError.self) { try convolve(wrong, weight, bias) }
      #expect(throws: TensorError.self) { try MinimalFilter(weight: weight, bias: bias)?(wrong) }
    }
    for wrong in try [
      ones([64, 64, 3, 4]), ones([64, 64, 1, 1]), ones([64, 64, 7, 7]), ones([32, 64, 3, 3]),
      ones([0, 64, 3, 3]), ones([64, 64, 3, 3], .float64), ones([64, 64, 3]), ones([64]),
    ] {
      #expect(throws: TensorError.self) { try convolve(images, wrong, bias) }
      #expect(throws: TensorError.self) { try made { ct_filters(wrong.pointer, 0, &$0) } }
    }
    for dilation in [0, -1, 5, 1 << 20, .max, .min] {
      #expect(throws: TensorError.self) { try convolve(images, weight, bias, dilation: dilation) }
      let filter = try #require(try MinimalFilter(weight: weight, bias: bias))
      #expect(throws: TensorError.self) { try filter(images, dilation: dilation) }
    }
    for padding in [-1, 1 << 20, .max, .min] {
      let filter = try #require(try MinimalFilter(weight: weight, bias: bias))
      #expect(throws: TensorError.self) { try filter(images, padding: padding) }
    }
    for slope in [-0.1, 1.1, .nan, .infinity] {
      expectRefusal("leaky rectifier") { try convolve(images, weight, bias, slope: slope) }
    }
  }

  @Test func `takes only filters that were packed`() throws {
    let (images, bias) = try (ones([1, 64, 9, 9]), ones([64]))
    let weight = try ones([64, 64, 3, 3])
    let packed = try made { ct_filters(weight.pointer, 0, &$0) }
    let panel = packed.shape[3]
    func filter(_ packed: Tensor, side: Int64) throws -> Tensor {
      try made {
        ct_filter2d(images.pointer, packed.pointer, bias.pointer, side, 1, 0, 1, &$0)
      }
    }
    #expect(try filter(packed, side: 3).shape == [1, 64, 7, 7])
    for side: Int64 in [-1, 0, 1, 7, 24, .max, .min] {
      #expect(throws: TensorError.self) { try filter(packed, side: side) }
    }
    // Four times the planes of a tile, or those of no tile.
    for points in [0, 1, 16, 63, 256] {
      let other = try ones([points, 64 / panel, 64, panel])
      #expect(throws: TensorError.self) { try filter(other, side: 3) }
    }
    // There are no kernels for three weights a side on tiles of ten pixels.
    expectRefusal("no kernel for 3 weights a side on tiles of 10") {
      try filter(ones([100, 64 / panel, 64, panel]), side: 3)
    }
    for wrong in try [
      ones([64, 64 / panel, 64, panel + 1]), ones([64, 64 / panel, 32, panel]),
      ones([64, 1, 64, panel], .float64), ones([64]), packed.permuted([0, 2, 1, 3]),
      ones([64, panel, 64, 64 / panel]).permuted([0, 3, 2, 1]),
    ] where wrong.shape != packed.shape || wrong.type != .float32 || panel < 64 {
      #expect(throws: TensorError.self) { try filter(wrong, side: 3) }
    }
    for (height, side, dilation) in [
      (0, 3, 1), (-5, 3, 1), (9, 12, 1), (9, 0, 1), (9, 3, 0), (.max, 3, 1), (9, 3, .max),
    ] {
      for learning in [false, true] {
        #expect(
          MinimalFilter.products(
            height: height, width: 9, side: side, dilation: dilation, learning: learning) == nil)
      }
    }
  }

  @Test func `of shallow convolutions refuses what it would read or write beyond`() throws {
    let (images, weight, bias) = try (ones([1, 3, 9, 9]), ones([32, 3, 5, 5]), ones([32]))
    let filter = try #require(try ShallowFilter(weight: weight, bias: bias))
    for wrong in try [ones([31]), ones([32, 1]), ones([32], .float64), ones([])] {
      #expect(throws: TensorError.self) { try images.shallowlyConvolved(with: weight, bias: wrong) }
      #expect(throws: TensorError.self) { try ShallowFilter(weight: weight, bias: wrong)?(images) }
    }
    for wrong in try [
      ones([3, 9, 9]), ones([1, 4, 9, 9]), ones([1, 3, 9, 9], .float64), ones([1, 3, 4, 9]),
      ones([1, 3, 9, 0]), ones([9]), ones([]),
    ] {
      #expect(throws: TensorError.self) { try wrong.shallowlyConvolved(with: weight, bias: bias) }
      #expect(throws: TensorError.self) { try filter(wrong) }
      #expect(throws: TensorError.self) { try filter(wrong, pool: 2) }
    }
    for wrong in try [
      ones([33, 3, 5, 5]), ones([32, 3, 5, 4]), ones([32, 3, 0, 0]), ones([0, 3, 5, 5]),
      ones([32, 3, 5]), ones([32, 3, 5, 5], .float64), ones([32, 0, 5, 5]),
    ] {
      #expect(throws: TensorError.self) { try images.shallowlyConvolved(with: wrong, bias: bias) }
      #expect(throws: TensorError.self) { try made { ct_shallow_filters(wrong.pointer, 0, &$0) } }
    }
    for pool in [-1, 1 << 20, .max, .min] {
      #expect(throws: TensorError.self) { try filter(images, pool: pool) }
    }
    let packed = try made { ct_shallow_filters(weight.pointer, 0, &$0) }
    let panel = packed.shape[4]
    for wrong in try [
      ones([32 / panel, 5, 4, 3, panel]), ones([32 / panel, 5, 5, 3, panel + 1]), ones([1]),
      ones([0, 5, 5, 3, panel]), ones([32 / panel, 5, 5, 3, panel], .float64),
      ones([32 / panel, 5, 3, 5, panel]).permuted([0, 1, 3, 2, 4]),
    ] {
      #expect(throws: TensorError.self) {
        try made {
          ct_shallow_conv2d(images.pointer, wrong.pointer, bias.pointer, 1, 0, &$0)
        }
      }
    }
    // No gradients pass through pools that overlap.
    #expect(throws: TensorError.self) {
      try made {
        ct_shallow_conv2d_learning(images.pointer, weight.pointer, bias.pointer, 1, 1, 0, &$0)
      }
    }
  }

  /// A batch may have no images: nothing comes out, and gradients are zero.
  @Test func `takes batches without images`() throws {
    let (deep, biases) = try (ones([64, 64, 3, 3]).parameter(), ones([64]).parameter())
    let none = try ones([0, 64, 9, 9])
    let filter = try #require(try MinimalFilter(weight: deep, bias: biases))
    #expect(try filter(none).shape == [0, 64, 7, 7])
    let output = try none.minimallyConvolved(with: deep, bias: biases)
    #expect(output.shape == [0, 64, 7, 7])
    try expectZeros(output.sum().gradients(for: [deep, biases]))

    let (shallow, bias) = try (ones([32, 3, 5, 5]).parameter(), ones([32]).parameter())
    let noColors = try ones([0, 3, 9, 9])
    let colors = try #require(try ShallowFilter(weight: shallow, bias: bias))
    #expect(try colors(noColors, pool: 2).shape == [0, 32, 2, 2])
    let pooled = try noColors.shallowlyConvolved(with: shallow, bias: bias, pooled: true)
    try expectZeros(pooled.sum().gradients(for: [shallow, bias]))
    #expect(try noColors.maxPooled(kernel: 2, stride: 2).shape == [0, 3, 4, 4])
  }

  private func expectZeros(_ gradients: [Tensor]) throws {
    for gradient in gradients {
      let largest = try gradient.magnitude().largest().scalar()
      #expect(largest == 0)
    }
  }

  @Test func `of pools refuses strides and dilations that are none`() throws {
    let images = try ones([1, 4, 9, 9])
    for (stride, dilation) in [(0, 1), (-1, 1), (1, 0), (2, -3), (.max, 1), (1, .max), (1, 9)] {
      #expect(throws: TensorError.self) {
        try images.maxPooled(kernel: 2, stride: stride, dilation: dilation)
      }
      #expect(throws: TensorError.self) {
        try images.parameter().maxPooled(kernel: 2, stride: stride, dilation: dilation)
      }
    }
  }

  @Test func `of samples refuses rows that are not part of the whole`() throws {
    let distances = try BiasAndVariance(ofSamples: 2, shape: [1, 8, 6, 5], on: .cpu)
    let rows = try ones([1, 8, 2, 5])
    for row in [-1, 5, 6, .max, .min] {
      #expect(throws: TensorError.self) { try distances.add(rows, from: row, ofSample: 0) }
    }
    for number in [-1, 2, .max] {
      #expect(throws: TensorError.self) { try distances.add(rows, from: 0, ofSample: number) }
    }
    for wrong in try [
      ones([1, 8, 7, 5]), ones([1, 8, 2, 4]), ones([1, 4, 2, 5]), ones([2, 8, 2, 5]),
      ones([1, 8, 2, 5], .float64), ones([8, 2, 5]),
    ] {
      #expect(throws: TensorError.self) { try distances.add(wrong, from: 0, ofSample: 0) }
    }
    for wrong in try [ones([7]), ones([8], .float64), ones([0])] {
      let mean = try ones([8])
      #expect(throws: TensorError.self) {
        try distances.compare(withTarget: rows, from: 0, mean: wrong, deviation: mean)
      }
      #expect(throws: TensorError.self) {
        try distances.compare(withTarget: rows, from: 0, mean: mean, deviation: wrong)
      }
    }
  }

  @Test func `of threads takes as many as there can be`() throws {
    let before = Runtime.threads
    for count in [0, -1, 1025, 3_000_000_000, .max, .min] {
      #expect(throws: TensorError.self) { try Runtime.setThreads(count) }
    }
    #expect(Runtime.threads == before)
  }

  @Test func `of views and copies stays inside`() throws {
    let tensor = try ones([3, 4])
    for (start, length, step) in [
      (0, 5, 1), (4, 1, 1), (0, 2, 4), (1, .max, .max), (.max, 1, 1), (-1, 1, 1), (0, -1, 1),
      (0, 1, 0), (5, 0, 1), (0, .max, 2), (.min, 1, 1),
    ] {
      #expect(throws: TensorError.self) {
        try tensor.slice(1, from: start, length: length, step: step)
      }
    }
    #expect(try tensor.slice(1, from: 1, length: 2, step: 2).shape == [3, 2])
    #expect(try tensor.slice(1, from: 4, length: 0).shape == [3, 0])
    for axis in [2, -3, Int.max, .min] {
      #expect(throws: TensorError.self) { try tensor.slice(axis, from: 0, length: 1) }
      #expect(throws: TensorError.self) { try tensor.selecting([0], axis: axis) }
      #expect(throws: TensorError.self) { try tensor.placeOfSmallest(along: axis) }
    }
    for index in [4, -5, Int.max] {
      #expect(throws: TensorError.self) { try tensor.selecting([index], axis: 1) }
    }
    for (part, offsets) in try [
      (ones([1, 4]), [3, 0]), (ones([1, 5]), [0, 0]), (ones([1, 1]), [0, 4]), (ones([4]), [0]),
      (ones([1, 1]), [0]), (ones([1, 1]), [0, 0, 0]), (ones([1, 1]), [.max, 0]),
    ] {
      #expect(throws: TensorError.self) { try tensor.write(part, at: offsets) }
    }
    for shape in [[-1], [.max, .max], [1 << 62], [Int](repeating: 1, count: 65)] {
      #expect(throws: TensorError.self) { try Tensor(repeating: 0, shape: shape) }
      #expect(throws: TensorError.self) {
        try Tensor(
          shape: shape, type: .float32, bytes: UnsafeRawBufferPointer(start: nil, count: 0))
      }
    }
    #expect(throws: TensorError.self) { try Tensor.concatenating([]) }
    #expect(throws: TensorError.self) { try Tensor.stacking([]) }
    #expect(ct_side(tensor.pointer, 2) == -1 && ct_side(tensor.pointer, -1) == -1)
    var byte: UInt8 = 0
    #expect(ct_copy(tensor.pointer, CTFloat32, &byte, 1) == 1)
    #expect(ct_copy(tensor.pointer, CTFloat32, nil, 48) == 1)
    var out: OpaquePointer?
    #expect(ct_from_bytes(nil, 4, CTFloat32, [1], 1, &out) == 1)
    #expect(ct_from_bytes(&byte, 1, CTFloat32, [1], 1, &out) == 1)
    #expect(ct_from_bytes(&byte, 1, CTUInt8, nil, 1, &out) == 1)
    #expect(ct_from_bytes(&byte, 1, CTUInt8, [1], -1, &out) == 1)
    #expect(ct_reduce(CTSum, tensor.pointer, [0], -1, false, &out) == 1)
    #expect(ct_concatenate(nil, 3, 0, &out) == 1 && ct_stack(nil, -1, 0, &out) == 1)
    #expect(out == nil)
  }

  @Test func `of Adam takes what lies as its parameters do`() throws {
    let settings = Adam.Settings(learningRate: 0.1, weightDecay: 0)
    let weight = try Tensor.normal(shape: [4, 3, 5, 5], seed: 1)
    #expect(throws: TensorError.self) { try Adam([weight], settings).step([ones([2])]) }
    #expect(throws: TensorError.self) {
      try Adam([weight], settings).step([ones([4, 3, 5, 5], .float64)])
    }
    let zeros = try weight * 0
    for (mean, count) in try [
      (zeros.channelsLast(), ones([])), (ones([4, 3, 5]), ones([])), (zeros, ones([2])),
      (zeros.to(.float64), ones([])),
    ] {
      let adam = try Adam([weight], settings, state: [mean, zeros, count])
      #expect(throws: TensorError.self) { try adam.step([weight]) }
    }
  }

  @Test func `of convolutions refuses what libtorch refuses`() throws {
    let (images, weight) = try (ones([1, 3, 9, 9]), ones([4, 3, 3, 3]))
    for (stride, padding, dilation, groups) in [
      (0, 0, 1, 1), (-1, 0, 1, 1), (1, -1, 1, 1), (1, 0, 0, 1), (1, 0, 1, 0), (1, 0, 1, 2),
      (1, 0, .max, 1), (.min, 0, 1, 1),
    ] {
      #expect(throws: TensorError.self) {
        try images.convolved(
          with: weight, stride: stride, padding: padding, dilation: dilation, groups: groups)
      }
    }
    #expect(throws: TensorError.self) { try images.convolved(with: weight, bias: ones([3])) }
    #expect(throws: TensorError.self) {
      try images.spread(by: ones([3, 2, 3, 3]), bias: ones([3]))
    }
    let channel = try ones([3])
    #expect(throws: TensorError.self) {
      try images.batchNormalized(
        scale: channel, shift: ones([2]), mean: channel, variance: channel, learning: false)
    }
    #expect(throws: TensorError.self) { try images.resized(height: 0, width: 4) }
    #expect(throws: TensorError.self) { try images.resized(height: .min, width: 4) }
    #expect(throws: TensorError.self) {
      try images.padded(.replication, left: .min, right: 0, top: 0, bottom: 0)
    }
    #expect(throws: TensorError.self) {
      try Tensor(shape: [1], integers: [5]).oneHot(classes: 3)
    }
  }
}
