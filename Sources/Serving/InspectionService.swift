public import Foundation
import Files
import Synchronization
public import UninformedStudents

/// Models in memory that inspect what comes, and remember every verdict.
///
/// It knows nothing of HTTP: the server, the watched folder and tests ask it alike.
public final class InspectionService: Sendable {
  /// What can be chosen.
  public struct Settings: Sendable {
    /// Images that may wait for each model.
    public var queueLength = 64
    /// Bytes of the images that may wait for each model.
    public var queueBytes = 256 << 20
    /// The most pixels that an image may promise.
    public var maxPixels = Image.defaultPixelLimit
    /// Where maps are computed.
    public var device = Device.cpu
    /// Who is told of inspections.
    public var sinks: [any Sink] = []

    /// The defaults.
    public init() {}
  }

  /// All that was inspected.
  public let history: History
  /// Their files.
  public let images: ImageStore
  /// Tells whoever listens that there is something new.
  public let news = News()
  /// What was counted since the start.
  public let counters = Counters()

  private let monitors = DriftMonitors()
  /// One image at a time is decoded for people to look at, however many ask.
  private let drawing = InspectionQueue(.init(count: 1000, bytes: .max))
  let settings: Settings
  private let desks: Mutex<[String: Desk]>
  /// One change of a model at a time.
  private let changes = InspectionQueue(.init(count: 10, bytes: .max))

  /// One model, and what waits for it.
  private struct Desk: Sendable {
    var model: ServedModel
    let queue: InspectionQueue
  }

  /// Serves models, with the history of a folder.
  ///
  /// - Parameters:
  ///   - models: At least one, each under a name of its own.
  ///   - folder: Where history and images are kept; made where it is missing.
  ///   - settings: What can be chosen.
  /// - Throws: ``HistoryError``, and `FileError` where nothing can be written there.
  public init(
    _ models: [ServedModel], folder: String, settings: Settings = Settings()
  ) async throws {
    try AtomicFile.checkWritable(folder: folder)
    history = try History(path: SystemPath.joined(folder, "history.sqlite"))
    images = try ImageStore(folder: SystemPath.joined(folder, "images"))
    self.settings = settings
    let limits = InspectionQueue.Limits(count: settings.queueLength, bytes: settings.queueBytes)
    var desks: [String: Desk] = [:]
    for model in models {
      let model = model.choosing(
        falseAlarms: try await history.chosenFalseAlarms(of: model.name))
      // Where several are mapped together, as many more are decoded meanwhile.
      let together = model.batches.most
      let queue = InspectionQueue(limits, width: together > 1 ? 2 * together : 1)
      desks[model.name] = Desk(model: model, queue: queue)
      try await monitors.follow(model, history)
    }
    self.desks = Mutex(desks)
  }

  /// The models that are served, by name.
  public var models: [ServedModel] {
    desks.withLock { $0.values.map(\.model) }.sorted { $0.name < $1.name }
  }

  /// The model of a name.
  ///
  /// - Throws: ``ServiceError/noModel(_:served:)``.
  public func model(_ name: String) throws -> ServedModel { try desk(name).model }

  private func desk(_ name: String) throws -> Desk {
    guard let desk = desks.withLock({ $0[name] }) else {
      throw ServiceError.noModel(name, served: models.map(\.name))
    }
    return desk
  }

  /// Puts another model in the place of one; what was inspected keeps the fingerprint of the old one.
  ///
  /// The new one is read and made ready before it takes over, in memory and in the file of the old one:
  /// where that fails, the old one stays.
  ///
  /// - Parameters:
  ///   - name: The model's name.
  ///   - bytes: The file of the new one.
  /// - Returns: The new model.
  /// - Throws: ``ServiceError``, and `FileError` where the file cannot be written.
  public func replace(_ name: String, by bytes: Data) async throws -> ServedModel {
    try await replace(name) { _, arrived in try AtomicFile.write(bytes, to: arrived) }
  }

  /// Puts what is written into the file that `write` is given in the place of a model.
  func replace(
    _ name: String, _ write: @Sendable (ServedModel, String) async throws -> Void
  ) async throws -> ServedModel {
    try await changes.run(bytes: 0) {
      let old = try self.model(name)
      let arrived = "\(old.path).arrived"
      defer { withSystemPath(arrived) { _ = unlink($0) } }
      try await write(old, arrived)
      let new: ServedModel
      do {
        new = try await ServedModel(
          contentsOf: arrived, name: name, on: self.settings.device,
          falseAlarms: old.isFixed ? old.falseAlarms : nil, together: old.batches.most,
          isUnverified: old.isUnverified)
      } catch {
        throw ServiceError.badModel(
          name, reason: "\(error)".replacing(arrived, with: "what was sent"))
      }
      // Written, not moved there: a link stays one, and the file keeps its rights.
      guard let bytes = try contents(ofFile: arrived) else {
        throw ServiceError.badModel(name, reason: "\(arrived) is gone")
      }
      try AtomicFile.write(bytes, to: old.path)
      return try await self.served(new.kept(as: old.path).choosing(falseAlarms: old.falseAlarms))
    }
  }

