import Testing

@testable import Downloads

@Suite struct `Addresses of images` {
  private static let signed =
    "https://b.s3.eu-west-1.amazonaws.com/a%20b.png?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    + "&X-Amz-Credential=AKIA%2F20261128&X-Amz-Expires=60&X-Amz-Signature=0f1e2d"

  @Test(arguments: [
    (signed, "https://b.s3.eu-west-1.amazonaws.com/a%20b.png"),
    (
      "https://a.blob.core.windows.net/c/1.png?sv=2024&se=2026-11-29&sr=b&sig=s%3D",
      "https://a.blob.core.windows.net/c/1.png"
    ),
    ("http://h:8080/frame?id=17&token=secret#17", "http://h:8080/frame#17"),
    ("HTTPS://h?secret", "HTTPS://h"), ("http://user:secret@h/a", "http://h/a"),
    ("http://secret@user:secret@h/a@b", "http://h/a@b"), ("http://", "http://"),
    ("http://user:secret/word@h/a", "http://…"), ("https://user:secret#word@h/a", "https://…"),
    ("http://user:secret?word@h/a", "http://…"), ("http://[user:secret/word@h", "http://…"),
    ("http://user:secret]/word@h", "http://…"), ("http://h:/a", "http://h:/a"),
    ("http://[::1]:80/a", "http://[::1]:80/a"), ("http\u{1A}//x:", "http\u{1A}//x:"),
    ("s3://b/a?b#c", "s3://b/a?b#c"), ("s3:/b", "s3:/b"), ("./http://h/a?b", "./http://h/a?b"),
  ])
  func `are shown without what may be secret`(location: String, name: String) {
    #expect(ImageAddress.name(of: location) == name)
    #expect((try? ImageAddress(location))?.name ?? name == name)
  }

  @Test func `are the same however they are signed`() throws {
    let other = Self.signed.replacing("0f1e2d", with: "998877").replacing("=60", with: "=900")
    #expect(other != Self.signed)
    #expect(ImageAddress.identity(of: other) == ImageAddress.identity(of: Self.signed))
    let frames = ["?id=17", "?id=18", "?id=17&x=1", "#17", ""].map {
      ImageAddress.identity(of: "http://h/frame" + $0)
    }
    #expect(Set(frames).count == 5)
    #expect(ImageAddress.identity(of: "http://h/a?sig=\u{301}b") == "http://h/a")
    #expect(ImageAddress.identity(of: "parts/a?X-Amz-Signature=1") == "parts/a?X-Amz-Signature=1")
  }

  @Test(arguments: [
    "http://user:secret@h/a", "http://user@h/a?secret", "http:///secret", "https://?secret",
    "https://h secret/a", "http://h\r\nX: y/secret", "http://h\\secret/a", "ftp://h/secret",
    "secret",
    "s3://", "s3://b", "s3://b/", "s3://b/folder/", "s3:///key", "s3://user:x@h/key",
    "s3://h:80/key",
    "s3://-b/key", "s3://b#/key", "s3://bücket/key", "http://bücher.example/a", "http://h:8o/a",
    "http://user:secret/word@h/a",
  ])
  func `are refused where they cannot be meant`(text: String) {
    let error = #expect(throws: DownloadError.self) { try ImageAddress(text) }
    #expect(!text.contains(":secret") || !"\(error, default: "")".contains("secret@"))
  }

  @Test(arguments: [
    ("http://h", "http://h/"), ("http://h?a=b", "http://h/?a=b"),
    ("https://h/a b/ü.png?q=é#f", "https://h/a%20b/%C3%BC.png?q=%C3%A9"),
    ("https://h/a%20b+c%2B", "https://h/a%20b+c%2B"),
    ("http://h/a\r\nHost: x", "http://h/a%0D%0AHost:%20x"), ("http://h/\u{10FEFF}", "http://h/%FF"),
    ("http://[::1]:80/\u{301}", "http://[::1]:80/%CC%81"),
  ])
  func `of the web are asked for as they are, with what they may not hold escaped`(
    text: String, url: String
  ) throws {
    #expect(try ImageAddress(text).target == .web(url))
  }

  /// Bytes that have a bit of a sign of the scheme each.
  @Test(arguments: [
    "http\u{1A}//x:", "http:\u{F}/x", "s\u{13}://b/k", "http:/", "h", "", "https:/x",
  ])
  func `are told from paths by every byte`(text: String) {
    #expect(!ImageAddress.isAddress(text))
    #expect(throws: DownloadError.self) { try ImageAddress(text) }
  }

  @Test(arguments: ["http://h/", "s3://b/", "https://h?", "http://h#", "http://", "x"])
  func `are refused in few words where they are endless`(start: String) {
    let text = start + String(repeating: "a\u{301}", count: 1 << 16)
    let error = #expect(throws: DownloadError.self) { try ImageAddress(text) }
    #expect("\(error, default: "")".utf8.count < 500)
    #expect(!ImageAddress.isAddress(text) || ImageAddress.name(of: text).utf8.count < 500)
  }

  @Test func `have a host in ASCII`() {
    let error = #expect(throws: DownloadError.self) { try ImageAddress("http://bücher.example/a") }
    #expect("\(error, default: "")".contains("xn--"))
  }

  @Test func `of objects take keys as they are`() throws {
    #expect(
      try ImageAddress("S3://a.b-c_9/x//../ä%20+?#.png").target
        == .object(bucket: "a.b-c_9", key: "x//../ä%20+?#.png"))
  }
}
