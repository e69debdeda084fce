/// Operators with what they are told as arguments.
extension ONNXGraph {
  /// Adds, number by number.
  package mutating func sum(_ one: Value, _ other: Value) -> Value { node("Add", one, other) }

  /// Subtracts, number by number.
  package mutating func difference(_ one: Value, _ other: Value) -> Value {
    node("Sub", one, other)
  }

  /// Multiplies, number by number.
  package mutating func product(_ one: Value, _ other: Value) -> Value { node("Mul", one, other) }

  /// Divides, number by number.
  package mutating func quotient(_ one: Value, _ other: Value) -> Value { node("Div", one, other) }

  /// Sums, maxima and so on over axes, which stay as sides of 1 unless they are dropped.
  package mutating func reduced(
    _ value: Value, by operation: String, over axes: [Int], keepingAxes: Bool = true
  ) -> Value {
    let axes = constant(axes)
    return node(operation, value, axes, attributes: ["keepdims": .int(keepingAxes ? 1 : 0)])
  }

  /// Numbers of another type.
  package mutating func cast(_ value: Value, to type: ElementType) -> Value {
    node("Cast", value, attributes: ["to": .int(type.rawValue)])
  }

  /// N × C × H × W with rows and columns added; a mode of ONNX says what they hold.
  package mutating func padded(
    _ value: Value, _ mode: String, top: Int, left: Int, bottom: Int, right: Int
  ) -> Value {
    guard top != 0 || left != 0 || bottom != 0 || right != 0 else { return value }
    let pads = constant([0, 0, top, left, 0, 0, bottom, right])
    return node("Pad", value, pads, attributes: ["mode": .text(mode)])
  }

  /// A part of N × C × H × W.
  package mutating func sliced(
    _ value: Value, rows: Range<Int>, columns: Range<Int>
  ) -> Value {
    let starts = constant([rows.lowerBound, columns.lowerBound])
    let ends = constant([rows.upperBound, columns.upperBound])
    let axes = constant([2, 3])
    return node("Slice", value, starts, ends, axes)
  }

  /// Along both sides of N × C × H × W a product with a matrix, new × old each.
  package mutating func stretched(
    _ value: Value, rows: (values: [Float], count: Int), columns: (values: [Float], count: Int)
  ) -> Value {
    let (oldRows, oldColumns) = (
      rows.values.count / rows.count, columns.values.count / columns.count
    )
    let vertical = constant(rows.values, [rows.count, oldRows])
    // N × C × H × W times W × W′.
    let transposed = (0..<oldColumns).flatMap { old in
      (0..<columns.count).map { columns.values[$0 * oldColumns + old] }
    }
    let horizontal = constant(transposed, [oldColumns, columns.count])
    let stretched = node("MatMul", vertical, value)
    return node("MatMul", stretched, horizontal)
  }

  /// A valid convolution.
  package mutating func convolved(
    _ value: Value, weight: Value, bias: Value, dilation: Int = 1
  ) -> Value {
    node("Conv", value, weight, bias, attributes: ["dilations": .ints([dilation, dilation])])
  }

  /// ‖a − b‖² over the channels of N × C × H × W.
  package mutating func squaredDistance(_ one: Value, _ other: Value) -> Value {
    let apart = difference(one, other)
    return reduced(apart, by: "ReduceSumSquare", over: [1])
  }
}
