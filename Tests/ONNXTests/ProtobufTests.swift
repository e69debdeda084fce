import Foundation
import Testing

@testable import ONNX

/// Bytes of the wire format, as its documentation shows them.
@Suite struct `Messages of Protocol Buffers` {
  @Test func `write numbers in seven bits a byte`() {
    #expect(Array(ProtobufMessage { $0.add(1, 150) }.bytes) == [0x08, 0x96, 0x01])
    #expect(Array(ProtobufMessage { $0.add(1, 127) }.bytes) == [0x08, 0x7f])
    #expect(Array(ProtobufMessage { $0.add(16, 1) }.bytes) == [0x80, 0x01, 0x01])
    // Negative ones take ten bytes.
    #expect(
      Array(ProtobufMessage { $0.add(1, -2) }.bytes)
        == [0x08, 0xfe] + [UInt8](repeating: 0xff, count: 8) + [0x01])
  }

  @Test func `tell the length of texts and messages`() {
    let text: [UInt8] = [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]
    #expect(Array(ProtobufMessage { $0.add(2, "testing") }.bytes) == text)
    let inner = ProtobufMessage { $0.add(1, 150) }
    #expect(Array(ProtobufMessage { $0.add(3, inner) }.bytes) == [0x1a, 0x03, 0x08, 0x96, 0x01])
  }

  @Test func `write floats in four bytes`() {
    #expect(Array(ProtobufMessage { $0.add(2, Float(1)) }.bytes) == [0x15, 0, 0, 0x80, 0x3f])
  }

  /// The same calls give the same bytes, whatever dictionaries there are between.
  @Test func `make the same file of the same graph`() throws {
    func file() throws -> Data {
      var graph = ONNXGraph()
      let image = graph.input("image", .float, [.named("N"), .of(3), .of(2), .of(2)])
      let padded = graph.padded(image, "reflect", top: 1, left: 1, bottom: 0, right: 0)
      let sum = graph.reduced(padded, by: "ReduceSum", over: [1, 2, 3])
      graph.output("sum", sum, .float, [.named("N")])
      return try graph.file(
        named: "sum", producer: ("tests", "1"), documentation: "", properties: ["b": "1", "a": "2"])
    }
    #expect(try file() == file())
    // ir_version 8 comes first, as its readers expect of a file of ONNX.
    #expect(try file().prefix(2) == Data([0x08, 0x08]))
  }
}

/// Numbers of 16 bits, checked against what IEEE 754 says of their bits.
@Suite struct `Constants of 16 bits` {
  /// Every number of 16 bits keeps its bits; what lies between two has none.
  @Test func `are those that lose nothing`() {
    for bits in 0...UInt16.max {
      let value = Self.value(bits)
      #expect(value.halfBits == (value.isFinite ? bits : nil), "\(bits)")
      guard value.isFinite, value != 0 else { continue }
      #expect(value.nextUp.halfBits == nil && value.nextDown.halfBits == nil, "\(bits)")
    }
    for value: Float in [65520, 1e-8, 0.1, .nan, .infinity] { #expect(value.halfBits == nil) }
  }

  /// By the definition of IEEE 754.
  private static func value(_ bits: UInt16) -> Float {
    let (power, digits) = (Int(bits >> 10 & 31), Float(bits & 1023))
    let magnitude: Float
    switch power {
    case 0: magnitude = digits * 0x1p-24
    case 31: magnitude = digits == 0 ? .infinity : .nan
    default: magnitude = (1024 + digits) * Float(sign: .plus, exponent: power - 25, significand: 1)
    }
    return bits >> 15 == 1 ? -magnitude : magnitude
  }

  @Test func `are stored in half the space, and cast`() throws {
    func file(_ values: [Float], storesHalf: Bool) throws -> Data {
      var graph = ONNXGraph(storesHalf: storesHalf)
      let image = graph.input("image", .float, [.of(values.count)])
      let weight = graph.constant(values, [values.count])
      graph.output("sum", graph.sum(image, weight), .float, [.of(values.count)])
      return try graph.file(
        named: "sum", producer: ("tests", "1"), documentation: "", properties: [:])
    }
    let exact = (0..<1000).map { Float($0) / 8 }
    let (whole, half) = (try file(exact, storesHalf: false), try file(exact, storesHalf: true))
    #expect((1900...2000).contains(whole.count - half.count))
    #expect(half.range(of: Data("Cast".utf8)) != nil)
    let other = exact.map { $0 + 0.001 }
    #expect(try file(other, storesHalf: true) == file(other, storesHalf: false))
  }
}
