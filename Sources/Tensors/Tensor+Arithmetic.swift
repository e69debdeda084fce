import CTensors

// Element by element, with libtorch's broadcasting rules.
extension Tensor {
  /// The sum of two tensors.
  public static func + (a: Tensor, b: Tensor) throws -> Tensor { try a.binary(CTAdd, b) }
  /// The difference of two tensors.
  public static func - (a: Tensor, b: Tensor) throws -> Tensor { try a.binary(CTSubtract, b) }
  /// The product of two tensors, element by element.
  public static func * (a: Tensor, b: Tensor) throws -> Tensor { try a.binary(CTMultiply, b) }
  /// The quotient of two tensors, element by element.
  public static func / (a: Tensor, b: Tensor) throws -> Tensor { try a.binary(CTDivide, b) }

  /// Adds a number to each element.
  public static func + (a: Tensor, b: Double) throws -> Tensor { try a.binary(CTAdd, b) }
  /// Subtracts a number from each element.
  public static func - (a: Tensor, b: Double) throws -> Tensor { try a.binary(CTSubtract, b) }
  /// Multiplies each element by a number.
  public static func * (a: Tensor, b: Double) throws -> Tensor { try a.binary(CTMultiply, b) }
  /// Divides each element by a number.
  public static func / (a: Tensor, b: Double) throws -> Tensor { try a.binary(CTDivide, b) }

  /// The negative of each element.
  public static prefix func - (a: Tensor) throws -> Tensor { try a.unary(CTNegate) }

  /// The larger of each pair of elements.
  public func maximum(_ other: Tensor) throws -> Tensor { try binary(CTMaximum, other) }
  /// Each element, or `least` where that is larger.
  public func maximum(_ least: Double) throws -> Tensor { try binary(CTMaximum, least) }
  /// The smaller of each pair of elements.
  public func minimum(_ other: Tensor) throws -> Tensor { try binary(CTMinimum, other) }

  /// Each element times itself.
  public func squared() throws -> Tensor { try unary(CTSquare) }
  /// The square root of each element.
  public func squareRoot() throws -> Tensor { try unary(CTSquareRoot) }
  /// e to the power of each element.
  public func exponential() throws -> Tensor { try unary(CTExp) }
  /// The natural logarithm of each element.
  public func logarithm() throws -> Tensor { try unary(CTLog) }
  /// The hyperbolic tangent of each element.
  public func hyperbolicTangent() throws -> Tensor { try unary(CTTanh) }
  /// 1 / (1 + e⁻ˣ) for each element x.
  public func sigmoid() throws -> Tensor { try unary(CTSigmoid) }
  /// ln(1 + eˣ) for each element x.
  public func softplus() throws -> Tensor { try unary(CTSoftplus) }
  /// Each element without its sign.
  public func magnitude() throws -> Tensor { try unary(CTAbsolute) }

  /// Each element moved into the range.
  public func clamped(to range: ClosedRange<Double>) throws -> Tensor {
    try made { ct_clamp(pointer, range.lowerBound, range.upperBound, &$0) }
  }

  /// Each element, times `slope` where it is negative.
  public func leakyReLU(slope: Double) throws -> Tensor {
    try made { ct_leaky_relu(pointer, slope, &$0) }
  }

  /// Whether no element is infinite or not a number.
  public func isFinite() throws -> Bool {
    try unary(CTIsFinite).to(.float32).smallest().scalar() == 1
  }

  private func binary(_ operation: CTBinary, _ other: Tensor) throws -> Tensor {
    try made { ct_binary(operation, pointer, other.pointer, &$0) }
  }

  private func binary(_ operation: CTBinary, _ other: Double) throws -> Tensor {
    try made { ct_binary_scalar(operation, pointer, other, &$0) }
  }

  private func unary(_ operation: CTUnary) throws -> Tensor {
    try made { ct_unary(operation, pointer, &$0) }
  }
}

// MARK: - Reductions

extension Tensor {
  /// The sum over the axes, or over all elements.
  public func sum(over axes: [Int] = [], keepingAxes: Bool = false) throws -> Tensor {
    try reduced(CTSum, axes, keepingAxes)
  }

  /// The mean over the axes, or over all elements.
  public func mean(over axes: [Int] = [], keepingAxes: Bool = false) throws -> Tensor {
    try reduced(CTMean, axes, keepingAxes)
  }

  /// The largest element over the axes, or of all.
  public func largest(over axes: [Int] = [], keepingAxes: Bool = false) throws -> Tensor {
    try reduced(CTLargest, axes, keepingAxes)
  }

  /// The smallest element over the axes, or of all.
  public func smallest(over axes: [Int] = [], keepingAxes: Bool = false) throws -> Tensor {
    try reduced(CTSmallest, axes, keepingAxes)
  }

  /// The place of the smallest element along an axis, as whole numbers.
  public func placeOfSmallest(along axis: Int) throws -> Tensor {
    try made { ct_argmin(pointer, Int32(clamping: axis), &$0) }
  }

  /// A row for each of these labels: 1 at the label, 0 at the other `classes`.
  public func oneHot(classes: Int, type: ScalarType = .float32) throws -> Tensor {
    try made { ct_one_hot(pointer, Int64(classes), type.native, &$0) }
  }

  private func reduced(_ reduction: CTReduction, _ axes: [Int], _ keep: Bool) throws -> Tensor {
    try made {
      ct_reduce(reduction, pointer, axes.map(Int64.init), Int32(clamping: axes.count), keep, &$0)
    }
  }
}
