import FileFormats
import Foundation
import Testing

@Suite struct `Headers of safetensors files from outside` {
  private func fault(_ header: String, numbers: Int = 8) -> String {
    do {
      let names = try SafetensorsHeader.read(ByteSource(safetensors(header, numbers: numbers)))
        .header.entries.keys.sorted()
      return "read \(names)"
    } catch {
      return "\(error)"
    }
  }

  private let entry = #""x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#

  @Test func `are read as the format says`() throws {
    #expect(fault("{\(entry)}") == #"read ["x"]"#)
    #expect(fault(" { \(entry) } \n\t  ") == #"read ["x"]"#)
    #expect(fault("{}", numbers: 0) == "read []")
    let text = #"{"__metadata__":{"a\/b\n":"\u00fc \ud83d\ude00 \"\\ ü"},"#
    let read = try SafetensorsHeader.read(ByteSource(safetensors(text + entry + "}", numbers: 8)))
    #expect(read.header.metadata == ["a/b\n": "ü 😀 \"\\ ü"])
    #expect(read.start == 8 + (text + entry + "}").utf8.count)
    var scalar = SafetensorsHeader(metadata: ["k": "\u{1}\"\\ü"])
    scalar.entries["s"] = .init(type: .float64, shape: [], range: 0..<8)
    let again = try SafetensorsHeader.read(
      ByteSource(safetensors(String(decoding: scalar.json(), as: UTF8.self), numbers: 8)))
    #expect(again.header.metadata == scalar.metadata && again.header.entries["s"]?.shape == [])
  }

  @Test func `that say something twice are refused`() {
    #expect(fault("{\(entry),\(entry)}").contains("'x' twice"))
    #expect(fault(#"{"__metadata__":{"a":"1","a":"2"},\#(entry)}"#).contains("'a' twice"))
    let twice = #""x":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}"#
    #expect(fault("{\(twice)}").contains("'dtype' twice"))
  }

  @Test(arguments: [
    #"{"x":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#,
    #"{"x":{"dtype":"F32","shape":[true],"data_offsets":[0,8]}}"#,
    #"{"x":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}"#,
    #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
    #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#,
    #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}"#,
    #"{"x":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#,
    #"{"x":{"dtype":"F32","shape":[0,9223372036854775807,9],"data_offsets":[0,0]}}"#,
    #"{"x":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}"#,
    #"{"x":{"dtype":"F32","data_offsets":[0,8]}}"#,
    #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}"#,
    #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} {}"#,
    #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}"#,
    #"{"__metadata__":{"a":1}}"#, #"{"__metadata__":{"a":"\ud83d"}}"#,
    #"{"__metadata__":{"a":"\ude00"}}"#, #"{"__metadata__":{"a":"\x"}}"#, "[]", "", "{", "\"",
    #"{"x":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}"#,
    #"{"x":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}"#,
  ])
  func `that make no sense are refused`(header: String) {
    #expect(!fault(header).hasPrefix("read"))
  }

  @Test func `of unknown types are refused by name`() {
    #expect(fault("{\(entry)}".replacing("F32", with: "I32")).contains("'I32'"))
  }

  @Test func `that nest for ever are refused at once`() {
    for bracket in ["[", "{\"a\":"] {
      #expect(!fault(String(repeating: bracket, count: 1_000_000)).hasPrefix("read"))
      let inside = "{\"x\":" + String(repeating: bracket, count: 1_000_000)
      #expect(!fault(inside).hasPrefix("read"))
    }
  }

  @Test func `that are no text are refused`() {
    let bad = Data("{\"".utf8) + [0xFF] + Data("\":{}}".utf8)
    #expect(throws: FormatFault.malformed("it holds text that is not UTF-8")) {
      try SafetensorsHeader.read(ByteSource(bytes(UInt64(bad.count)) + bad))
    }
  }

  @Test(arguments: [UInt64.max, 1 << 63, 1 << 40, 16 << 20 + 1] as [UInt64])
  func `of impossible length are refused`(length: UInt64) {
    #expect(throws: FormatFault.self) {
      try SafetensorsHeader.read(ByteSource(bytes(length) + Data("{}".utf8)))
    }
  }

  @Test func `leave no gap and no rest`() {
    #expect(fault("{\(entry)}", numbers: 9).contains("after its tensors"))
    #expect(fault("{\(entry)}", numbers: 7).contains("cut short"))
    let gap = #""y":{"dtype":"U8","shape":[1],"data_offsets":[9,10]}"#
    #expect(fault("{\(entry),\(gap)}", numbers: 10).contains("gaps"))
    let overlap = #""y":{"dtype":"U8","shape":[4],"data_offsets":[6,10]}"#
    #expect(fault("{\(entry),\(overlap)}", numbers: 10).contains("overlap"))
  }
}
