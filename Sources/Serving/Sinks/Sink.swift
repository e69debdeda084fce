public import Foundation

/// Somebody outside who is told of inspections, at least once, in their order where all goes well.
public protocol Sink: Sendable {
  /// What tells it from others, and stays the same over restarts.
  var name: String { get }
  /// Whether it is told of anomalous images alone.
  var onlyAnomalous: Bool { get }
  /// Tells it.
  ///
  /// - Parameters:
  ///   - json: The inspection as the API tells it.
  ///   - image: The file of the image; nil where it is deleted.
  /// - Throws: Where it was not told; it is tried again.
  func deliver(_ json: Data, image: String?) async throws
}

extension Sink {
  func wants(_ isAnomalous: Bool) -> Bool { isAnomalous || !onlyAnomalous }
}

/// Why somebody outside was not told.
struct DeliveryError: Error, CustomStringConvertible {
  let description: String
}

extension InspectionService {
  /// Tells a sink all that it is to be told, until the task is cancelled.
  ///
  /// What fails is tried again after 1, 2, 4 … seconds, at most an hour; what comes after it does not wait.
  ///
  /// - Parameters:
  ///   - sink: One of the settings.
  ///   - longest: The longest wait in seconds.
  ///   - complain: Told what goes wrong, a line each.
  /// - Throws: What reading and writing the history throws, and `CancellationError`.
  public func deliver(
    to sink: any Sink, longest: Double = 3600, complain: @Sendable (String) -> Void
  ) async throws {
    while true {
      try Task.checkCancellation()
      // One for each wait, which ends it; before the history is read, so that nothing is slept through.
      let news = news.stream()
      let (delivery, due) = try await history.nextDelivery(of: sink.name, now: Date())
      guard let delivery else {
        await Self.wait(for: news, until: due)
        continue
      }
      do {
        if let warning = delivery.warning {
          try await sink.deliver(Data(warning.utf8), image: nil)
        } else if let inspection = delivery.inspection {
          try await sink.deliver(
            ServiceJSON.data(InspectionAnswer(inspection)),
            image: inspection.image.map(images.path))
        }
        try await history.delivered(delivery.id)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        let wait = min(pow(2, Double(delivery.attempts)), longest)
        try await history.postpone(delivery.id, until: Date(timeIntervalSinceNow: wait))
        let what = delivery.inspection.map { "inspection \($0.id ?? 0)" } ?? "drift"
        complain("\(sink.name): \(what) not delivered (\(error)); trying again in \(Int(wait)) s")
      }
    }
  }

  /// Until there is news, or a time has come.
  private static func wait(for news: AsyncStream<Void>, until due: Date?) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in news { return } }
      if let due {
        group.addTask { try? await Task.sleep(for: .seconds(max(0, due.timeIntervalSinceNow))) }
      }
      _ = await group.next()
      group.cancelAll()
    }
  }
}
