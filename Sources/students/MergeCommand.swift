import ArgumentParser
import Files
import Foundation
import UninformedStudents

/// `students merge`.
struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put together what workers inspected with --shards.",
    discussion: """
      Prints the lines that 'students inspect --json' prints on one machine, in the order of the \
      list. All parts must be there and finished, with the same model, options and images, and \
      each image once; otherwise it says which part to start again.

      The exit status is 0, or 2 where an image could not be inspected or something is missing.

      Example:
        students merge results > results.jsonl
      """)

  @Argument(help: "The folder of the shards.")
  var folder: String

  func run() throws {
    let merged = try MergedShards(folder)
    merged.forEachLine { say($0) }
    complain(
      "\(folder): \(merged.plan.images) images in \(merged.plan.parts) parts, \(merged.failures) images failed"
    )
    if merged.failures > 0 { throw ExitCode(2) }
  }
}
