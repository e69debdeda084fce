import CTensors

/// An array of numbers of any rank, on the processor or an accelerator.
///
/// A value: no public operation changes a tensor. Within the package ``write(_:at:)`` and ``Adam`` do, each
/// for tensors that it alone holds. Views
/// (``reshaped(_:)``, ``permuted(_:)``, slices) share memory with what they were made from. Memory
/// is freed when the last reference goes.
public struct Tensor: Sendable {
  let handle: Handle

  init(_ handle: Handle) {
    self.handle = handle
  }

  /// The owner of one native tensor.
  ///
  /// `@unchecked`: libtorch's tensors may be read from many threads, and the two operations that
  /// change one in place are not public, and need a single owner.
  final class Handle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
      self.pointer = pointer
    }

    deinit {
      ct_free(pointer)
    }
  }

  var pointer: OpaquePointer { handle.pointer }
}

// MARK: - Creation

extension Tensor {
  /// A tensor of the given numbers in row-major order.
  ///
  /// - Precondition: The shape holds exactly as many elements as there are scalars.
  public init(shape: [Int], scalars: [Float]) throws {
    try self.init(shape: shape, elements: scalars, type: .float32)
  }

  /// A tensor of the given 64-bit numbers in row-major order.
  ///
  /// - Precondition: The shape holds exactly as many elements as there are doubles.
  public init(shape: [Int], doubles: [Double]) throws {
    try self.init(shape: shape, elements: doubles, type: .float64)
  }

  /// A tensor of whole numbers in row-major order.
  ///
  /// - Precondition: The shape holds exactly as many elements as there are integers.
  public init(shape: [Int], integers: [Int64]) throws {
    try self.init(shape: shape, elements: integers, type: .int64)
  }

  /// A tensor of `type` from its elements' bytes in row-major order, which are copied.
  public init(shape: [Int], type: ScalarType, bytes: UnsafeRawBufferPointer) throws {
    self = try made { out in
      ct_from_bytes(
        bytes.baseAddress, bytes.count, type.native, shape.map(Int64.init),
        Int32(clamping: shape.count),
        &out)
    }
  }

  private init<Element>(shape: [Int], elements: [Element], type: ScalarType) throws {
    precondition(
      shape.reduce(1, *) == elements.count, "shape \(shape) does not hold \(elements.count)")
    let bytes = { try Tensor(shape: shape, type: type, bytes: $0) }
    self = try elements.withUnsafeBytes(bytes)
  }

  /// A tensor with the same number everywhere.
  public init(
    repeating value: Double, shape: [Int], type: ScalarType = .float32, on device: Device = .cpu
  ) throws {
    self = try made { out in
      ct_full(
        value, type.native, shape.map(Int64.init), Int32(clamping: shape.count), device.native, &out
      )
    }
  }

  /// The square matrix with ones on its diagonal and zeros elsewhere.
  public static func identity(_ size: Int, type: ScalarType = .float32) throws -> Tensor {
    try made { ct_identity(Int64(size), type.native, &$0) }
  }

  /// Independent draws from the standard normal distribution; the same seed gives the same draws.
  public static func normal(shape: [Int], seed: UInt64) throws -> Tensor {
    try made { ct_normal(seed, shape.map(Int64.init), Int32(clamping: shape.count), &$0) }
  }

  /// The seed of one of many things that have a seed together, such as layers or steps, so that
  /// neighbours of neighbouring seeds do not meet.
  public static func seed(_ seed: UInt64, of number: Int) -> UInt64 {
    seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(truncatingIfNeeded: number)
  }

  /// Independent draws from [0, 1); the same seed gives the same draws.
  public static func uniform(shape: [Int], seed: UInt64) throws -> Tensor {
    try made { ct_uniform(seed, shape.map(Int64.init), Int32(clamping: shape.count), &$0) }
  }
}

// MARK: - Reading

extension Tensor {
  /// The number of axes.
  public var rank: Int { Int(ct_rank(pointer)) }

  /// The length of each axis.
  public var shape: [Int] { (0..<rank).map { Int(ct_side(pointer, Int32(clamping: $0))) } }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// What the elements are.
  public var type: ScalarType { ScalarType(ct_scalar(pointer)) }

  /// Where the elements are.
  public var device: Device { Device(ct_device(pointer)) }

  /// The sides of a batch of images or feature maps, N × C × H × W.
  ///
  /// - Precondition: The tensor has four axes.
  public var imageAxes: (batch: Int, channels: Int, height: Int, width: Int) {
    let shape = shape
    precondition(shape.count == 4, "a batch of images has four axes, not \(shape)")
    return (shape[0], shape[1], shape[2], shape[3])
  }

  /// The elements as 32-bit numbers in row-major order, copied to the processor.
  public func scalars() throws -> [Float] {
    try elements(.float32, zero: 0)
  }

  /// The elements of each part along the first axis, such as each image's, copied to the processor at
  /// once.
  public func scalarsOfEach() throws -> [[Float]] {
    let (all, count) = (try scalars(), shape[0])
    let length = all.count / max(count, 1)
    return (0..<count).map { Array(all[$0 * length..<($0 + 1) * length]) }
  }

  /// The elements as 64-bit numbers in row-major order, copied to the processor.
  public func doubles() throws -> [Double] {
    try elements(.float64, zero: 0)
  }

  /// The bytes of the elements, in their own type and row-major order.
  public func bytes() throws -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count * type.size)
    try check(
      result.withUnsafeMutableBytes { ct_copy(pointer, type.native, $0.baseAddress, $0.count) })
    return result
  }

  /// The only element.
  ///
  /// - Precondition: There is exactly one.
  public func scalar() throws -> Float {
    let scalars = try scalars()
    precondition(scalars.count == 1, "one element expected, not \(shape)")
    return scalars[0]
  }

  private func elements<Element>(_ type: ScalarType, zero: Element) throws -> [Element] {
    var result = [Element](repeating: zero, count: count)
    try check(
      result.withUnsafeMutableBytes { ct_copy(pointer, type.native, $0.baseAddress, $0.count) })
    return result
  }
}
