import Foundation
import Hummingbird
import Logging
public import Serving
import ServiceLifecycle

/// The service over HTTP: what it answers under which address, and when it begins and ends.
public struct InspectionServer: Sendable {
  /// What can be chosen.
  public struct Settings: Sendable {
    /// The address to listen at.
    public var host = "127.0.0.1"
    /// The port; 0 for any that is free.
    public var port = 8080
    /// What clients must bring; nil for nothing.
    public var token: String?
    /// The most bytes of one image's file.
    public var maxBytes = 64 << 20
    /// The most bytes of all images that come in at once.
    public var maxBytesTogether = 512 << 20
    /// How long an image may take to come.
    public var uploadTime = Duration.seconds(30)
    /// How long a connection may stay that nothing is asked over.
    public var idleTime = Duration.seconds(60)
    /// How long a client may take to read an answer; streams of events take as long as they like.
    public var answerTime = Duration.seconds(120)
    /// The most connections at once; others wait until one ends.
    public var maxConnections = 4096
    /// How long images are kept.
    public var retention = Retention()
    /// How long accepted work may take once the service is told to end.
    public var shutdownTime = Duration.seconds(60)

    /// The defaults.
    public init() {}
  }

  private let service: InspectionService
  private let settings: Settings
  private let folders: [WatchedFolder]

  /// The service at an address.
  ///
  /// - Parameters:
  ///   - service: What inspects.
  ///   - settings: What can be chosen.
  ///   - folders: Whose images are inspected as they come.
  public init(
    _ service: InspectionService, _ settings: Settings = Settings(),
    watching folders: [WatchedFolder] = []
  ) {
    (self.service, self.settings, self.folders) = (service, settings, folders)
  }

  /// All addresses; tests ask it without a socket.
  ///
  /// - Parameter noticesLeaving: Whether the work for a client ends when that has gone, which needs a
  ///   connection.
  /// - Returns: What answers.
  /// - Throws: Where a template cannot be read.
  func router(noticesLeaving: Bool = true) throws -> Router<ServerContext> {
    let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: Guarding(answerTime: settings.answerTime))
    router.add(middleware: Access(token: settings.token))
    let uploads = Uploads(
      limit: settings.maxBytes, total: settings.maxBytesTogether, within: settings.uploadTime,
      noticesLeaving: noticesLeaving)
    InspectionRoutes(service: service, uploads: uploads).add(to: router)
    ModelRoutes(service: service, uploads: uploads).add(to: router)
    EventRoutes(service: service).add(to: router)
    OperationRoutes(service: service).add(to: router)
    try PageRoutes(service, uploads, token: settings.token).add(to: router)
    Assets.add(to: router)
    return router
  }

  /// Listens until the process is told to end (SIGINT, SIGTERM), then finishes what it has accepted.
  ///
  /// - Parameters:
  ///   - complain: Told what goes wrong where no client is told it, a line each.
  ///   - listening: Told the port once it listens.
  /// - Throws: Where the address cannot be listened at, and where a watched folder cannot be made.
  public func run(
    complain: @escaping @Sendable (String) -> Void, listening: @escaping @Sendable (Int) -> Void
  ) async throws {
    var logger = Logger(label: "students") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .error
    let application = Application(
      router: try router(),
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [UnreadBodies()],
          idleTimeout: .seconds(settings.idleTime.components.seconds))),
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port), serverName: nil,
        availableConnectionsDelegate: .maximum(
          min(settings.maxConnections, Self.raiseFileLimit() - Self.filesOfOthers),
          logger: logger)),
      onServerRunning: { channel in listening(channel.localAddress?.port ?? 0) },
      logger: logger)
    var configuration = ServiceGroupConfiguration(
      services: [application, NewsEnd(service: service)]
        + [Pruning(service: service, retention: settings.retention, complain: complain)]
        + service.sinks.map { Delivering(sink: $0, service: service, complain: complain) }
        + folders.map { Watching(folder: $0, service: service, complain: complain) },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = settings.shutdownTime
    try await ServiceGroup(configuration: configuration).run()
    await service.images.sync()
  }
}

extension InspectionServer {
  /// Files that are no connections: history, images, models, the watched folder.
  private static let filesOfOthers = 128

  #if canImport(Glibc)
    private static let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let openFiles = RLIMIT_NOFILE
  #endif

  /// Lets the process open as many files as it may; gives how many.
  private static func raiseFileLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(openFiles, &limit) == 0 else { return 1024 }
    limit.rlim_cur = limit.rlim_max
    setrlimit(openFiles, &limit)
    getrlimit(openFiles, &limit)
    return max(2 * filesOfOthers, Int(min(limit.rlim_cur, 1 << 20)))
  }
}

/// What a request is answered in.
struct ServerContext: RequestContext {
  var coreContext: CoreRequestContextStorage

  init(source: ApplicationRequestContextSource) { self.init(of: source) }

  init(of source: some RequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
  }
}

/// Deletes images that are no longer to be kept, once a minute.
private struct Pruning: Service {
  let service: InspectionService
  let retention: Retention
  let complain: @Sendable (String) -> Void

  func run() async throws {
    guard retention != Retention() else {
      try? await gracefulShutdown()
      return
    }
    try? await cancelWhenGracefulShutdown {
      while true {
        do {
          try await service.prune(retention)
        } catch {
          complain("old images could not be deleted (\(error)); trying again")
        }
        try await Task.sleep(for: .seconds(60))
      }
    }
  }
}

/// Tells a sink of inspections until the service ends; what it was not told then, it is told after the start.
private struct Delivering: Service {
  let sink: any Sink
  let service: InspectionService
  let complain: @Sendable (String) -> Void

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          try await service.deliver(to: sink, complain: complain)
        } catch is CancellationError {
          return
        } catch {
          complain("\(sink.name): \(error); trying again")
          try? await Task.sleep(for: .seconds(5))
        }
      }
    }
  }
}

/// Watches a folder until the service ends; what is being inspected then is finished.
private struct Watching: Service {
  let folder: WatchedFolder
  let service: InspectionService
  let complain: @Sendable (String) -> Void

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      do {
        try await folder.run(service, complain: complain)
      } catch is CancellationError {}
    }
  }
}

/// Ends the streams of events first of all: a client that only listens would keep the service from ending.
private struct NewsEnd: Service {
  let service: InspectionService

  func run() async throws {
    try? await gracefulShutdown()
    service.news.end()
  }
}
