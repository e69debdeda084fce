import Downloads
import TestSupport
import Testing

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      DownloadError.malformed("https://", "it names no host"),
      DownloadError.environment("AWS_REGION", "is empty; set it, or leave it out"),
      DownloadError.notFound("https://a.net/b.png", "404"),
      DownloadError.denied("s3://a/b.png", "403", isSigned: false),
      DownloadError.denied("s3://a/b.png", "403", isSigned: true),
      DownloadError.denied("https://a.net/b.png?signature=…", "403", isSigned: nil),
      DownloadError.otherRegion("s3://a/b.png", "eu-north-1"),
      DownloadError.refused("https://a.net/b.png", "503"),
      DownloadError.broken("https://a.net/b.png", "Couldn't connect to server"),
      DownloadError.tooSlow("https://a.net/b.png", seconds: 60),
      DownloadError.tooSlow("https://a.net/b.png", seconds: 0.5),
      DownloadError.untrusted("https://a.net/b.png"),
      DownloadError.noCertificates("https://a.net/b.png"),
      DownloadError.astray("https://a.net/b.png"), DownloadError.noWebServer("https://a.net/b.png"),
      DownloadError.proxy("https://a.net/b.png", "407"),
      DownloadError.tooManyBytes("https://a.net/b.png", limit: 100 << 20),
    ], "Downloads")
}
