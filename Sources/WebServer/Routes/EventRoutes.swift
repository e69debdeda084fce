import Foundation
import HTTPTypes
import Hummingbird
import Serving

/// New inspections as they happen, as server-sent events.
///
/// They are read from the history, so that whoever comes back with `Last-Event-ID` has missed nothing.
struct EventRoutes: Sendable {
  let service: InspectionService

  /// After so long without news a comment is sent, by which both sides notice that the other is gone.
  private static let silence = Duration.seconds(15)

  func add(to router: Router<ServerContext>) {
    router.get("/v1/events") { request, _ in
      let given =
        request.headers[.lastEventID] ?? FormFields(request)["after"]
      let latest = try await service.history.latest()
      let last = given.flatMap { Int64($0) } ?? latest
      return Response(
        status: .ok,
        headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
        body: ResponseBody { writer in
          try await request.body.consumeWithCancellationOnInboundClose { _ in
            try await write(from: last, to: &writer)
          }
          try await writer.finish(nil)
        })
    }
  }

  private func write(from first: Int64, to writer: inout any ResponseBodyWriter) async throws {
    var last = first
    // Before the history is read, so that what comes meanwhile is told too.
    let news = service.news.stream()
    try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
    for await _ in Self.beats(news) {
      var query = History.Query()
      query.limit = 100
      var isSilent = true
      repeat {
        query.after = last
        let found = try await service.history.inspections(query)
        for inspection in found {
          last = inspection.id ?? last
          let json = String(
            decoding: try ServiceJSON.data(InspectionAnswer(inspection)), as: UTF8.self)
          try await writer.write(
            ByteBuffer(string: "id: \(last)\nevent: inspection\ndata: \(json)\n\n"))
          isSilent = false
        }
        if found.count < query.limit { break }
      } while true
      if isSilent { try await writer.write(ByteBuffer(string: ": still here\n\n")) }
    }
  }

  /// A value at once, with each news, and after each silence.
  private static func beats(_ news: AsyncStream<Void>) -> AsyncStream<Void> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      continuation.yield()
      let listening = Task {
        for await _ in news { continuation.yield() }
        continuation.finish()
      }
      let ticking = Task {
        while !Task.isCancelled {
          try await Task.sleep(for: silence)
          continuation.yield()
        }
      }
      continuation.onTermination = { _ in
        listening.cancel()
        ticking.cancel()
      }
    }
  }
}
