#if Service
  public import ArgumentParser
  public import Serving
  import UninformedStudents

  /// `students history`.
  struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "history", abstract: "Read the history that 'students serve' keeps.",
      subcommands: [Export.self])

    /// `students history export`.
    struct Export: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Write inspections as a table or as JSON, or copy the images with feedback.",
        discussion: """
          It may run while the service does. Tables and JSON go to standard output, the earliest inspection \
          first.

          With --format folders, images that people labelled good, defect or unsure are copied into folders of \
          these names under --output. 'students calibrate' takes the folder good, but only if nobody chose its \
          images by their scores: images chosen for low scores promise too much.

          Examples:
            students history export inspections --format csv > inspections.csv
            students history export inspections --format folders -o reviewed
          """)

      @Argument(help: "The --data folder of 'students serve'.")
      var data: String

      @Option(help: "csv, json (one object in each line) or folders.")
      var format = HistoryExport.Form.csv

      @Option(name: .shortAndLong, help: "Where --format folders writes them.")
      var output: String?

      @Option(help: "Only inspections by this model, by the name that it is served under.")
      var model: String?

      func validate() throws {
        guard (format == .folders) == (output != nil) else {
          throw ValidationError("--format folders needs --output; the other formats take none.")
        }
      }

      func run() async throws {
        let export = try HistoryExport(folder: data)
        var query = History.Query()
        query.model = model
        guard let output else {
          return try await export.lines(query, as: format) { say($0) }
        }
        let (copied, missing) = try await export.copyImages(query, to: output)
        for (label, count) in copied.sorted(by: { $0.key < $1.key }) {
          complain("\(output)/\(label): \(count) images")
        }
        if copied.isEmpty { complain("\(data): no image has feedback yet") }
        if missing > 0 { complain("\(missing) images with feedback are no longer kept") }
      }
    }
  }

  extension HistoryExport.Form: ExpressibleByArgument {}
#endif