  /// Chooses the share of good images that a model may call anomalous from now on, also after a restart.
  ///
  /// - Parameters:
  ///   - falseAlarms: The share, more than 0 and at most 1.
  ///   - name: The model's name.
  /// - Returns: The model.
  /// - Throws: ``ServiceError/fixedRate(_:)`` where the service was started with a share.
  public func choose(falseAlarms: Double, for name: String) async throws -> ServedModel {
    try await changes.run(bytes: 0) {
      let model = try self.model(name)
      guard !model.isFixed else { throw ServiceError.fixedRate(name) }
      try await self.history.choose(falseAlarms: falseAlarms, for: name)
      return try await self.served(model.choosing(falseAlarms: falseAlarms))
    }
  }

  /// Lets a model decide from now on.
  private func served(_ model: ServedModel) async throws -> ServedModel {
    try await monitors.follow(model, history)
    desks.withLock { $0[model.name]?.model = model }
    return model
  }

  /// Who is told of inspections.
  public var sinks: [any Sink] { settings.sinks }

  /// Whether the images that come still score like those of the calibration, for each model.
  public var drifts: [Drift] { monitors.drifts }

  /// How many images wait for each model.
  public func depths() async -> [String: Int] {
    var depths: [String: Int] = [:]
    for (name, desk) in desks.withLock({ $0 }) { depths[name] = await desk.queue.depth }
    return depths
  }

  /// Inspects an image and writes down what was found; it is on the disk when this returns.
  ///
  /// - Parameters:
  ///   - submission: The image.
  ///   - name: The model's name.
  /// - Returns: What was found, now or before under the same key.
  /// - Throws: ``ServiceError``, ``QueueError``, `ImageFileError` and what inspecting throws; what
  ///   writing the history throws, as nothing is answered that is not remembered.
  public func inspect(
    _ submission: Submission, by name: String
  ) async throws -> StoredInspection {
    let desk = try desk(name)
    do {
      let stored = try await desk.queue.run(
        bytes: submission.bytes.count, within: submission.patience
      ) {
        if let earlier = try await self.earlier(submission, by: name) { return earlier }
        return try await self.inspected(submission, by: self.model(name))
      }
      return stored
    } catch {
      counters.failed(error is QueueError)
      throw error
    }
  }

  /// What was found before under the key of a submission.
  private func earlier(
    _ submission: Submission, by name: String
  ) async throws -> StoredInspection? {
    guard let key = submission.key,
      let earlier = try await history.inspection(ofKey: key, model: name)
    else { return nil }
    guard earlier.image == nil || earlier.image == Digest.digits(of: submission.bytes) else {
      throw ServiceError.otherImageOfKey(key)
    }
    return earlier
  }

  private func inspected(
    _ submission: Submission, by served: ServedModel
  ) async throws -> StoredInspection {
    let start = ContinuousClock.now
    let inspector = served.inspector
    let image = try Image(
      bytes: submission.bytes, name: submission.name, maxPixels: settings.maxPixels,
      reading: inspector.model.reading)
    let framed = try inspector.model.framing.framed(image)
    var verdict = try inspector.verdict(
      await served.batches.evidence(of: framed), on: image, falseAlarms: served.falseAlarms)
    if submission.explains { verdict = try await inspector.explained(verdict, of: image) }
    let digest = Digest.digits(of: submission.bytes)
    try images.keep(submission.bytes, of: digest)
    try images.keep(verdict.map, of: digest, by: served.fingerprint)
    let stored = try await history.add(
      StoredInspection(
        id: nil, time: Date(), model: served.name, source: submission.source,
        part: submission.part,
        record: InspectionRecord(
          verdict, of: image, named: submission.name, model: served.fingerprint),
        view: StoredInspection.View(
          placement: verdict.placement, ordinary: inspector.calibration.ordinaryScore,
          threshold: verdict.level),
        appearance: Appearance(of: framed), feedback: nil, image: digest,
        bytes: submission.bytes.count + 4 * verdict.map.scores.count, key: submission.key),
      tellingSinks: settings.sinks.filter { $0.wants(verdict.isAnomalous) }.map(\.name))
    for kind in monitors.add(stored) { try? await warn(of: kind, model: served.name) }
    counters.inspected(stored, seconds: (ContinuousClock.now - start) / .seconds(1))
    news.tell()
    return stored
  }

