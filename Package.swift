// swift-tools-version: 6.2
import PackageDescription

// `./setup` puts libtorch here unless LIBTORCH names another copy, and writes the pkg-config file
// that the compiler reads the include and library folders from.
let libtorch = Context.environment["LIBTORCH"] ?? "\(Context.packageDirectory)/.libtorch/torch"

let package = Package(
  name: "UninformedStudents",
  platforms: [.macOS(.v15)],
  products: [],
  dependencies: [],
  targets: [
    // Native code. Nothing above these targets touches a C pointer.
    .systemLibrary(name: "CLibTorch", pkgConfig: "libtorch"),
    .target(
      name: "CTensors",
      dependencies: ["CLibTorch"],
      linkerSettings: [
        // The run path of libtorch, which pkg-config may not carry.
        .unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", "\(libtorch)/lib"])
      ]
    ),

    .systemLibrary(name: "CLibVips", pkgConfig: "vips", providers: [.apt(["libvips-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CVips", dependencies: ["CLibVips"]),

    // The command line.
    .executableTarget(
      name: "students",
      dependencies: ["StudentTeacher", "ModelFiles", "Networks", "AnomalyDetection"]),

    // Methods.
    .target(
      name: "StudentTeacher",
      dependencies: [
        "AnomalyDetection", "Networks", "Images", "ModelFiles", "Randomness", "Tensors",
      ]),
    .target(
      name: "AnomalyDetection",
      dependencies: ["Files", "Images", "ModelFiles", "Networks", "Randomness", "Tensors"]),

    // Data and measurement.
    .target(name: "Evaluation"),
    .target(name: "Images", dependencies: ["CVips", "Files"]),

    // Numerics.
    .target(name: "Files"),
    .target(name: "Randomness"),
    .target(name: "Tensors", dependencies: ["CTensors"]),
    .target(name: "ModelFiles", dependencies: ["CZlib", "Files", "Tensors"]),
    .target(name: "Networks", dependencies: ["Tensors"]),

    // Tests.
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(name: "NetworksTests", dependencies: ["Networks", "ModelFiles", "TestSupport"]),
    .testTarget(name: "EvaluationTests", dependencies: ["Evaluation"]),
    .testTarget(name: "ModelFilesTests", dependencies: ["ModelFiles", "TestSupport"]),
    .target(name: "TestSupport", dependencies: ["Tensors"], path: "Tests/TestSupport"),
  ],
  cxxLanguageStandard: .cxx20
)

for target in package.targets where target.type != .system {
  target.swiftSettings = [.enableUpcomingFeature("InternalImportsByDefault")]
}
