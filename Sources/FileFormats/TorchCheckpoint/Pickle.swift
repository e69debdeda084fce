import Foundation

/// Reads the part of Python's pickle language that PyTorch writes dictionaries of tensors in.
///
/// A pickle is a program for a small stack machine that may call any function of Python. This
/// machine knows the calls that rebuild tensors and ordered dictionaries, and ends at any other. No
/// instruction jumps, so that it ends with its bytes.
struct Pickle {
  typealias Value = PickleValues.Value

  private(set) var values = PickleValues()
  private let limits: Limits
  private var stack: [Value] = []
  /// How high the stack was at each mark.
  private var marks: [Int] = []
  private var memory: [Int: Value] = [:]

  init(limits: Limits) {
    self.limits = limits
  }

  /// Runs the program; what it leaves is its value.
  ///
  /// - Throws: ``FormatFault``, also for a value that holds itself.
  mutating func value(of data: Data) throws -> Value {
    guard data.count <= limits.descriptionBytes else {
      throw FormatFault.tooMuch("a pickle of \(data.count) bytes")
    }
    var reader = ByteReader(data)
    while true {
      let code = try reader.byte()
      if code == UInt8(ascii: ".") {
        let value = try pop()
        try values.checkDepth(of: value, limit: limits.depth)
        return value
      }
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
    case "M": stack.append(.number(try reader.integer(bytes: 2)))
    case "J":
      let bits = UInt32(truncatingIfNeeded: try reader.number(bytes: 4))
      stack.append(.number(Int(Int32(bitPattern: bits))))
    case "\u{8A}": try pushLong(&reader)
    case "G":
      _ = try reader.bytes(8)
      stack.append(.other)
    case "X": stack.append(.text(try reader.text(reader.integer(bytes: 4))))
    case "\u{8C}": stack.append(.text(try reader.text(Int(reader.byte()))))
    case "c": stack.append(try function(&reader))
    case "q": memory[Int(try reader.byte())] = try top()
    case "r": memory[try reader.integer(bytes: 4)] = try top()
    case "h": try recall(Int(reader.byte()))
    case "j": try recall(reader.integer(bytes: 4))
    case ")": stack.append(values.tuple([]))
    case "]": stack.append(.list)
    case "}": stack.append(values.dictionary())
    case "t": stack.append(values.tuple(try popToMark()))
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
    case "Q": stack.append(values.storage(try storage(pop())))
    case "R":
      let arguments = try pop()
      stack.append(try call(pop(), arguments))
    default: throw Self.foreign("its code \(code) is unknown")
    }
  }

  // MARK: - The stack

  private func top() throws -> Value {
    guard let value = stack.last, stack.count > (marks.last ?? 0) else {
      throw Self.foreign("its stack runs empty")
    }
    return value
  }

  private mutating func pop() throws -> Value {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popToMark() throws -> [Value] {
    guard let mark = marks.popLast() else { throw Self.foreign("its stack runs empty") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func tuple(of count: Int) throws {
    var popped: [Value] = []
    for _ in 0..<count { popped.append(try pop()) }
    stack.append(values.tuple(popped.reversed()))
  }

  private mutating func recall(_ place: Int) throws {
    guard let value = memory[place] else { throw Self.foreign("its stack runs empty") }
    stack.append(value)
  }

  private func function(_ reader: inout ByteReader) throws -> Value {
    let most = 200
    return .function("\(try reader.line(limit: most)).\(try reader.line(limit: most))")
  }

  /// A whole number of any length; those of more than eight bytes are nothing of ours.
  private mutating func pushLong(_ reader: inout ByteReader) throws {
    let count = Int(try reader.byte())
    guard count <= 8 else { throw Self.foreign("a number of \(count) bytes") }
    let bits = try reader.number(bytes: count)
    let unused = UInt64(64 - 8 * count)
    // The highest bit there is the sign.
    let value = count == 0 ? 0 : Int64(bitPattern: bits << unused) >> Int64(unused)
    stack.append(.number(Int(value)))
  }

  // MARK: - Containers and calls

  private mutating func setItems(_ items: [Value]) throws {
    guard case .dictionary(let dictionary) = try top(), items.count.isMultiple(of: 2) else {
      throw Self.foreign("items without a dictionary")
    }
    for index in stride(from: 0, to: items.count, by: 2) {
      values.add(items[index], items[index + 1], to: dictionary)
    }
  }

  /// Attributes of a dictionary say how it was made; they are of no use here.
  private mutating func setAttributes() throws {
    _ = try pop()
    guard case .dictionary = try top() else {
      throw Self.foreign("attributes of something else than a dictionary")
    }
  }

  private static let types: [String: ElementType] = [
    "torch.FloatStorage": .float32, "torch.DoubleStorage": .float64, "torch.HalfStorage": .float16,
    "torch.BFloat16Storage": .bfloat16, "torch.LongStorage": .int64, "torch.ByteStorage": .uint8,
    "torch.BoolStorage": .bool,
  ]

  /// The storage that the program names: ("storage", type, file, device, number of elements).
  private func storage(_ name: Value) throws -> PickleValues.Storage {
    guard let parts = elements(name), parts.count == 5, case .text("storage") = parts[0],
      case .function(let typeName) = parts[1], case .text(let file) = parts[2],
      case .number(let count) = parts[4], count >= 0
    else { throw Self.foreign("a storage without a name") }
    guard let type = Self.types[typeName] else {
      throw Self.foreign("numbers of type \(typeName)")
    }
    return PickleValues.Storage(type: type, file: file, count: count)
  }

  private mutating func call(_ function: Value, _ arguments: Value) throws -> Value {
    guard case .function(let name) = function, let arguments = elements(arguments) else {
      throw Self.foreign("a call of no function")
    }
    switch name {
    case "collections.OrderedDict" where arguments.isEmpty:
      return values.dictionary()
    case "torch._utils._rebuild_parameter":
      guard let first = arguments.first, case .tensor = first else {
        throw Self.foreign("a parameter without a tensor")
      }
      return first
    case "torch._utils._rebuild_tensor_v2":
      guard arguments.count >= 4, case .storage(let place) = arguments[0],
        case .number(let offset) = arguments[1], let shape = numbers(arguments[2]),
        let strides = numbers(arguments[3])
      else { throw Self.foreign("a tensor without its numbers") }
      return values.tensor(
        PickleValues.View(
          storage: values.storages[place], offset: offset, shape: shape, strides: strides))
    default: throw Self.foreign("it calls \(name)")
    }
  }

  private func elements(_ value: Value) -> [Value]? {
    // Long ones are no arguments of ours, and copying them again and again would take for ever.
    guard case .tuple(let places) = value, places.count <= 16 else { return nil }
    return Array(values.elements[places])
  }

  /// The sides or steps of a tensor.
  private func numbers(_ value: Value) -> [Int]? {
    guard let elements = elements(value), elements.count <= limits.axes else { return nil }
    var numbers: [Int] = []
    for case .number(let number) in elements { numbers.append(number) }
    return numbers.count == elements.count ? numbers : nil
  }

  private static func foreign(_ what: String) -> FormatFault {
    .unsuitable("not a checkpoint of tensors (\(what))", instead: PickleValues.instead)
  }
}
