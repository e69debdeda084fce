import CStudents
import UninformedStudents

/// `students_open_options`, checked.
struct OpenOptions {
  let device: Device
  let precision: Precision?
  let density: Density?
  let maxPixels: Int
  let threads: Int?

  /// - Throws: ``Refusal``.
  init(_ pointer: UnsafePointer<students_open_options>?) throws {
    let options = try read(pointer, students_open_options())
    guard options.reserved == 0 else { throw Refusal("options: reserved is not 0; set it to 0") }
    guard options.max_pixels >= 0 else {
      throw Refusal("options: max_pixels is \(options.max_pixels); it must be positive, or 0")
    }
    maxPixels = options.max_pixels == 0 ? Image.defaultPixelLimit : Int(options.max_pixels)
    guard (0...1024).contains(options.threads) else {
      throw Refusal("options: threads is \(options.threads); it must be 1 to 1024, or 0")
    }
    threads = options.threads == 0 ? nil : Int(options.threads)
    precision = try choice(options.precision, "precision", Precision.self)
    density = try choice(options.density, "density", Density.self)
    guard let name = options.device else {
      device = Device.cuda.isAvailable ? .cuda : .cpu
      return
    }
    guard let device = String(validatingCString: name).flatMap({ Device($0) }), device.isAvailable
    else {
      let others = Device.available.map(\.description).joined(separator: ", ")
      throw Refusal(
        "options: device '\(String(cString: name))' is not available on this machine with this libtorch; choose one of: "
          + others)
    }
    self.device = device
  }
}

/// `students_inspect_options`, checked.
struct InspectOptions {
  let falseAlarms: Double?
  let map: MapSize?
  let wantsRegions: Bool

  /// - Throws: ``Refusal``.
  init(_ pointer: UnsafePointer<students_inspect_options>?) throws {
    let options = try read(pointer, students_inspect_options())
    guard options.false_alarms >= 0, options.false_alarms <= 1 else {
      throw Refusal(
        "options: false_alarms is \(options.false_alarms); it must be a share above 0, at most 1, or 0 "
          + "for the model's")
    }
    falseAlarms = options.false_alarms == 0 ? nil : options.false_alarms
    switch Int(options.map) {
    case STUDENTS_NO_MAP: map = nil
    case STUDENTS_MODEL_MAP: map = .model
    case STUDENTS_IMAGE_MAP: map = .image
    default: throw Refusal("options: map is \(options.map), which is not a students_map_size")
    }
    wantsRegions = options.omit_regions == 0
  }
}

/// The options of a caller whose version of the struct may be shorter or longer: what is missing is as in
/// `defaults`, and what is unknown must be zero.
private func read<Options: BitwiseCopyable>(
  _ pointer: UnsafePointer<Options>?, _ defaults: Options
) throws -> Options {
  guard let pointer = UnsafeRawPointer(pointer) else { return defaults }
  let size = pointer.loadUnaligned(as: Int.self)
  let known = MemoryLayout<Options>.size
  // No version will have more; what is larger was never set.
  guard size > MemoryLayout<Int>.size, size <= 4096 else {
    throw Refusal(
      "options: struct_size is \(size), which is not a size of the struct; set it to sizeof")
  }
  let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
  guard bytes.dropFirst(known).allSatisfy({ $0 == 0 }) else {
    throw Refusal(
      "options: they set fields that this version of the library does not know; update the library")
  }
  var options = defaults
  withUnsafeMutableBytes(of: &options) { $0.copyMemory(from: .init(rebasing: bytes.prefix(known))) }
  return options
}

/// One of the words of a setting; nil for NULL.
private func choice<Setting: RawRepresentable<String> & CaseIterable>(
  _ word: UnsafePointer<CChar>?, _ name: String, _ type: Setting.Type
) throws -> Setting? {
  guard let word else { return nil }
  guard let setting = Setting(rawValue: String(cString: word)) else {
    let words = Setting.allCases.map(\.rawValue).joined(separator: ", ")
    throw Refusal("options: \(name) '\(String(cString: word))' is none of \(words)")
  }
  return setting
}
