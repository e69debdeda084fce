import CStudents
import Synchronization
import UninformedStudents

/// A model that a caller has opened.
final class OpenModel: Sendable {
  let inspector: Inspector
  let maxPixels: Int
  let info: ModelInfo

  /// Reads and readies a model.
  ///
  /// - Throws: ``Refusal``.
  init(contentsOf path: String, _ options: OpenOptions) throws {
    do {
      let model = try TrainedModel(contentsOf: path)
      let (device, precision, density, threads) = (
        options.device, options.precision, options.density, options.threads
      )
      inspector = try waiting {
        try await model.inspector(
          on: device, precision: precision, density: density, threads: threads)
      }
      info = try ModelInfo(inspector)
    } catch { throw Refusal(error, status: STUDENTS_BAD_MODEL) }
    maxPixels = options.maxPixels
  }
}

/// The models that are open, by the handles that callers have.
///
/// A handle is a number and no address: a model that is closed is told from an open one, whatever lies where
/// it lay.
enum OpenModels {
  private static let all = Mutex<(last: UInt, models: [UInt: OpenModel])>((0, [:]))

  static func add(_ model: OpenModel) -> OpaquePointer? {
    all.withLock { open in
      open.last += 1
      open.models[open.last] = model
      return OpaquePointer(bitPattern: open.last)
    }
  }

  /// - Throws: ``Refusal`` where the handle is none.
  static func model(_ handle: OpaquePointer?) throws -> OpenModel {
    guard let handle else { throw Refusal("model: NULL; open one first") }
    guard let model = all.withLock({ $0.models[UInt(bitPattern: handle)] }) else {
      throw Refusal("model: closed, or never opened")
    }
    return model
  }

  static func remove(_ handle: OpaquePointer?) {
    // It goes without the lock.
    _ = all.withLock { $0.models.removeValue(forKey: UInt(bitPattern: handle)) }
  }
}

/// A `students_model_info` with its texts.
///
/// `@unchecked`: nothing changes it after `init`.
final class ModelInfo: @unchecked Sendable {
  let pointer: UnsafePointer<students_model_info>
  private let memory = UnsafeMutablePointer<students_model_info>.allocate(capacity: 1)
  private let texts: [UnsafeMutablePointer<CChar>]

  init(_ inspector: Inspector) throws {
    let (model, calibration) = (inspector.model, inspector.calibration)
    let execution = inspector.mapper.execution
    let range = model.reading.valueRange ?? 0...65535
    texts = try [
      model.fingerprint(of: calibration).digits, type(of: model.detector).method,
      model.provenance.version, execution.device.description, calibration.precision.rawValue,
      calibration.density?.rawValue ?? "",
    ].map(cString)
    memory.initialize(
      to: students_model_info(
        fingerprint: texts[0], method: texts[1], version: texts[2], device: texts[3],
        precision: texts[4], density: texts[5],
        default_false_alarms: calibration.threshold().falseAlarms,
        least_false_alarms: calibration.leastFalseAlarms, value_low: range.lowerBound,
        value_high: range.upperBound, threshold: calibration.threshold().score,
        map_side: Int32(clamping: model.framing.side),
        calibration_images: Int32(clamping: calibration.images.count), reserved: 0))
    pointer = UnsafePointer(memory)
  }

  deinit {
    memory.deallocate()
    for text in texts { text.deallocate() }
  }
}

private func cString(_ text: String) -> UnsafeMutablePointer<CChar> {
  let bytes = text.utf8CString
  let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
  for (number, byte) in bytes.enumerated() { copy[number] = byte }
  return copy
}
