#if Service
  public import ArgumentParser
  public import Serving
  import UninformedStudents

  /// `students history`.
  struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "history", abstract: "Take out what 'students serve' remembers.",
      subcommands: [Export.self])

    /// `students history export`.
    struct Export: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Write inspections as a table or as JSON, or the images that people spoke of.",
        discussion: """
          It may run beside the service. Tables and JSON go to standard output, the earliest inspection first.

          With --format folders, the images that people called good, defect or unsure go into folders of these \
          names under --output. 'students calibrate' takes the folder good: but only images of parts that \
          nobody chose by their score, as those that score low promise too much.

          Examples:
            students history export inspections --format csv > inspections.csv
            students history export inspections --format folders -o reviewed
          """)

      @Argument(help: "The folder of --data.")
      var data: String

      @Option(help: "csv, json (an object a line) or folders.")
      var format = HistoryExport.Form.csv

      @Option(name: .shortAndLong, help: "Where the folders go.")
      var output: String?

      @Option(help: "Of this model alone, by the name that it is served under.")
      var model: String?

      func validate() throws {
        guard (format == .folders) == (output != nil) else {
          throw ValidationError("--format folders needs --output; the others have none.")
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
        if copied.isEmpty { complain("\(data): nobody has said anything of an image yet") }
        if missing > 0 { complain("\(missing) images that people spoke of are no longer there") }
      }
    }
  }

  extension HistoryExport.Form: ExpressibleByArgument {}
#endif
