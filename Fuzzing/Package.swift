// swift-tools-version: 6.2
import PackageDescription

// Parsers under libFuzzer and AddressSanitizer; `make fuzz` passes the flags and runs them.
let package = Package(
  name: "Fuzzing",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "UninformedStudents", path: "..")],
  targets: [
    // Formats alone, which builds in half a minute.
    .executableTarget(
      name: "fuzz-formats",
      dependencies: [
        "FuzzerDriver", .product(name: "FileFormats", package: "UninformedStudents"),
      ]),
    // Images and masks, which need libvips.
    .executableTarget(
      name: "fuzz-images",
      dependencies: ["FuzzerDriver", .product(name: "Images", package: "UninformedStudents")]),
    // Models, which need libtorch.
    .executableTarget(
      name: "fuzz-models",
      dependencies: [
        "FuzzerDriver", .product(name: "UninformedStudents", package: "UninformedStudents"),
      ]),
    .target(name: "FuzzerDriver"),
  ]
)
