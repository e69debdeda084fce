// swift-tools-version: 6.2
import PackageDescription

// `./setup` puts libtorch here unless LIBTORCH names another copy, and writes the pkg-config file
// that the compiler reads the include and library folders from.
let libtorch = Context.environment["LIBTORCH"] ?? "\(Context.packageDirectory)/.libtorch/torch"

let service = TargetDependencyCondition.when(traits: ["Service"])

let package = Package(
  name: "UninformedStudents",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "UninformedStudents", targets: ["UninformedStudents"]),
    .executable(name: "students", targets: ["students"]),
    // The C library; a product of another kind has the name `students`.
    .library(name: "students-c", type: .dynamic, targets: ["StudentsC"]),
    // For the packages in `Benchmarks`, `Fuzzing` and `Sanitizers` only.
    .library(name: "FileFormats", targets: ["FileFormats"]),
    .library(name: "Images", targets: ["Images"]),
    .library(name: "Networks", targets: ["Networks"]),
    .library(name: "Tensors", targets: ["CTensors", "Tensors"]),
  ],
  traits: [
    .default(enabledTraits: ["Service"]),
    .trait(
      name: "Service",
      description: "students serve and students history; without it their packages are not built."
    ),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    // The service.
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0",
      traits: ["FullFoundation"]),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.10.0"),
  ],
  targets: [
    // Native code. Nothing above these targets touches a C pointer.
    .systemLibrary(name: "CLibTorch", pkgConfig: "libtorch"),
    .target(
      name: "CTensors",
      dependencies: ["CLibTorch"],
      cxxSettings: [
        // Kernels that are not optimised would keep the tests waiting for an hour.
        .unsafeFlags(["-O2"], .when(configuration: .debug))
      ],
      linkerSettings: [
        // The run path of libtorch, which pkg-config may not carry.
        .unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", "\(libtorch)/lib"])
      ]
    ),

    .systemLibrary(name: "CLibVips", pkgConfig: "vips", providers: [.apt(["libvips-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLibSVM", providers: [.apt(["libsvm-dev"])]),
    .target(
      name: "CVips", dependencies: ["CLibVips"],
      linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("tiff"), .linkedLibrary("z")]),
    .target(name: "CDigest", dependencies: ["CLibVips"]),
    .systemLibrary(
      name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "CTransfer", dependencies: ["CLibCurl"]),
    .target(
      name: "CSupportVectors", dependencies: ["CLibSVM"],
      linkerSettings: [.linkedLibrary("svm")]),

    // The command line.
    .executableTarget(
      name: "students",
      dependencies: [
        "Experiments", "Files", "UninformedStudents",
        .target(name: "Serving", condition: service),
        .target(name: "WebServer", condition: service),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "TOMLKit", package: "TOMLKit", condition: service),
      ]),

    // The C library: its header, and what is behind it.
    .target(name: "CStudents"),
    .target(
      name: "StudentsC", dependencies: ["CStudents", "Images", "Tensors", "UninformedStudents"]),

    // The service: its pages and addresses, and what is behind them, which knows nothing of HTTP.
    .target(
      name: "WebServer",
      dependencies: [
        "Experiments", "Files", "Serving", "UninformedStudents",
        .product(name: "Hummingbird", package: "hummingbird", condition: service),
        .product(name: "HTTPTypes", package: "swift-http-types", condition: service),
        .product(name: "Logging", package: "swift-log", condition: service),
        .product(name: "Mustache", package: "swift-mustache", condition: service),
        .product(name: "NIOCore", package: "swift-nio", condition: service),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras", condition: service),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: service),
      ],
      resources: [.copy("Templates"), .copy("Assets")]),
    .target(
      name: "Serving",
      dependencies: [
        "CTransfer", "Files", "Randomness", "UninformedStudents",
        .product(name: "GRDB", package: "GRDB.swift", condition: service),
      ]),

    // Experiments.
    .target(
      name: "Experiments",
      dependencies: ["Files", "ModelFiles", "Networks", "Tensors", "UninformedStudents"]),

    // What users import.
    .target(
      name: "UninformedStudents",
      dependencies: [
        "AnomalyDetection", "Baselines", "Datasets", "Downloads", "Evaluation", "Files", "Images",
        "Inspection",
        "ModelFiles", "Networks", "ONNX", "StudentTeacher", "Tensors",
      ],
      resources: [.copy("Teachers")]),

    // What decides.
    .target(
      name: "Inspection",
      dependencies: [
        "AnomalyDetection", "Datasets", "Evaluation", "Files", "Images", "ModelFiles", "Networks",
        "ONNX", "Randomness", "Tensors",
      ]),

    // Methods.
    .target(
      name: "StudentTeacher",
      dependencies: [
        "AnomalyDetection", "Datasets", "Downloads", "Files", "Networks", "Images", "ModelFiles",
        "ONNX", "Randomness", "Tensors",
      ]),
    .target(
      name: "Baselines",
      dependencies: [
        "AnomalyDetection", "CSupportVectors", "Datasets", "Files", "Images", "ModelFiles",
        "Networks", "ONNX", "Randomness", "Tensors",
      ]),
    .target(
      name: "AnomalyDetection",
      dependencies: [
        "Datasets", "Evaluation", "Files", "Images", "ModelFiles", "Networks", "ONNX",
        "Randomness", "Tensors",
      ]),

    // Data and measurement.
    .target(name: "Evaluation", dependencies: ["Randomness"]),
    .target(
      name: "Datasets", dependencies: ["Downloads", "FileFormats", "Files", "Images", "Randomness"]),
    .target(name: "Images", dependencies: ["CVips", "CZlib", "Files"]),
    .target(name: "Downloads", dependencies: ["CTransfer", "Files"]),

    // Numerics.
    .target(name: "Files", dependencies: ["CDigest"]),
    // All bytes from outside but images: nothing else parses them, and `Fuzzing` tries them.
    .target(name: "FileFormats", dependencies: ["CZlib", "Files"]),
    .target(name: "Randomness"),
    .target(name: "Tensors", dependencies: ["CTensors"]),
    .target(name: "ModelFiles", dependencies: ["CZlib", "FileFormats", "Files", "Tensors"]),
    // Graphs of operators for other programs: a writer that knows neither networks nor tensors.
    .target(name: "ONNX"),
    .target(name: "Networks", dependencies: ["Files", "ModelFiles", "ONNX", "Tensors"]),

    // Tests.
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
    .testTarget(name: "DownloadsTests", dependencies: ["Downloads", "Files", "TestSupport"]),
    .testTarget(name: "TensorsTests", dependencies: ["CTensors", "Tensors", "TestSupport"]),
    .testTarget(
      name: "NetworksTests", dependencies: ["Images", "Networks", "ModelFiles", "TestSupport"]),
    .testTarget(name: "EvaluationTests", dependencies: ["Evaluation", "TestSupport"]),
    .testTarget(name: "ONNXTests", dependencies: ["ONNX", "TestSupport"]),
    .testTarget(name: "RandomnessTests", dependencies: ["Randomness"]),
    .testTarget(name: "ImagesTests", dependencies: ["Files", "Images", "TestSupport"]),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets", "FileFormats", "Files", "TestSupport"]),
    .testTarget(name: "FileFormatsTests", dependencies: ["FileFormats", "Files", "TestSupport"]),
    .testTarget(
      name: "AnomalyDetectionTests",
      dependencies: ["AnomalyDetection", "Datasets", "Tensors", "TestSupport"]),
    .testTarget(
      name: "InspectionTests", dependencies: ["Datasets", "Inspection", "TestSupport"]),
    .testTarget(name: "BaselinesTests", dependencies: ["Baselines", "Datasets", "TestSupport"]),
    .testTarget(
      name: "StudentTeacherTests",
      dependencies: ["Datasets", "Files", "Inspection", "StudentTeacher", "TestSupport"]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "CZlib", "Files", "Networks", "Tensors", "UninformedStudents", "TestSupport", "students",
      ]
    ),
    .testTarget(
      name: "CLibraryTests",
      dependencies: [
        "CStudents", "CZlib", "StudentsC", "TestSupport", "UninformedStudents", "students",
      ]),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: ["Experiments", "Files", "Networks", "Tensors", "TestSupport"]),
    .testTarget(
      name: "MethodTests",
      dependencies: ["Files", "Networks", "Tensors", "UninformedStudents", "TestSupport"]),
    .testTarget(
      name: "ModelFilesTests",
      dependencies: ["FileFormats", "Files", "ModelFiles", "TestSupport"]),
    .testTarget(
      name: "ServingTests",
      dependencies: ["Files", "Randomness", "Serving", "ServingFixture", "TestSupport"]),
    .testTarget(
      name: "WebServerTests",
      dependencies: [
        "WebServer", "Serving", "ServingFixture", "TestSupport",
        .product(name: "Hummingbird", package: "hummingbird"),
      ]),
    .target(
      name: "ServingFixture", dependencies: ["Serving", "Networks", "UninformedStudents"],
      path: "Tests/ServingFixture"),
    .testTarget(name: "TestSupportTests", dependencies: ["Tensors", "TestSupport"]),
    .target(
      name: "TestSupport", dependencies: ["Images", "Tensors"],
      path: "Tests/TestSupport"),
  ],
  cxxLanguageStandard: .cxx20
)

for target in package.targets where target.type != .system {
  target.swiftSettings = [.enableUpcomingFeature("InternalImportsByDefault")]
}
