import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite struct `Safetensors files` {
  private let path = NSTemporaryDirectory() + "\(UUID().uuidString).safetensors"

  private func write(_ data: Data) throws {
    try data.write(to: URL(fileURLWithPath: path))
  }

  private func expectRefusal(
    saying words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(sourceLocation: sourceLocation) {
      try SafetensorsFile(contentsOf: path)
    } throws: { "\($0)".hasPrefix("\(path): ") && (words.isEmpty || "\($0)".contains(words)) }
  }

  @Test func `with truths that are neither are refused`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let header = #"{"x":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"#
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    try write(length + Data(header.utf8) + [1, 0])
    #expect(try SafetensorsFile(contentsOf: path).tensors["x"]?.shape == [2])
    try write(length + Data(header.utf8) + [1, 2])
    expectRefusal(saying: "neither true nor false")
  }

  @Test func `give back what was written`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let written = SafetensorsFile(
      metadata: ["a/b": "ü \"quoted\""],
      tensors: [
        "x": try Tensor.normal(shape: [2, 3], seed: 1),
        "half": try Tensor.normal(shape: [5], seed: 2).to(.float16),
        "empty": try Tensor(shape: [0, 4], scalars: []),
        "number": try Tensor(shape: [], integers: [7]),
      ])
    try write(written.encoded())
    let read = try SafetensorsFile(contentsOf: path)
    #expect(read.metadata == written.metadata)
    #expect(read.tensors.keys.sorted() == ["empty", "half", "number", "x"])
    for (name, tensor) in written.tensors {
      let other = try #require(read.tensors[name])
      #expect(other.type == tensor.type && other.shape == tensor.shape)
      #expect(try other.bytes() == tensor.bytes())
    }
  }

  @Test func `refuse every cut`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let whole = try SafetensorsFile(tensors: ["x": Tensor(shape: [3], scalars: [1, 2, 3])])
      .encoded()
    for count in 0..<whole.count {
      try write(whole.prefix(count))
      expectRefusal(saying: "cut short")
    }
  }

  @Test(arguments: [
    "no JSON at all", #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
    #"{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
    #"{"x":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
    #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
  ])
  func `refuse a header that lies`(header: String) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    try write(length + Data(header.utf8) + Data(count: 8))
    expectRefusal(saying: "")
  }

  @Test func `say when there is no file`() {
    expectRefusal(saying: "no such file")
  }
}
