import CStudents
import Foundation
import StudentsC
import TestSupport
import Testing
import UninformedStudents

/// What a call gives, copied out of C's memory.
struct Answer: Equatable, Sendable {
  var status: Int
  var error = ""
  var isAnomalous = false
  var numbers: [Float] = []
  var rates: [Double] = []
  var size: [Int32] = []
  var lookedAt: [Int32] = []
  var regions: [[Double]] = []
  var unlike: [String] = []
  var map: [Float]?
  var mapSize: [Int32] = []
}

func error() -> String { String(cString: students_last_error()) }

/// The library blocks, which the threads of tests must not.
func onThread<Value: Sendable>(
  _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread { continuation.resume(with: Result(catching: work)) }.start()
  }
}

/// An open model, closed with the last reference.
final class Opened: @unchecked Sendable {
  let handle: OpaquePointer?

  init(_ path: String) throws {
    var handle: OpaquePointer?
    var options = students_open_options()
    options.struct_size = MemoryLayout<students_open_options>.size
    options.threads = 2
    try #require(Int(openModel(path, &options, &handle)) == STUDENTS_OK, "\(error())")
    self.handle = handle
  }

  deinit { freeModel(handle) }

  func inspect(
    _ bytes: [UInt8]?, _ format: Int, _ width: Int = Samples.width,
    _ height: Int = Samples.height, stride: Int = 0,
    _ change: (inout students_inspect_options) -> Void = { _ in }
  ) -> Answer {
    var options = students_inspect_options()
    options.struct_size = MemoryLayout<students_inspect_options>.size
    change(&options)
    var result: UnsafeMutablePointer<students_result>?
    let status = inspectPixels(
      handle, bytes, Int32(width), Int32(height), Int64(stride), Int32(format), &options, &result)
    defer { freeResult(result) }
    guard let result = result?.pointee else { return Answer(status: Int(status), error: error()) }
    let part = result.map_part
    var answer = Answer(status: Int(status))
    answer.isAnomalous = result.is_anomalous == 1
    answer.numbers = [result.score, result.threshold]
    answer.rates = [result.p_value, result.false_alarms, result.ignored]
    answer.size = [result.width, result.height]
    let looked = result.looked_at
    answer.lookedAt = [looked.x, looked.y, looked.width, looked.height]
    for number in 0..<Int(result.region_count) {
      guard let region = result.regions?[number] else { continue }
      let box = [region.x, region.y, region.width, region.height].map { Double($0) }
      let peak = [Double(region.peak), Double(region.peak_x), Double(region.peak_y)]
      answer.regions.append(box + [Double(region.area)] + peak)
    }
    answer.unlike = String(cString: result.unlike).split(separator: "\n").map(String.init)
    answer.map = result.map.map {
      Array(UnsafeBufferPointer(start: $0, count: Int(result.map_height * result.map_width)))
    }
    answer.mapSize = [
      result.map_height, result.map_width, part.x, part.y, part.width, part.height,
    ]
    return answer
  }
}

