import Foundation
import Tensors

/// Reads the part of Python's pickle language that PyTorch writes dictionaries of tensors in.
///
/// A pickle is a program for a small stack machine that may call any function of Python. This
/// machine knows the calls that rebuild tensors and ordered dictionaries, and ends at any other.
struct Pickle {
  /// A value of Python's.
  indirect enum Value {
    case none
    case number(Int)
    case other
    case text(String)
    case tuple([Value])
    case dictionary(Dictionary)
    case list
    case function(String)
    case storage(Storage)
    case tensor(Tensor)
  }

  /// A dictionary, which the program changes after it has put it aside.
  final class Dictionary {
    var items: [(key: Value, value: Value)] = []
  }

  /// The numbers of a tensor, in a file of the archive.
  struct Storage {
    let type: ScalarType
    let file: String
    let count: Int
  }

  /// Makes a tensor of a part of a storage.
  let rebuild: (Storage, _ offset: Int, _ shape: [Int], _ strides: [Int]) throws -> Tensor

  private var stack: [Value] = []
  /// How high the stack was at each mark.
  private var marks: [Int] = []
  private var memory: [Int: Value] = [:]

  init(
    rebuild: @escaping (Storage, _ offset: Int, _ shape: [Int], _ strides: [Int]) throws -> Tensor
  ) {
    self.rebuild = rebuild
  }

  /// Runs the program; what it leaves is its value.
  mutating func value(of data: Data) throws -> Value {
    guard var reader = ByteReader(data) else { throw CheckpointFault.truncated }
    while true {
      let code = try reader.byte()
      if code == UInt8(ascii: ".") { return try pop() }
      try run(code, &reader)
    }
  }

  // One case a code, as in the definition of the language (Python's pickletools).
  private mutating func run(_ code: UInt8, _ reader: inout ByteReader) throws {
    switch Character(UnicodeScalar(code)) {
    case "\u{80}": _ = try reader.byte()
    case "(": marks.append(stack.count)
    case "N": stack.append(.none)
    case "\u{88}", "\u{89}": stack.append(.other)
    case "K": stack.append(.number(Int(try reader.byte())))
    case "M": stack.append(.number(Int(try reader.integer(bytes: 2))))
    case "J":
      let bits = UInt32(truncatingIfNeeded: try reader.integer(bytes: 4))
      stack.append(.number(Int(Int32(bitPattern: bits))))
    case "\u{8A}": try pushLong(&reader)
    case "G":
      _ = try reader.bytes(8)
      stack.append(.other)
    case "X": stack.append(.text(try reader.text(Int(reader.integer(bytes: 4)))))
    case "\u{8C}": stack.append(.text(try reader.text(Int(reader.byte()))))
    case "c": stack.append(.function("\(try reader.line()).\(try reader.line())"))
    case "q": memory[Int(try reader.byte())] = try top()
    case "r": memory[Int(try reader.integer(bytes: 4))] = try top()
    case "h": try recall(Int(reader.byte()))
    case "j": try recall(Int(reader.integer(bytes: 4)))
    case ")": stack.append(.tuple([]))
    case "]": stack.append(.list)
    case "}": stack.append(.dictionary(Dictionary()))
    case "t": stack.append(.tuple(try popToMark()))
    case "\u{85}": try tuple(of: 1)
    case "\u{86}": try tuple(of: 2)
    case "\u{87}": try tuple(of: 3)
    case "a": _ = try pop()
    case "e": _ = try popToMark()
    case "s":
      let value = try pop()
      try setItems([pop(), value])
    case "u": try setItems(popToMark())
    case "b": try setAttributes()
    case "Q": stack.append(.storage(try storage(pop())))
    case "R":
      let arguments = try pop()
      stack.append(try call(pop(), arguments))
    default: throw CheckpointFault.foreign("its code \(code) is unknown")
    }
  }

  // MARK: - The stack

  private func top() throws -> Value {
    guard let value = stack.last, stack.count > (marks.last ?? 0) else {
      throw CheckpointFault.truncated
    }
    return value
  }

