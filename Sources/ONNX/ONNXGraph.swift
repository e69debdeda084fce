package import Foundation

/// A graph of ONNX operators that is built node by node, and written as a model file.
///
/// Operator set 18. The same calls give the same bytes.
package struct ONNXGraph {
  /// The result of a node, an input, or a constant.
  package struct Value: Sendable {
    fileprivate let name: String
  }

  /// The type of a tensor's elements, by its number in ONNX.
  package enum ElementType: Int, Sendable {
    case float = 1
    case uint8 = 2
    case uint16 = 4
    case int64 = 7
    case bool = 9
    case float16 = 10
  }

  /// A side of a tensor.
  package enum Side: Sendable {
    case of(Int)
    /// Known at run time; sides of one name are equal.
    case named(String)
  }

  /// What a node is told beside its inputs.
  package enum Attribute: Sendable {
    case int(Int)
    case ints([Int])
    case float(Double)
    case text(String)
  }

  /// The operator set.
  package static let operatorSet = 18

  private var nodes: [ProtobufMessage] = []
  private var constants: [ProtobufMessage] = []
  private var inputs: [ProtobufMessage] = []
  private var outputs: [ProtobufMessage] = []
  private var counts: [String: Int] = [:]

  /// Whether large constants are stored with 16 bits each where that loses nothing.
  private let storesHalf: Bool

  /// Nothing yet.
  ///
  /// - Parameter storesHalf: Whether large constants are stored with 16 bits each where that loses nothing;
  ///   the graph makes 32 of them.
  package init(storesHalf: Bool = false) {
    self.storesHalf = storesHalf
  }

  // MARK: - Building

  /// An input.
  package mutating func input(_ name: String, _ type: ElementType, _ shape: [Side]) -> Value {
    inputs.append(Self.description(name, type, shape))
    return Value(name: name)
  }

  /// Numbers that never change, row by row.
  ///
  /// - Precondition: There are as many as the shape says.
  package mutating func constant(_ values: [Float], _ shape: [Int]) -> Value {
    precondition(values.count == shape.reduce(1, *), "\(values.count) for \(shape)")
    if let halves = halves(values) {
      let stored = constant(.float16, shape, halves.withUnsafeBytes { Data($0) })
      return cast(stored, to: .float)
    }
    let bits = values.map(\.bitPattern.littleEndian)
    return constant(.float, shape, bits.withUnsafeBytes { Data($0) })
  }

  /// The values with 16 bits each; nil where that loses something or is not worth an operator.
  private func halves(_ values: [Float]) -> [UInt16]? {
    guard storesHalf, values.count >= 256 else { return nil }
    var halves: [UInt16] = []
    halves.reserveCapacity(values.count)
    for value in values {
      guard let bits = value.halfBits else { return nil }
      halves.append(bits.littleEndian)
    }
    return halves
  }

  /// One number.
  package mutating func constant(_ value: Float) -> Value { constant([value], []) }

  /// Whole numbers, such as axes and places.
  package mutating func constant(_ values: [Int]) -> Value {
    let words = values.map { Int64($0).littleEndian }
    return constant(.int64, [values.count], words.withUnsafeBytes { Data($0) })
  }

  /// Yes or no, row by row.
  package mutating func constant(_ values: [Bool], _ shape: [Int]) -> Value {
    precondition(values.count == shape.reduce(1, *), "\(values.count) for \(shape)")
    return constant(.bool, shape, Data(values.map { $0 ? 1 : 0 }))
  }

  private mutating func constant(_ type: ElementType, _ shape: [Int], _ bytes: Data) -> Value {
    let name = newName("constant")
    constants.append(
      ProtobufMessage {
        $0.add(1, shape)
        $0.add(2, type.rawValue)
        $0.add(8, name)
        $0.add(9, bytes)
      })
    return Value(name: name)
  }

  /// The result of an operator.
  ///
  /// - Parameters:
  ///   - operation: Its name in ONNX.
  ///   - inputs: In its order.
  ///   - attributes: Those that are not left as they are.
  /// - Returns: Its only result.
  package mutating func node(
    _ operation: String, _ inputs: Value..., attributes: KeyValuePairs<String, Attribute> = [:]
  ) -> Value {
    let result = Value(name: newName(operation))
    add(operation, inputs, [result], attributes)
    return result
  }

  /// The highest numbers of each row of N × M, in any order.
  package mutating func highest(_ count: Int, of rows: Value) -> Value {
    let kept = constant([count])
    let (values, places) = (Value(name: newName("TopK")), Value(name: newName("places")))
    add("TopK", [rows, kept], [values, places], ["axis": .int(1), "sorted": .int(0)])
    return values
  }

  /// Makes a value an output, under a name of its own.
  package mutating func output(
    _ name: String, _ value: Value, _ type: ElementType, _ shape: [Side]
  ) {
    add("Identity", [value], [Value(name: name)], [:])
    outputs.append(Self.description(name, type, shape))
  }

  private mutating func add(
    _ operation: String, _ inputs: [Value], _ results: [Value],
    _ attributes: KeyValuePairs<String, Attribute>
  ) {
    nodes.append(
      ProtobufMessage { node in
        for input in inputs { node.add(1, input.name) }
        for result in results { node.add(2, result.name) }
        node.add(3, "\(results[0].name)/\(operation)")
        node.add(4, operation)
        for (name, attribute) in attributes { node.add(5, Self.message(name, attribute)) }
      })
  }

  private mutating func newName(_ kind: String) -> String {
    counts[kind, default: 0] += 1
    return "\(kind)_\(counts[kind] ?? 0)"
  }

  private static func message(_ name: String, _ attribute: Attribute) -> ProtobufMessage {
    ProtobufMessage { message in
      message.add(1, name)
      switch attribute {
      case .float(let value):
        message.add(2, Float(value))
        message.add(20, 1)
      case .int(let value):
        message.add(3, value)
        message.add(20, 2)
      case .text(let value):
        message.add(4, value)
        message.add(20, 3)
      case .ints(let values):
        message.add(8, values)
        message.add(20, 7)
      }
    }
  }

  /// Name, type and shape of an input or output.
  private static func description(
    _ name: String, _ type: ElementType, _ shape: [Side]
  ) -> ProtobufMessage {
    let sides = ProtobufMessage { sides in
      for side in shape {
        sides.add(
          1,
          ProtobufMessage {
            switch side {
            case .of(let length): $0.add(1, length)
            case .named(let name): $0.add(2, name)
            }
          })
      }
    }
    let tensor = ProtobufMessage {
      $0.add(1, type.rawValue)
      $0.add(2, sides)
    }
    return ProtobufMessage {
      $0.add(1, name)
      $0.add(2, ProtobufMessage { $0.add(1, tensor) })
    }
  }

  // MARK: - Writing

  /// The graph as a model file.
  ///
  /// - Parameters:
  ///   - name: What the graph is called.
  ///   - producer: The program and its version that made it.
  ///   - documentation: What people should know, as text.
  ///   - properties: What programs may want to know, in this order.
  /// - Returns: The bytes of the file.
  /// - Throws: ``ONNXError/tooLarge(_:)``.
  package func file(
    named name: String, producer: (name: String, version: String), documentation: String,
    properties: KeyValuePairs<String, String>
  ) throws -> Data {
    let graph = ProtobufMessage { graph in
      for node in nodes { graph.add(1, node) }
      graph.add(2, name)
      for constant in constants { graph.add(5, constant) }
      for input in inputs { graph.add(11, input) }
      for output in outputs { graph.add(12, output) }
    }
    let model = ProtobufMessage { model in
      // The version of the format that belongs to the operator set.
      model.add(1, 8)
      model.add(2, producer.name)
      model.add(3, producer.version)
      model.add(6, documentation)
      model.add(7, graph)
      model.add(8, ProtobufMessage { $0.add(2, Self.operatorSet) })
      for (key, value) in properties {
        model.add(
          14,
          ProtobufMessage {
            $0.add(1, key)
            $0.add(2, value)
          })
      }
    }
    guard model.bytes.count < 1 << 31 else { throw ONNXError.tooLarge(model.bytes.count) }
    return model.bytes
  }
}

