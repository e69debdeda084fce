#if Service
  import ArgumentParser
  import Files
  import Foundation
  import WebServer
  import Serving
  import UninformedStudents

  /// `students serve`.
  struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Inspect images that are sent, with models kept in memory, and show the results on a web page.",
      discussion: """
        Each model is served under the name of its file: send an image as the body of a POST to \
        /v1/models/NAME/inspections, and get what 'students inspect --json' prints, with its \
        number. Every verdict is recorded before it is answered. The page at the printed address \
        shows inspections as they happen, searches earlier ones, and takes feedback on them. \
        /openapi.json describes all addresses.

        A full queue answers 503 at once and says when to try again. With the header \
        Idempotency-Key, an image that is sent again is inspected only once. Part-Number and \
        Image-Name (with %-escapes) say which part the image shows and what it is called.

        Beyond this machine a token is required, which clients send as 'Authorization: Bearer \
        TOKEN' and people enter once. The service speaks HTTP; put a proxy in front of it for TLS.

        SIGTERM or Ctrl-C ends it once all accepted images are answered.

        Examples:
          students serve part.students
          students serve models --listen 0.0.0.0:8080 --token-file token
          students serve --config students.toml
          curl --data-binary @new.png http://127.0.0.1:8080/v1/models/part/inspections
        """)

    @Argument(help: "Models that 'students train' wrote, or folders of them.")
    var models: [String] = []

    @Option(
      help: ArgumentHelp(
        "A TOML or JSON file of these options by name, such as listen = \"127.0.0.1:80\".",
        discussion: """
          There, models is a list, and flags are true or false. Options of the command override it.
          """))
    var config: String?

    @Option(
      help: "Where to listen: an address of this machine and a port; port 0 takes any free one.")
    var listen = "127.0.0.1:8080"

    @Option(help: "A file whose first line is the token that clients must send.")
    var tokenFile: String?

    @Option(
      help: ArgumentHelp(
        "The folder of the history and its images.",
        discussion: "The default is 'inspections' in the working folder. Back it up as a whole."))
    var data = "inspections"

    @Option(
      help: ArgumentHelp(
        "A folder whose images are inspected as they arrive, each once, also across restarts.",
        discussion: """
          With several models, each has a subfolder of its name. A file is taken once it is closed after \
          writing, or moved in.
          """))
    var watch: String?

    @Option(
      help: "Move watched images into this folder once they are inspected; the default leaves them."
    )
    var watchDone: String?

    @Flag(help: "Write the verdict of a watched image beside it, such as part.png.json.")
    var watchJson = false

    @Option(
      help: ArgumentHelp(
        "An http or https address to which every inspection is sent as JSON, until it answers 2xx.",
        discussion:
          "The first line of --webhook-secret signs the body; see the documentation."))
    var webhook: String?

    @Option(help: "A file whose first line signs what is sent to the --webhook.")
    var webhookSecret: String?

    @Option(
      help: ArgumentHelp(
        "A shell command to run for each anomalous image, again until it ends with 0.",
        discussion:
          "It gets the inspection as JSON on standard input, and the image's path in $STUDENTS_IMAGE. "
          + "After 30 seconds it is killed."))
    var onAnomaly: String?

    @Option(
      help: ArgumentHelp(
        "How long images are kept: 30d, 20GB, or both with a comma; the default is forever.",
        discussion: """
          The oldest images of good parts are deleted first, then those of anomalous ones, but never one with \
          feedback. Verdicts stay.
          """), in: .retention)
    var keep: Retention?

    @Option(help: FalseAlarms.help, in: .share)
    var falseAlarms: Double?

    @Flag(
      help: ArgumentHelp(
        "Serve a model even if 'students verify' finds that a verdict could change here.",
        discussion: "Otherwise such a model is refused, at the start and later."))
    var unverified = false

    @Option(help: "How many images may wait for each model.", in: .amount)
    var queue = 64

    @Option(help: "Refuse files with more bytes than this.", in: .bytes)
    var maxBytes = 64 << 20

    @OptionGroup var compute: ComputeOptions

    func validate() throws {
      // What is missing here may stand there.
      guard config == nil else { return }
      guard !models.isEmpty else {
        throw ValidationError("Name a model, a folder of models, or a --config.")
      }
      guard watch != nil || watchDone == nil && !watchJson else {
        throw ValidationError("--watch-done and --watch-json need --watch.")
      }
      guard webhook != nil || webhookSecret == nil else {
        throw ValidationError("--webhook-secret needs --webhook.")
      }
    }

    func run() async throws {
      if let config {
        return try await ServeConfiguration(path: config).completed(self).run()
      }
      let device = try compute.prepared()
      let (host, port) = try address()
      let token = try tokenFile.map(Self.token)
      guard token != nil || Self.isOfThisMachine(host) else {
        throw CommandError(
          "--listen \(listen): other machines could send and read images there; pass a --token-file"
        )
      }
      try makeFolder(data)
      let claim = try OutputClaim(SystemPath.joined(data, "history.sqlite"))
      defer { claim.release() }
      var settings = InspectionService.Settings()
      settings.queueLength = queue
      settings.maxPixels = compute.maxPixels
      settings.device = device
      settings.sinks = try sinks()
      let service = try await InspectionService(
        try await loaded(on: device), folder: data, settings: settings)
      var serving = InspectionServer.Settings()
      (serving.host, serving.port, serving.token) = (host, port, token)
      serving.maxBytes = maxBytes
      serving.retention = keep ?? Retention()
      let names = service.models.map(\.name).joined(separator: ", ")
      do {
        let server = InspectionServer(
          service, serving, watching: folders(service.models.map(\.name)))
        try await server.run(complain: { complain("students: \($0)") }) { port in
          let shown = host.contains(":") ? "[\(host)]" : host
          say("http://\(shown):\(port)/ serves \(names)")
        }
      } catch let error as any Error & CustomStringConvertible {
        throw CommandError("--listen \(listen): \(error)")
      }
    }

    private func loaded(on device: Device) async throws -> [ServedModel] {
      let paths = try models.flatMap { path -> [String] in
        guard try isFolder(path) else { return [path] }
        let names = try names(inFolder: path).filter { $0.hasSuffix(".students") }.sorted()
        guard !names.isEmpty else {
          throw CommandError("\(path): no .students file in it; name a model")
        }
        return names.map { SystemPath.joined(path, $0) }
      }
      var loaded: [ServedModel] = []
      for path in paths {
        let name = SystemPath.stem(path)
        if let other = loaded.first(where: { $0.name == name }) {
          throw CommandError("\(path): \(other.path) has the same name; rename one of them")
        }
        let model = try await served(path, name, on: device)
        let found = model.verification?.summary
        complain(
          "\(path): \(found ?? "carries no proof, so it is unknown whether it decides here as elsewhere")"
        )
        FalseAlarms.tellLeast(of: model.inspector.calibration, asked: falseAlarms)
        loaded.append(model)
      }
      return loaded
    }

    private func served(
      _ path: String, _ name: String, on device: Device
    ) async throws -> ServedModel {
      do {
        return try await ServedModel(
          contentsOf: path, name: name, on: device, falseAlarms: falseAlarms,
          isUnverified: unverified)
      } catch let error as ServedModelError {
        throw CommandError(
          "\(error); calibrate it here with 'students calibrate', or serve it nevertheless with --unverified"
        )
      }
    }

    private func sinks() throws -> [any Sink] {
      var sinks: [any Sink] = []
      if let webhook {
        guard let url = URL(string: webhook), ["http", "https"].contains(url.scheme),
          url.host != nil
        else { throw CommandError("--webhook \(webhook): it must be an http or https address") }
        sinks.append(Webhook(url, secret: try webhookSecret.map(Self.token)))
      }
      if let onAnomaly { sinks.append(CommandHook(onAnomaly)) }
      return sinks
    }

    private func folders(_ models: [String]) -> [WatchedFolder] {
      guard let watch else { return [] }
      return models.map { name in
        let place = { (folder: String) in
          models.count == 1 ? folder : SystemPath.joined(folder, name)
        }
        var folder = WatchedFolder(place(watch), for: name)
        folder.doneFolder = watchDone.map(place)
        folder.writesRecords = watchJson
        return folder
      }
    }

    /// The address and the port of `--listen`.
    private func address() throws -> (host: String, port: Int) {
      guard let colon = listen.lastIndex(of: ":"),
        let port = Int(listen[listen.index(after: colon)...]), (0...65535).contains(port),
        colon > listen.startIndex
      else {
        throw CommandError(
          "--listen \(listen): it must be an address and a port, such as 127.0.0.1:8080")
      }
      let host = listen[..<colon].trimmingCharacters(in: ["[", "]"])
      return (host, port)
    }

    private static func isOfThisMachine(_ host: String) -> Bool {
      host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    private static func token(ofFile path: String) throws -> String {
      guard let bytes = try contents(ofFile: path, limit: 1 << 16) else {
        throw CommandError("\(path): no such file; create it with a long random line")
      }
      let line =
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
      guard line.count >= 16 else {
        throw CommandError(
          "\(path): the token has fewer than 16 characters and could be guessed; write a longer one"
        )
      }
      return String(line)
    }
  }

  extension Bounds<Retention> {
    static let retention = Bounds(text: "a time such as 30d or 12h, a size such as 20GB, or both")
  }
#endif
