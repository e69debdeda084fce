// swift-tools-version: 6.2
import PackageDescription

// The tests of what happens at the same time, under ThreadSanitizer. `../run` passes the flags.
let root = "UninformedStudents"
let package = Package(
  name: "Threads",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: root, path: "../..")],
  targets: [
    .testTarget(
      name: "MethodTests",
      dependencies: [.product(name: root, package: root), "TestSupport"],
      sources: ["ConcurrentInspectionTests.swift"]),
    .testTarget(
      name: "ImagesTests",
      dependencies: [.product(name: root, package: root), "TestSupport"],
      sources: ["ConcurrentDecodingTests.swift"]),
    .testTarget(
      name: "TensorsTests",
      dependencies: [.product(name: root, package: root), "TestSupport"],
      sources: ["ConcurrentKernelTests.swift"]),
    .target(
      name: "TestSupport", dependencies: [.product(name: root, package: root)],
      path: "Tests/TestSupport"),
  ]
)

for target in package.targets {
  target.swiftSettings = [.enableUpcomingFeature("InternalImportsByDefault")]
}
