import Foundation

/// Small models, trained once for all tests by the command.
enum TrainedFiles {
  /// A plain model.
  static func plain() throws -> String { try plainModel.get() }
  /// One of cameras of 12 bits, which looks at a part of the image and pads it to a square.
  static func framed() throws -> String { try framedModel.get() }

  private static let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("students-c-tests-\(UUID().uuidString)").path

  private static let parts = Result {
    let parts = "\(folder)/parts"
    atexit { try? FileManager.default.removeItem(atPath: TrainedFiles.folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let drawn = try Ran(
      Ran.students, ["sample-data", parts, "--training", "6", "--test", "1", "--size", "64"])
    guard drawn.status == 0 else { throw Failure(text: drawn.errors) }
    return "\(parts)/train/good"
  }
  private static let plainModel = Result { try train("plain", []) }
  private static let framedModel = Result {
    try train("framed", ["--value-range", "0,4095", "--roi", "5,3,50,36", "--fit", "pad"])
  }

  private static func train(_ name: String, _ options: [String]) throws -> String {
    let model = "\(folder)/\(name).students"
    let trained = try Ran(
      Ran.students,
      [
        "train", parts.get(), "-o", model, "--students", "1", "--image-size", "64", "--epochs", "4",
        "--threads", "2", "--scales", "33",
      ] + options)
    guard trained.status == 0 else { throw Failure(text: trained.errors) }
    return model
  }

  struct Failure: Error {
    let text: String
  }
}
