import Files
import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite struct `Checkpoints of PyTorch` {
  @Test(arguments: ["plain", "nested"])
  func `give their tensors`(name: String) throws {
    let tensors = try weights(contentsOf: Golden.path("modelfiles/\(name).pth"))
    #expect(
      tensors.keys.sorted() == ["counter", "half", "parameter", "part", "plain", "transposed"])
    let plain = try #require(tensors["plain"])
    #expect(try plain.shape == [3, 4] && plain.scalars() == (0..<12).map(Float.init))
    let transposed = try #require(tensors["transposed"])
    #expect(transposed.shape == [4, 3])
    #expect(try transposed.scalars() == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
    #expect(try tensors["part"]?.scalars() == [4, 6, 8, 10])
    #expect(try tensors["half"]?.scalars() == [0.5, -2])
    #expect(tensors["half"]?.type == .float16 && tensors["counter"]?.type == .int64)
    #expect(try tensors["counter"]?.scalars() == [7])
    #expect(try tensors["parameter"]?.scalars() == [1.5])
  }

  @Test(arguments: ["list.pth", "evil.pth", "truncated.pth", "other.zip"])
  func `that hold anything else are refused, and nothing runs`(name: String) {
    let path = Golden.path("modelfiles/\(name)")
    #expect {
      try weights(contentsOf: path)
    } throws: { error in
      "\(error)".hasPrefix(path) && error is FileContentError
    }
    for folder in [Golden.path("modelfiles"), FileManager.default.currentDirectoryPath] {
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/executed"))
    }
  }

  /// Whatever the bytes are, reading ends with tensors or an error.
  @Test func `that are damaged anywhere do no harm`() async throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: Golden.path("modelfiles/plain.pth")))
    try await withTemporaryFolder { folder in
      let path = "\(folder)/a.pth"
      var refused = 0
      for index in stride(from: 4, to: whole.count, by: 3) {
        for change in [UInt8(0x01), 0x80, 0xFF] {
          var damaged = whole
          damaged[index] ^= change
          try damaged.write(to: URL(fileURLWithPath: path))
          do { _ = try weights(contentsOf: path) } catch { refused += 1 }
        }
      }
      #expect(refused > 500)
      for end in stride(from: 0, to: whole.count - 30, by: 41) {
        try whole.prefix(end).write(to: URL(fileURLWithPath: path))
        #expect(throws: (any Error).self) { try weights(contentsOf: path) }
      }
    }
  }

  @Test func `are told from safetensors by their bytes`() async throws {
    try await withTemporaryFolder { folder in
      let tensors = ["a": try Tensor(shape: [2], scalars: [1, 2])]
      try SafetensorsFile(tensors: tensors).write(to: "\(folder)/a.pth")
      #expect(try weights(contentsOf: "\(folder)/a.pth")["a"]?.scalars() == [1, 2])
    }
    #expect {
      try weights(contentsOf: "/nowhere")
    } throws: { "\($0)" == "/nowhere: cannot be read: there is no such file; check its name" }
  }
}
