import ArgumentParser
import Foundation
import UninformedStudents

/// Options of commands that take the addresses of images.
struct DownloadOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How many seconds the download of an image may take, with all retries.",
      discussion: """
        Busy servers and broken connections are tried again up to four times, after growing waits. Requests to S3 \
        use AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and AWS_ENDPOINT_URL of the \
        environment; without keys they are anonymous.
        """), in: .seconds)
  var downloadSeconds = Downloader.Limits().seconds

  /// What an image may take.
  var limits: Downloader.Limits {
    var limits = Downloader.Limits()
    limits.seconds = downloadSeconds
    return limits
  }
}
