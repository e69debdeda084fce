// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "UninformedStudents", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  ],
  targets: [
    .target(name: "CPeak"),
    .executableTarget(
      name: "students-benchmark",
      dependencies: [
        "CPeak", .product(name: "UninformedStudents", package: "UninformedStudents"),
        .product(name: "Networks", package: "UninformedStudents"),
        .product(name: "Tensors", package: "UninformedStudents"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
  ]
)
