import Foundation
import Testing

@testable import Downloads

@Suite struct `A downloader` {
  @Test func `needs the keys of objects only for objects`() throws {
    let half = ["AWS_ACCESS_KEY_ID": "A"]
    #expect(try Downloader.needed(for: ["a.png"], environment: half) == nil)
    let web = try Downloader.needed(for: ["a.png", "http://h/a"], environment: half)
    #expect(throws: DownloadError.self) {
      try web?.bytes(of: ImageAddress("s3://b/k"), limit: 1)
    }
    #expect(throws: DownloadError.self) {
      try Downloader.needed(for: ["http://h/a", "s3://b/k"], environment: half)
    }
  }

  @Test func `refuses certificates that cannot be read, and passes over empty variables`() throws {
    _ = try Downloader(environment: ["AWS_CA_BUNDLE": "", "SSL_CERT_FILE": ""])
    // A folder is no file.
    for path in ["/none/such", "/"] {
      let error = #expect(throws: DownloadError.self) {
        try Downloader(environment: ["AWS_CA_BUNDLE": "", "SSL_CERT_FILE": path])
      }
      #expect(
        "\(error, default: "")".hasPrefix("SSL_CERT_FILE names \(path), which cannot be read"))
    }
  }

  @Test func `knows servers by scheme, host and port`() {
    #expect(UnreachableServers.server(of: "HTTP://Host:80/a/b?c") == "http://host:80")
    #expect(UnreachableServers.server(of: "https://[::1]/") == "https://[::1]")
    let servers = UnreachableServers()
    servers.insert("http://a")
    #expect(servers.contains("http://a") && !servers.contains("http://b"))
    servers.remove("http://a")
    #expect(!servers.contains("http://a"))
  }
}