  private mutating func pop() throws -> Value {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popToMark() throws -> [Value] {
    guard let mark = marks.popLast() else { throw CheckpointFault.truncated }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func tuple(of count: Int) throws {
    var values: [Value] = []
    for _ in 0..<count { values.append(try pop()) }
    stack.append(.tuple(values.reversed()))
  }

  private mutating func recall(_ place: Int) throws {
    guard let value = memory[place] else { throw CheckpointFault.truncated }
    stack.append(value)
  }

  /// A whole number of any length; those of more than eight bytes are nothing of ours.
  private mutating func pushLong(_ reader: inout ByteReader) throws {
    let count = Int(try reader.byte())
    guard count <= 8 else { throw CheckpointFault.foreign("a number of \(count) bytes") }
    let bits = try reader.integer(bytes: count)
    let unused = UInt64(64 - 8 * count)
    // The highest bit there is the sign.
    let value = count == 0 ? 0 : Int64(bitPattern: bits << unused) >> Int64(unused)
    stack.append(.number(Int(value)))
  }

  // MARK: - Containers and calls

  private mutating func setItems(_ values: [Value]) throws {
    guard case .dictionary(let dictionary) = try top(), values.count.isMultiple(of: 2) else {
      throw CheckpointFault.foreign("items without a dictionary")
    }
    for index in stride(from: 0, to: values.count, by: 2) {
      dictionary.items.append((values[index], values[index + 1]))
    }
  }

  /// Attributes of a dictionary say how it was made; they are of no use here.
  private mutating func setAttributes() throws {
    _ = try pop()
    guard case .dictionary = try top() else {
      throw CheckpointFault.foreign("attributes of something else than a dictionary")
    }
  }

  private static let types: [String: ScalarType] = [
    "torch.FloatStorage": .float32, "torch.DoubleStorage": .float64, "torch.HalfStorage": .float16,
    "torch.BFloat16Storage": .bfloat16, "torch.LongStorage": .int64, "torch.ByteStorage": .uint8,
    "torch.BoolStorage": .bool,
  ]

  /// The storage that the program names: ("storage", type, file, device, number of elements).
  private func storage(_ name: Value) throws -> Storage {
    guard case .tuple(let parts) = name, parts.count == 5, case .text("storage") = parts[0],
      case .function(let typeName) = parts[1], case .text(let file) = parts[2],
      case .number(let count) = parts[4], count >= 0
    else { throw CheckpointFault.foreign("a storage without a name") }
    guard let type = Self.types[typeName] else {
      throw CheckpointFault.foreign("numbers of type \(typeName)")
    }
    return Storage(type: type, file: file, count: count)
  }

  private func call(_ function: Value, _ arguments: Value) throws -> Value {
    guard case .function(let name) = function, case .tuple(let arguments) = arguments else {
      throw CheckpointFault.foreign("a call of no function")
    }
    switch name {
    case "collections.OrderedDict" where arguments.isEmpty:
      return .dictionary(Dictionary())
    case "torch._utils._rebuild_parameter":
      guard let first = arguments.first, case .tensor = first else {
        throw CheckpointFault.foreign("a parameter without a tensor")
      }
      return first
    case "torch._utils._rebuild_tensor_v2":
      guard arguments.count >= 4, case .storage(let storage) = arguments[0],
        case .number(let offset) = arguments[1], let shape = Self.numbers(arguments[2]),
        let strides = Self.numbers(arguments[3])
      else { throw CheckpointFault.foreign("a tensor without its numbers") }
      return .tensor(try rebuild(storage, offset, shape, strides))
    default: throw CheckpointFault.foreign("it calls \(name)")
    }
  }

  private static func numbers(_ value: Value) -> [Int]? {
    guard case .tuple(let values) = value else { return nil }
    var numbers: [Int] = []
    for case .number(let number) in values { numbers.append(number) }
    return numbers.count == values.count ? numbers : nil
  }
}
