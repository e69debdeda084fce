import CStudents
import Foundation
import StudentsC
import TestSupport
import Testing

@Test func `snapshot of error messages`() async throws {
  let path = try TrainedFiles.framed()
  let text = try await onThread { try (refusedFiles(path) + refusedPixels(path)).joined() }
  try expectSnapshot(text, "errors/StudentsC")
}

private func refusedFiles(_ path: String) -> [String] {
  func refused(
    _ path: String?, _ change: (inout students_open_options) -> Void = { _ in }
  ) -> String {
    var (options, handle): (students_open_options, OpaquePointer?) = (.init(), nil)
    options.struct_size = MemoryLayout<students_open_options>.size
    change(&options)
    #expect(Int(openModel(path, &options, &handle)) != STUDENTS_OK)
    return "students_open\n  \(error())\n"
  }
  // A newer program asks for more.
  var newer = [UInt8](repeating: 1, count: MemoryLayout<students_open_options>.size + 8)
  newer.withUnsafeMutableBytes { bytes in
    bytes.storeBytes(of: bytes.count, as: Int.self)
    var handle: OpaquePointer?
    let options = bytes.assumingMemoryBound(to: students_open_options.self).baseAddress
    #expect(Int(openModel(path, options, &handle)) == STUDENTS_BAD_ARGUMENT)
  }
  var said = [
    "students_open\n  \(error())\n", refused(nil), refused(""), refused("/nowhere/a.students"),
  ]
  said.append(refused(path) { $0.threads = -1 })
  said.append(refused(path) { $0.max_pixels = -1 })
  said.append(refused(path) { $0.reserved = 1 })
  said.append(refused(path) { $0.struct_size = 5000 })
  said.append(refused(path) { $0.struct_size = 0 })
  "quantum".withCString { word in
    said.append(refused(path) { $0.device = word })
    said.append(refused(path) { $0.precision = word })
  }
  #expect(Int(openModel(path, nil, nil)) == STUDENTS_BAD_ARGUMENT)
  said.append("students_open\n  \(error())\n")
  var info: UnsafePointer<students_model_info>?
  #expect(Int(modelInfo(OpaquePointer(bitPattern: 12345), &info)) == STUDENTS_BAD_ARGUMENT)
  said.append("students_info\n  \(error())\n")
  #expect(Int(modelInfo(nil, &info)) == STUDENTS_BAD_ARGUMENT)
  said.append("students_info\n  \(error())\n")
  #expect(Int(modelInfo(nil, nil)) == STUDENTS_BAD_ARGUMENT)
  said.append("students_info\n  \(error())\n")
  return said.map { $0.replacing(/(choose one of: cpu), .*/) { "\($0.1)" } }
}

private func refusedPixels(_ path: String) throws -> [String] {
  let model = try Opened(path)
  let pixels = Samples(channels: 3).memory()
  let (rgb, most) = (STUDENTS_RGB8, Int(Int32.max))
  let answers = [
    model.inspect(nil, rgb), model.inspect(pixels, 99), model.inspect(pixels, rgb, 0, 47),
    model.inspect(pixels, rgb, stride: 182), model.inspect(pixels, STUDENTS_RGB16, most, most),
    model.inspect(pixels, rgb, 20, 20), model.inspect(pixels, rgb) { $0.false_alarms = 2 },
    model.inspect(pixels, rgb) { $0.map = 3 },
  ]
  #expect(
    Int(inspectPixels(model.handle, pixels, 61, 47, 0, Int32(rgb), nil, nil))
      == STUDENTS_BAD_ARGUMENT)
  return (answers.map(\.error) + [error()]).map { "students_inspect\n  \($0)\n" }
}
