import Files
import Foundation
import UninformedStudents

/// A folder whose images are inspected as they come, each once, also after a restart.
public struct WatchedFolder: Sendable {
  /// The folder.
  public let path: String
  /// The model that inspects, by its name.
  public let model: String
  /// Where images are moved once their verdict is written down; nil to leave them.
  ///
  /// Where a file of the same name is there, the number of the inspection is added.
  public var doneFolder: String?
  /// Whether the verdict is written beside the image, such as `part.png.json`.
  public var writesRecords = false

  /// A folder for a model.
  public init(_ path: String, for model: String) {
    (self.path, self.model) = (path, model)
  }

  /// How old a file is at least that nobody is seen to write, in seconds.
  private static let settling = 2.0

  /// What a file is, as long as nobody writes it.
  private struct Stamp: Equatable {
    let size: Int
    let modified: Date

    init?(_ path: String) throws {
      guard let status = try FileStatus(path), status.kind == .file else { return nil }
      (size, modified) = (status.size, status.modified)
    }
  }

  /// What was done with the files of the folder.
  private struct Done {
    /// After so many seconds what failed is tried again.
    static let wait = 30.0

    private var stamps: [String: Stamp] = [:]
    private var failed: [String: Date] = [:]

    /// Whether nothing was done with a file as it is, or what was done has failed some time ago.
    func isNew(_ name: String, _ stamp: Stamp) -> Bool {
      if let time = failed[name] { return -time.timeIntervalSinceNow >= Self.wait }
      return stamps[name] != stamp
    }

    mutating func add(_ name: String, _ stamp: Stamp) {
      stamps[name] = stamp
      failed[name] = nil
    }

    mutating func tryAgain(_ name: String) { failed[name] = Date() }

    mutating func forget(allBut names: Set<String>) {
      stamps = stamps.filter { names.contains($0.key) }
      failed = failed.filter { names.contains($0.key) }
    }
  }

  /// Inspects until the task is cancelled.
  ///
  /// A file is taken when it was closed after writing or moved in; one that nobody is seen to write, after
  /// two seconds. What cannot be read is said once, and tried again when it changes.
  ///
  /// - Parameters:
  ///   - service: What inspects.
  ///   - complain: Told what goes wrong, a line each.
  /// - Throws: `FileError` where the folder cannot be made.
  public func run(
    _ service: InspectionService, complain: @escaping @Sendable (String) -> Void
  ) async throws {
    for folder in [path, doneFolder].compactMap(\.self) { try makeFolder(folder) }
    var done = Done()
    var writing: Set<String> = []
    var isTold = false
    for await event in FolderEvents.stream(of: path) {
      switch event {
      case .writing(let name): writing.insert(name)
      case .whole(let name):
        writing.remove(name)
        try await take(name, service, &done, isWhole: true, complain)
      case .beat:
        let found: [String]
        do {
          found = try names(inFolder: path).sorted()
          isTold = false
        } catch {
          if !isTold { complain("\(error); trying again") }
          isTold = true
          continue
        }
        done.forget(allBut: Set(found))
        for name in found where !writing.contains(name) {
          try await take(name, service, &done, isWhole: false, complain)
        }
      }
    }
  }

  private func take(
    _ name: String, _ service: InspectionService, _ done: inout Done, isWhole: Bool,
    _ complain: @Sendable (String) -> Void
  ) async throws {
    let file = SystemPath.joined(path, name)
    guard !isHidden(name), !name.hasSuffix(".json") else { return }
    do {
      guard let stamp = try Stamp(file), done.isNew(name, stamp),
        isWhole || -stamp.modified.timeIntervalSinceNow >= Self.settling
      else { return }
      done.add(name, stamp)
      guard let stored = try await inspected(file, stamp, service) else { return }
      try finish(file, name, stored)
    } catch is CancellationError {
      throw CancellationError()
    } catch let error where error is ImageFileError || error is FramingError {
      // It will be no other image tomorrow.
      complain("\(file): not inspected (\(error))")
    } catch {
      done.tryAgain(name)
      complain("\(file): not inspected (\(error)); trying again in \(Int(Done.wait)) s")
    }
  }

  private func inspected(
    _ file: String, _ stamp: Stamp, _ service: InspectionService
  ) async throws -> StoredInspection? {
    // What was inspected before a restart is not even read.
    let key = "\(file) \(stamp.size) \(stamp.modified.timeIntervalSince1970)"
    if let earlier = try await service.history.inspection(ofKey: key, model: model) {
      return earlier
    }
    // What changed while it was read comes again when it is whole.
    guard let bytes = try contents(ofFile: file), try Stamp(file) == stamp else { return nil }
    let submission = Submission(
      bytes: bytes, name: SystemPath.name(file), source: .folder, key: key)
    while true {
      do {
        return try await service.inspect(submission, by: model)
      } catch QueueError.full(let seconds) {
        // There is no hurry: the file stays where it is.
        try await Task.sleep(for: .seconds(min(seconds, 5)))
      }
    }
  }

  /// Writes the verdict beside the image and moves both, as chosen.
  private func finish(_ file: String, _ name: String, _ stored: StoredInspection) throws {
    var target = doneFolder.map { SystemPath.joined($0, name) } ?? file
    if let doneFolder, try fileExists(target) {
      let ending = SystemPath.ending(name)
      target = SystemPath.joined(
        doneFolder,
        "\(SystemPath.stem(name))-\(stored.id ?? 0)" + (ending.isEmpty ? "" : ".\(ending)"))
    }
    if writesRecords {
      try AtomicFile.write(Data((try stored.record.json() + "\n").utf8), to: "\(target).json")
    }
    guard target != file else { return }
    guard withSystemPath(file, { from in withSystemPath(target) { rename(from, $0) } }) == 0 else {
      throw ServiceError.notMoved(target, reason: String(cString: strerror(errno)))
    }
  }
}