extension Answer {
  /// What the command prints of a file.
  init(_ object: [String: Any]) throws {
    let number = { (name: String) in try #require(object[name] as? Double, "\(name)") }
    status = STUDENTS_OK
    isAnomalous = object["decision"] as? String == "anomalous"
    numbers = try [Float(number("score")), Float(number("threshold"))]
    rates = try [number("pValue"), number("falseAlarms"), object["ignored"] as? Double ?? 0]
    size = try [Int32(number("width")), Int32(number("height"))]
    let looked = object["lookedAt"] as? [String: Double]
    lookedAt =
      try looked.map { part in
        try ["x", "y", "width", "height"].map { Int32(try #require(part[$0])) }
      } ?? [0, 0] + size
    regions = try #require(object["regions"] as? [[String: Double]]).map { region in
      try ["x", "y", "width", "height", "area", "peak", "peakX", "peakY"].map {
        let value = try #require(region[$0])
        return $0 == "peak" ? Double(Float(value)) : value
      }
    }
    unlike = try #require(object["unlike"] as? [String])
    mapSize = [Int32](repeating: 0, count: 6)
  }

  /// Of a file, by the command.
  static func ofCommand(_ model: String, _ image: String, _ options: [String] = []) throws
    -> Answer
  {
    let ran = try Ran(
      Ran.students, ["inspect", model, image, "--json", "--threads", "2"] + options)
    return try Answer(try #require(ran.objects().first, "\(ran.errors)"))
  }
}

@Suite(.serialized) struct `The functions of the C library` {
  /// Compiles only where both declarations agree.
  @Test func `have the types of the header`() {
    func agree<Function>(_ declared: Function, _ defined: Function) {}
    agree(students_open, openModel)
    agree(students_free, freeModel)
    agree(students_info, modelInfo)
    agree(students_inspect, inspectPixels)
    agree(students_result_free, freeResult)
    #expect(students_abi_version() == STUDENTS_ABI_VERSION)
    #expect(MemoryLayout<students_open_options>.size == 48)
    #expect(MemoryLayout<students_inspect_options>.size == 24)
    #expect(MemoryLayout<students_model_info>.size == 96)
    #expect(MemoryLayout<students_region>.size == 40)
    #expect(MemoryLayout<students_result>.size == 120)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let format: Int
    let channels: Int
    var bits = 8
    var isBlueFirst = false
    var gap = 0
    var isFramed = false
  }

  @Test(arguments: [
    Case(testDescription: "grey8", format: STUDENTS_GREY8, channels: 1),
    Case(testDescription: "rgb8", format: STUDENTS_RGB8, channels: 3),
    Case(testDescription: "rgb8, gaps", format: STUDENTS_RGB8, channels: 3, gap: 13),
    Case(testDescription: "bgr8", format: STUDENTS_BGR8, channels: 3, isBlueFirst: true, gap: 1),
    Case(testDescription: "rgba8", format: STUDENTS_RGBA8, channels: 4),
    Case(testDescription: "bgra8", format: STUDENTS_BGRA8, channels: 4, isBlueFirst: true, gap: 64),
    Case(testDescription: "grey16", format: STUDENTS_GREY16, channels: 1, bits: 16),
    Case(testDescription: "rgb16, odd gaps", format: STUDENTS_RGB16, channels: 3, bits: 16, gap: 3),
    Case(testDescription: "rgb8, framed", format: STUDENTS_RGB8, channels: 3, isFramed: true),
    Case(
      testDescription: "grey of 12 bits, framed", format: STUDENTS_GREY16, channels: 1, bits: 16,
      isFramed: true),
  ])
  func `decide as the command does about a PNG of the same pixels`(_ test: Case) async throws {
    let samples = Samples(
      channels: test.channels, bits: test.bits,
      white: test.isFramed && test.bits == 16 ? 4095 : nil)
    let memory = samples.memory(isBlueFirst: test.isBlueFirst, gap: test.gap)
    try await withTemporaryFolder { folder in
      let model = try test.isFramed ? TrainedFiles.framed() : TrainedFiles.plain()
      let png = "\(folder)/image.png"
      try samples.writePNG(to: png)
      let expected = try Answer.ofCommand(model, png)
      let answer = try await onThread {
        try Opened(model).inspect(
          memory, test.format, stride: test.gap == 0 ? 0 : samples.rowBytes + test.gap)
      }
      #expect(answer == expected)
      #expect(!answer.regions.isEmpty && answer.lookedAt[0] == (test.isFramed ? 5 : 0))
    }
  }

  @Test func `give the maps that the command writes, and leave out what is not wanted`()
    async throws
  {
    let samples = Samples(channels: 3)
    try await withTemporaryFolder { folder in
      let model = try TrainedFiles.framed()
      let png = "\(folder)/image.png"
      try samples.writePNG(to: png)
      for (size, map) in [("model", STUDENTS_MODEL_MAP), ("image", STUDENTS_IMAGE_MAP)] {
        let expected = try Answer.ofCommand(
          model, png, ["--maps", "\(folder)/\(size)", "--map-size", size, "--false-alarms", "0.5"])
        var answer = try await onThread {
          try Opened(model).inspect(samples.memory(), STUDENTS_RGB8) {
            $0.map = Int32(map)
            $0.false_alarms = 0.5
            $0.omit_regions = 1
          }
        }
        let reading = ImageReading(valueRange: -1000...1000)
        let written = try Image(contentsOf: "\(folder)/\(size)/image.tiff", reading: reading)
        let scores = try #require(answer.map)
        #expect(scores.count == written.height * written.width)
        for (number, score) in scores.enumerated() {
          try #require(abs((score + 1000) / 2000 - written.pixels[3 * number]) < 1e-6)
        }
        #expect(
          answer.mapSize == (size == "model" ? [64, 64, 0, 9, 64, 46] : [47, 61, 5, 3, 50, 36]))
        #expect(answer.regions.isEmpty)
        answer.map = nil
        answer.mapSize = expected.mapSize
        answer.regions = expected.regions
        #expect(answer == expected)
      }
    }
  }

  @Test func `tell what a model is`() async throws {
    let path = try TrainedFiles.framed()
    let described = try #require(Ran(Ran.students, ["info", path, "--json"]).objects().first)
    let texts = ["fingerprint", "method", "density"].map { described[$0] as? String }
    let least = described["leastFalseAlarms"] as? Double
    try await onThread {
      let model = try Opened(path)
      var info: UnsafePointer<students_model_info>?
      #expect(Int(modelInfo(model.handle, &info)) == STUDENTS_OK)
      let found = try #require(info?.pointee)
      #expect(String(cString: found.fingerprint) == texts[0])
      #expect(String(cString: found.method) == texts[1])
      #expect(found.least_false_alarms == least)
      #expect(String(cString: found.density) == texts[2])
      #expect(String(cString: found.version) == PackageVersion.current)
      #expect(String(cString: found.precision) == "fp32")
      #expect(found.value_low == 0 && found.value_high == 4095)
      #expect(found.map_side == 64 && found.calibration_images == 2)
    }
  }

  @Test func `serve several threads with one model`() async throws {
    let path = try TrainedFiles.plain()
    let model = try await onThread { try Opened(path) }
    let images = [Samples(channels: 3).memory(), Samples(channels: 1).memory()]
    let formats = [STUDENTS_RGB8, STUDENTS_GREY8]
    try await expectSameTogether(2) { number in
      try await onThread { model.inspect(images[number], formats[number]) }
    }
  }

  @Test func `refuse pixels that make no sense, and say why`() async throws {
    let path = try TrainedFiles.framed()
    try await onThread { try refusePixels(path) }
  }

  @Test func `refuse to open what is no model, and know closed ones`() async throws {
    let path = try TrainedFiles.plain()
    try await onThread { try refuseFiles(path) }
  }
}

/// In a function, as the compiler's check of concurrency ends with an error in a closure of this length.
private func refusePixels(_ path: String) throws {
  let model = try Opened(path)
  let pixels = Samples(channels: 3).memory()
  func expect(
    _ answer: Answer, _ words: String, _ status: Int = STUDENTS_BAD_ARGUMENT,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      answer.status == status && answer.error.contains(words), "\(answer)",
      sourceLocation: sourceLocation)
  }
  expect(model.inspect(nil, STUDENTS_RGB8), "pixels: NULL")
  expect(model.inspect(pixels, 0), "format: 0")
  for format in [-1, 8, 1 << 30] { expect(model.inspect(pixels, format), "format: \(format)") }
  for (width, height) in [(0, 47), (61, 0), (-61, 47), (61, -47), (Int(Int32.min), 1)] {
    expect(model.inspect(pixels, STUDENTS_RGB8, width, height), "must be positive")
  }
  for stride in [-183, 182, 1, .min] {
    expect(model.inspect(pixels, STUDENTS_RGB8, stride: stride), "row_stride: \(stride)")
  }
  expect(model.inspect(pixels, STUDENTS_RGB8, stride: .max), "more than any memory")
  let most = Int(Int32.max)
  expect(model.inspect(pixels, STUDENTS_RGB16, most, most), "more than any memory")
  expect(model.inspect(pixels, STUDENTS_GREY8, most, most), "limit", STUDENTS_BAD_IMAGE)
  expect(model.inspect(pixels, STUDENTS_GREY8, most, 1), "limit", STUDENTS_BAD_IMAGE)
  // The region of interest does not lie in it.
  expect(
    model.inspect(pixels, STUDENTS_RGB8, 20, 20), "region of interest", STUDENTS_BAD_IMAGE)
  let deep = Samples(channels: 1, bits: 16).memory()
  expect(model.inspect(deep, STUDENTS_GREY16), "outside of 0 to 4095", STUDENTS_BAD_IMAGE)
  for rate in [-0.1, 1.1, .nan, .infinity] {
    expect(model.inspect(pixels, STUDENTS_RGB8) { $0.false_alarms = rate }, "false_alarms")
  }
  expect(model.inspect(pixels, STUDENTS_RGB8) { $0.map = 3 }, "map is 3")
  for size in [0, 8, 5000, .max] {
    expect(model.inspect(pixels, STUDENTS_RGB8) { $0.struct_size = size }, "struct_size")
  }
  // An older program's options end earlier.
  #expect(model.inspect(pixels, STUDENTS_RGB8) { $0.struct_size = 16 }.status == STUDENTS_OK)
  #expect(
    Int(inspectPixels(model.handle, pixels, 61, 47, 0, Int32(STUDENTS_RGB8), nil, nil))
      == STUDENTS_BAD_ARGUMENT)
  #expect(error().contains("result: NULL"))
  var result: UnsafeMutablePointer<students_result>?
  for handle in [nil, OpaquePointer(bitPattern: 12345)] {
    let status = inspectPixels(
      handle, pixels, 61, 47, 0, Int32(STUDENTS_RGB8), nil, &result)
    #expect(Int(status) == STUDENTS_BAD_ARGUMENT && result == nil)
    #expect(error().contains("model: "))
  }
  #expect(
    Int(inspectPixels(model.handle, pixels, 61, 47, 0, Int32(STUDENTS_RGB8), nil, &result))
      == STUDENTS_OK, "NULL is all defaults")
  freeResult(result)
  freeResult(nil)
}

