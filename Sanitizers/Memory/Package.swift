// swift-tools-version: 6.2
import PackageDescription

// The tests of what native code reads and writes, under AddressSanitizer and
// UndefinedBehaviorSanitizer: of the root package only what they need is built. `../run` passes the
// flags.
let root = "UninformedStudents"
let package = Package(
  name: "Memory",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: root, path: "../..")],
  targets: [
    .testTarget(
      name: "TensorsTests",
      dependencies: [.product(name: "Tensors", package: root), "TestSupport"]),
    .testTarget(
      name: "ImagesTests", dependencies: [.product(name: "Images", package: root), "TestSupport"]),
    .target(
      name: "TestSupport",
      dependencies: [
        .product(name: "Images", package: root), .product(name: "Tensors", package: root),
      ],
      path: "Tests/TestSupport"),
  ]
)

for target in package.targets {
  target.swiftSettings = [.enableUpcomingFeature("InternalImportsByDefault")]
}