extension Float {
  /// The bits of the same number in the 16-bit format of IEEE 754; nil where that has no such number.
  ///
  /// `Float16` is missing on Macs with Intel processors.
  var halfBits: UInt16? {
    let sign: UInt16 = self.sign == .minus ? 0x8000 : 0
    guard magnitude > 0 else { return isNaN ? nil : sign }
    // Ten digits after the first, or after 2⁻¹⁴ below that.
    let power = Swift.max(exponent, -14)
    let digits = magnitude * Float(sign: .plus, exponent: 10 - power, significand: 1)
    guard isFinite, power <= 15, digits == digits.rounded(), digits >= 1 else { return nil }
    let isNormal = digits >= 1024
    return sign | UInt16(isNormal ? power + 15 : 0) << 10 | (UInt16(digits) & 0x3FF)
  }
}

/// Why something cannot be written as ONNX.
public enum ONNXError: Error, CustomStringConvertible, Equatable {
  /// Files of 2 GiB and more are not read by everybody.
  case tooLarge(Int)
  /// There are no operators for this method.
  case noOperators(String)
  /// Maps of this density look again where they saw something.
  case looksAgain

  /// One line for the user.
  public var description: String {
    switch self {
    case .tooLarge(let bytes):
      "the file would have \(bytes >> 20) MiB, more than the 2048 that ONNX allows; export a smaller model"
    case .noOperators(let method):
      "models of \(method) cannot be written as ONNX; those of student-teacher, knn, kmeans, ocsvm and "
        + "ae can"
    case .looksAgain:
      "maps of density screen compute suspicious parts a second time, which a fixed graph cannot do"
    }
  }
}
