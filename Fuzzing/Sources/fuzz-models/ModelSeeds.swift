import Foundation
import UninformedStudents

/// Small models of patches, sound but for their calibration, for the fuzzer to begin with.
enum ModelSeeds {
  private struct Configuration<Settings: Encodable>: Encodable {
    let layout: PatchLayout
    let model: Settings
  }

  /// Writes them into a folder.
  static func write(to folder: String) throws {
    var anogan = AnoGAN.Settings(.fast)
    (anogan.latent, anogan.width, anogan.searchSteps) = (1, 1, 2)
    try write(
      "anogan", anogan, side: 8,
      [
        "generator.0.weight": [1, 1, 4, 4], "generator.0.bias": [1], "generator.0.scale": [1],
        "generator.0.shift": [1], "generator.0.mean": [1], "generator.0.variance": [1],
        "generator.1.weight": [1, 3, 4, 4], "generator.1.bias": [3],
        "discriminator.0.weight": [1, 3, 4, 4], "discriminator.0.bias": [1],
        "discriminator.1.weight": [1, 1, 4, 4], "discriminator.1.bias": [1],
      ], to: folder)
    var ocgan = OCGAN.Settings(.fast)
    (ocgan.latent, ocgan.width) = (1, 1)
    try write("ocgan", ocgan, side: 8, [:], to: folder)
    try write("ssim-ae", SSIMAutoencoder.Settings(.fast), side: 8, [:], to: folder)
  }

  private static func write(
    _ method: String, _ settings: some Encodable, side: Int, _ shapes: [String: [Int]],
    to folder: String
  ) throws {
    var file = ModelFile(method: method)
    try file.encode(
      Configuration(layout: PatchLayout(zoom: 16, side: side, stride: 8), model: settings),
      as: "patches")
    for (name, shape) in shapes {
      file.tensors["model.\(name)"] = try Tensor(repeating: 0.25, shape: shape)
    }
    try file.write(to: "\(folder)/\(method)")
  }
}