  /// A warning of drift as sinks are told it.
  private struct Warning: Encodable {
    let event = "drift"
    let time = Date()
    let signal: Drift.Kind
    let drift: Drift
  }

  /// Tells sinks that something drifts.
  func warn(of kind: Drift.Kind, model: String) async throws {
    guard let drift = drifts.first(where: { $0.model == model }) else { return }
    let json = try ServiceJSON.data(Warning(signal: kind, drift: drift))
    try await history.add(
      warning: String(decoding: json, as: UTF8.self),
      tellingSinks: settings.sinks.filter { !$0.onlyAnomalous }.map(\.name))
  }

  /// Notes what a person says of an inspection; gives it as it is then, nil where there is none of that
  /// number.
  ///
  /// - Throws: What writing the history throws.
  public func note(
    _ feedback: StoredInspection.Feedback, on id: Int64
  ) async throws -> StoredInspection? {
    try await history.note(feedback, on: id)
  }

  /// The image with its scores laid over it, as `students inspect --heatmaps` draws it.
  ///
  /// - Returns: A PNG; nil where image or scores are deleted.
  /// - Throws: What reading the image throws, and ``QueueError`` where too many ask.
  public func heatMap(of inspection: StoredInspection) async throws -> Data? {
    try await drawing.run(bytes: 0) { try self.drawnHeatMap(of: inspection)?.encoded() }
  }

  /// The image of an inspection, not larger than a side, in 8 bits.
  ///
  /// - Returns: A PNG; nil where the image is deleted.
  /// - Throws: As ``heatMap(of:)``.
  public func preview(of inspection: StoredInspection, side: Int) async throws -> Data? {
    try await drawing.run(bytes: 0) { try self.image(of: inspection)?.fitting(side).encoded() }
  }

  private func drawnHeatMap(of inspection: StoredInspection) throws -> Image? {
    let (view, record) = (inspection.view, inspection.record)
    guard let digest = inspection.image, let image = try image(of: inspection),
      let scores = try images.scores(of: digest, by: record.model),
      scores.count == view.placement.side * view.placement.side
    else { return nil }
    let map = AnomalyMap(
      height: view.placement.side, width: view.placement.side, scores: scores)
    return try image.overlaid(
      with: view.placement.stretched(map),
      scale: HeatScale(ordinary: view.ordinary, threshold: view.threshold))
  }

  /// The image, decoded as it was then; nil where it is deleted.
  private func image(of inspection: StoredInspection) throws -> Image? {
    guard let digest = inspection.image, let bytes = try images.bytes(of: digest) else {
      return nil
    }
    let reading = (try? model(inspection.model))?.inspector.model.reading ?? ImageReading()
    return try Image(
      bytes: bytes, name: inspection.record.image, maxPixels: settings.maxPixels,
      reading: reading)
  }
}

/// Why the service does not do what it is asked to.
public enum ServiceError: Error, CustomStringConvertible, Equatable {
  /// There is no model of this name.
  case noModel(String, served: [String])
  /// What was sent cannot take the place of this model.
  case badModel(String, reason: String)
  /// An inspected image stays where it is.
  case notMoved(String, reason: String)
  /// Another image was sent under the same key.
  case otherImageOfKey(String)
  /// The service was started with a share of false alarms for this model.
  case fixedRate(String)
  /// Of a sample to calibrate on, so many are not reviewed.
  case notReviewed(Int, of: Int)
  /// Of a sample to calibrate on, so many images are deleted.
  case notKept(Int, of: Int)
  /// No image of a sample was called good by a person.
  case noneGood(of: Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .noModel(let name, let served):
      "there is no model \(name); choose one of: \(firstFew(served))"
    case .badModel(let name, let reason): "\(reason); \(name) stays as it was"
    case .notMoved(let path, let reason): "it cannot be moved to \(path): \(reason)"
    case .otherImageOfKey(let key):
      "another image was sent under the key \(key); give each image a key of its own"
    case .fixedRate(let name):
      "\(name) was started with --false-alarms; start it without that option to choose the rate here"
    case .notReviewed(let count, let all):
      "\(count) of the \(all) inspections of the sample are unsure or not reviewed; label each of them good or "
        + "defect, because those left out may score differently"
    case .notKept(let count, let all):
      "the images of \(count) of the \(all) inspections of the sample are deleted; let the sample begin later"
    case .noneGood(let all):
      all == 0
        ? "the sample has no inspection by the current model"
        : "none of the \(all) inspections of the sample is labelled good"
    }
  }
}
