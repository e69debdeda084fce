public import Foundation

/// How long images are kept.
///
/// Verdicts are kept for ever: they are small.
///
/// The oldest images of good parts go first, then the oldest of anomalous ones; never one of which a person
/// has said something.
public struct Retention: Sendable, Equatable {
  /// For how many seconds at most; nil for ever.
  public var seconds: Double?
  /// How many bytes of images and maps at most; nil for any number.
  public var bytes: Int?

  /// Everything is kept.
  public init() {}

  /// What a user writes: `30d`, `20GB`, or both with a comma.
  public init?(_ text: String) {
    let units: [(String, Double)] = [
      ("d", 86400), ("h", 3600), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6),
    ]
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let (unit, factor) = units.first(where: { word.hasSuffix($0.0) }),
        let number = Double(word.dropLast(unit.count)), number > 0, number * factor < 1e18
      else { return nil }
      if unit == "d" || unit == "h" {
        seconds = number * factor
      } else {
        bytes = Int(number * factor)
      }
    }
  }
}

extension InspectionService {
  /// Deletes images that are no longer to be kept.
  ///
  /// - Parameters:
  ///   - retention: What is to be kept.
  ///   - now: The time.
  /// - Returns: How many images were deleted.
  /// - Throws: What reading and writing the history throws.
  @discardableResult
  public func prune(_ retention: Retention, now: Date = Date()) async throws -> Int {
    var count = 0
    if let seconds = retention.seconds {
      let limit = now.addingTimeInterval(-seconds)
      while let old = try await history.oldestKept(before: limit) {
        _ = try await forget(old)
        count += 1
      }
    }
    if let bytes = retention.bytes {
      var surplus = try await history.keptBytes() - bytes
      while surplus > 0, let old = try await history.oldestKept() {
        if try await forget(old) { surplus -= old.bytes }
        // All is summed up again where that may be enough, not for each that goes.
        if surplus <= 0 { surplus = try await history.keptBytes() - bytes }
        count += 1
      }
    }
    return count
  }

  /// Deletes the image of an inspection, unless another one shows the same.
  ///
  /// - Returns: Whether the file is gone.
  private func forget(_ inspection: StoredInspection) async throws -> Bool {
    guard let id = inspection.id, let image = inspection.image else { return false }
    // First in the history: nobody is to be sent to a file that is gone.
    guard let fingerprints = try await history.forgetImage(of: id) else { return false }
    images.remove(image, fingerprints: fingerprints)
    return true
  }
}

extension Retention: LosslessStringConvertible {
  /// As a user writes it.
  public var description: String {
    [seconds.map { "\($0 / 3600)h" }, bytes.map { "\(Double($0) / 1e6)MB" }].compactMap(\.self)
      .joined(separator: ",")
  }
}
