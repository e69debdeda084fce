import Foundation
import FuzzerDriver
import UninformedStudents

@testable import FileFormats
@testable import ModelFiles

private let grey = Image(height: 40, width: 40, pixels: [Float](repeating: 0.5, count: 4800))

/// Reads bytes as a model, and inspects an image where they became one.
private func read(_ data: Data) throws {
  let file = try ModelFile(
    SafetensorsFile(ByteSource(data)), path: "input", checkingContents: false)
  // Long searches and large images are slow, and no fault.
  let isQuick = file.text(of: "patches")?.contains(/"(searchSteps|zoom)":\d{4}/) == false
  if let model = try? TrainedModel(file, methods: allDetectors) {
    _ = (model.calibration.threshold(), try model.fingerprint())
  }
  // The detector also where what stands around it is damaged.
  let method = allDetectors.first { $0.method == file.method }
  if let detector = try method?.init(from: file), isQuick {
    let execution = Execution(density: detector.densities.first { $0 == .strided })
    _ = try detector.placed(for: execution).evidence(of: [grey]) { _, _ in }
  }
}

/// What libFuzzer calls: any error will do, a trap will not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  try? read(input(start, count))
  return 0
}