/// As ``refusePixels(_:)``.
private func refuseFiles(_ path: String) throws {
  var handle: OpaquePointer?
  func expect(
    _ path: String?, _ words: String, _ status: Int = STUDENTS_BAD_ARGUMENT,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ change: (inout students_open_options) -> Void = { _ in }
  ) {
    var options = students_open_options()
    options.struct_size = MemoryLayout<students_open_options>.size
    change(&options)
    handle = OpaquePointer(bitPattern: 99)
    #expect(Int(openModel(path, &options, &handle)) == status, sourceLocation: sourceLocation)
    #expect(
      handle == nil && error().contains(words), "\(error())", sourceLocation: sourceLocation)
  }
  expect(nil, "path: NULL")
  expect("", "path: empty")
  expect("/nowhere/a.students", "/nowhere/a.students", STUDENTS_BAD_MODEL)
  expect(Ran.include + "/students.h", "students.h", STUDENTS_BAD_MODEL)
  expect(Ran.package, Ran.package, STUDENTS_BAD_MODEL)
  for threads: Int32 in [-1, 1025, .max] { expect(path, "threads") { $0.threads = threads } }
  expect(path, "max_pixels") { $0.max_pixels = -1 }
  expect(path, "reserved") { $0.reserved = 1 }
  "quantum".withCString { word in
    expect(path, "'quantum' is not available on this machine") { $0.device = word }
    expect(path, "'quantum' is none of fp32") { $0.precision = word }
    expect(path, "'quantum' is none of") { $0.density = word }
  }
  "bf16".withCString { word in
    expect(path, "calibrated for", STUDENTS_BAD_MODEL) { $0.precision = word }
  }
  #expect(Int(openModel(path, nil, nil)) == STUDENTS_BAD_ARGUMENT)
  #expect(Int(openModel(path, nil, &handle)) == STUDENTS_OK)
  var info: UnsafePointer<students_model_info>?
  #expect(Int(modelInfo(handle, nil)) == STUDENTS_BAD_ARGUMENT)
  freeModel(handle)
  #expect(Int(modelInfo(handle, &info)) == STUDENTS_BAD_ARGUMENT)
  #expect(info == nil && error().contains("model: closed"))
  freeModel(handle)
  freeModel(nil)
}
