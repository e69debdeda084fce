// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "UninformedStudents", path: "..")],
  targets: [
    .executableTarget(
      name: "convolving",
      dependencies: [.product(name: "UninformedStudents", package: "UninformedStudents")]),
    .executableTarget(
      name: "mapping",
      dependencies: [.product(name: "UninformedStudents", package: "UninformedStudents")]),
    .executableTarget(
      name: "measuring",
      dependencies: [.product(name: "UninformedStudents", package: "UninformedStudents")]),
  ]
)
