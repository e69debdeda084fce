import Foundation
import UninformedStudents

@testable import FileFormats
@testable import ModelFiles

/// What is tried; `--format=NAME` chooses one.
enum Format: String, CaseIterable {
  case model, image

  /// Reads bytes as this format, and inspects an image where they became a model.
  func read(_ data: Data) throws {
    switch self {
    case .model:
      let file = try ModelFile(
        SafetensorsFile(ByteSource(data)), path: "input", checkingContents: false)
      // Long searches and large images are slow, and no fault.
      let isQuick = file.text(of: "patches")?.contains(/"(searchSteps|zoom)":\d{4}/) == false
      if let model = try? TrainedModel(file, methods: allDetectors), isQuick, model.imageSide <= 128
      {
        _ = try model.inspect(Self.grey)
      }
      // The detector also where what stands around it is damaged.
      let method = allDetectors.first { $0.method == file.method }
      if let detector = try method?.init(from: file), isQuick {
        _ = try detector.anomalyMap(of: Self.grey)
      }
    case .image:
      let image = try Image(bytes: data, name: "input", maxPixels: 1 << 20)
      precondition(image.height * image.width <= 1 << 20)
    }
  }

  private static let grey = Image(
    height: 40, width: 40, pixels: [Float](repeating: 0.5, count: 4800))

  /// The one that the command line names.
  static let chosen: Format = {
    let option = "--format="
    let name = CommandLine.arguments.first { $0.hasPrefix(option) }?.dropFirst(option.count)
    guard let format = name.map(String.init).flatMap(Format.init) else {
      let names = allCases.map(\.rawValue).joined(separator: ", ")
      fatalError("give --format= and one of \(names)")
    }
    return format
  }()
}

/// What libFuzzer calls: any error will do, a trap will not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let data = start.map { Data(bytes: $0, count: count) } ?? Data()
  try? Format.chosen.read(data)
  return 0
}
