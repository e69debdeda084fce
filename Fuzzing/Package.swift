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
      dependencies: [.product(name: "FileFormats", package: "UninformedStudents")]),
    // Models and images, which need libtorch and libvips.
    .executableTarget(
      name: "fuzz-models",
      dependencies: [.product(name: "UninformedStudents", package: "UninformedStudents")]),
  ]
)
