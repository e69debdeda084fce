import Foundation
import Tensors
import Testing

@Suite struct `Devices` {
  @Test(arguments: [
    ("cpu", Device.cpu), ("cuda", .cuda), ("cuda:0", .cuda), ("cuda:1", .cuda(1)), ("mps", .mps),
  ])
  func `are what they are called`(name: String, device: Device) throws {
    #expect(Device(name) == device)
    #expect(Device(device.description) == device)
    let coded = try JSONEncoder().encode([device])
    #expect(try JSONDecoder().decode([Device].self, from: coded) == [device])
  }

  @Test(arguments: [
    "", "gpu", "cpu:0", "cuda:", "cuda:-1", "cuda:+1", "cuda:128", "cuda:1:2", "CPU",
  ])
  func `of other names there are none`(name: String) {
    #expect(Device(name) == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Device].self, from: JSONEncoder().encode([name]))
    }
  }

  @Test func `that are not there are errors, not ends`() throws {
    #expect(Device.cpu.isAvailable && Device.available.contains(.cpu))
    #expect(!Device.cuda(127).isAvailable)
    #expect(throws: TensorError.self) {
      try Tensor(repeating: 0, shape: [2], on: .cuda(127))
    }
    #expect(try Tensor(repeating: 0, shape: [2]).device == .cpu)
  }
}
