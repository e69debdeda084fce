import ArgumentParser
import UninformedStudents

/// The numbers that an option takes.
///
/// All of them stand here. They are wide, but nothing that is computed of them overflows.
struct Bounds<Number: LosslessStringConvertible & Sendable>: Sendable {
  /// Such as `a whole number from 1 to 100`.
  let text: String
  let contains: @Sendable (Number) -> Bool

  /// The number that a word says.
  ///
  /// - Throws: A ``CommandError`` that says which are taken.
  func parse(_ word: String) throws -> Number {
    guard let number = Number(word), contains(number) else {
      throw CommandError("it must be \(text).")
    }
    return number
  }
}

extension Bounds where Number: FixedWidthInteger {
  private init(_ range: ClosedRange<Number>) {
    text = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    contains = { range.contains($0) }
  }
}

extension Bounds<Int> {
  static let students = Bounds(1...100)
  static let epochs = Bounds(1...1_000_000)
  static let imageSide = Bounds(64...8192)
  static let drawnSide = Bounds(16...4096)
  static let encoderSide = Bounds(16...1024)
  static let encoderDepth = Bounds(1...100)
  static let threads = Bounds(1...1024)
  static let pixels = Bounds(1...100_000_000_000)
  /// Descriptors, centres, images.
  static let amount = Bounds(1...100_000_000)
  static let atLeastTwo = Bounds(2...100_000_000)
  static let bytes = Bounds(1...1 << 40)
  static let searchSteps = Bounds(1...1_000_000)
  static let teachingSteps = Bounds(0...1_000_000_000)
  static let batch = Bounds(2...65536)
}

extension Bounds<UInt64> {
  static let seed = Bounds(0 ... .max)
}

// What is not a number lies within no bounds.
extension Bounds<Double> {
  /// A share with both ends.
  static let share = Bounds(text: "a share from 0 to 1") { $0 >= 0 && $0 <= 1 }
  /// A share that takes some and leaves some.
  static let part = Bounds(text: "a share above 0 and below 1") { $0 > 0 && $0 < 1 }
  /// A share that takes some, and may take all.
  static let someOrAll = Bounds(text: "a share above 0, at most 1") { $0 > 0 && $0 <= 1 }
  static let seconds = Bounds(text: "a number of seconds above 0, at most 86400") {
    $0 > 0 && $0 <= 86400
  }
  static let learningRate = Bounds(text: "a number above 0, at most 1") { $0 > 0 && $0 <= 1 }
  /// Weights of losses, margins, widths of kernels.
  static let positive = Bounds(text: "a number above 0, at most 1000000") {
    $0 > 0 && $0 <= 1_000_000
  }
}

extension Bounds<OneClassSVM.Gamma> {
  static let gamma = Bounds(text: "auto, scale, or \(Bounds<Double>.positive.text)") { gamma in
    if case .number(let number) = gamma { Bounds<Double>.positive.contains(number) } else { true }
  }
}

extension Bounds<Scales> {
  static let scales = Bounds(text: "one or several of 17, 33 and 65, separated by commas")
}

extension Bounds<PartChanges> {
  static let partChanges = Bounds(
    text: "one or several of turn, flip, shift and light, separated by commas")
}

extension Bounds<RegionOfInterest> {
  static let region = Bounds(
    text: "first column, first row, width and height, such as 100,50,640,480"
  ) { $0.rectangle.lies(inHeight: Int(Int32.max), width: Int(Int32.max)) }
}

extension Bounds<ClassList> {
  static let classes = Bounds(text: "class numbers from 0 to 9, separated by commas")
}

extension Bounds<MethodList> {
  static let methods = Bounds(
    text: "methods separated by commas, of " + MethodList(MethodEntry.allCases).description)
}

extension Bounds<ValueRange> {
  static let valueRange = Bounds(text: "two numbers, the lower one first, such as 0,4095")
}

extension Bounds<FrameSize> {
  static let frameSize = Bounds(text: "a width and a height in pixels, such as 1000x800")
}

extension Bounds {
  /// Whatever can be read.
  init(text: String) { self.init(text: text) { _ in true } }
}

extension Option {
  /// An option with a default that takes a number within bounds.
  init(
    wrappedValue: Value, name: NameSpecification = .long, help: ArgumentHelp,
    in bounds: Bounds<Value>
  ) where Value: LosslessStringConvertible & Sendable {
    var help = help
    help.abstract += " (default: \(wrappedValue))"
    // Whatever follows is the value, also where it begins with a minus.
    self.init(
      wrappedValue: wrappedValue, name: name, parsing: .unconditional, help: help,
      transform: bounds.parse)
  }

  /// An option that may be left out and takes a number within bounds.
  init<Number: LosslessStringConvertible & Sendable>(
    name: NameSpecification = .long, help: ArgumentHelp, in bounds: Bounds<Number>
  ) where Value == Number? {
    self.init(name: name, parsing: .unconditional, help: help, transform: bounds.parse)
  }

  /// An option that may be given several times and takes numbers within bounds.
  init<Number: LosslessStringConvertible & Sendable>(
    wrappedValue: [Number], help: ArgumentHelp, in bounds: Bounds<Number>
  ) where Value == [Number] {
    self.init(
      wrappedValue: wrappedValue, parsing: .unconditionalSingleValue, help: help,
      transform: bounds.parse)
  }
}
