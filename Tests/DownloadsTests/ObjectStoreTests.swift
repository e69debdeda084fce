import Testing

@testable import Downloads

@Suite struct `Stores of objects` {
  private let keys = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S\n"]

  @Test(arguments: [
    ([:], "bucket", "https://bucket.s3.us-east-1.amazonaws.com/"),
    (["AWS_DEFAULT_REGION": "eu-west-1"], "a.b", "https://s3.eu-west-1.amazonaws.com/a.b/"),
    ([:], "Bucket", "https://s3.us-east-1.amazonaws.com/Bucket/"),
    (["AWS_REGION": "cn-north-1"], "bucket", "https://bucket.s3.cn-north-1.amazonaws.com.cn/"),
    (["AWS_ENDPOINT_URL": "http://minio:9000/"], "bucket", "http://minio:9000/bucket/"),
    (
      ["AWS_ENDPOINT_URL": "http://minio:9000", "AWS_ENDPOINT_URL_S3": "https://other/s3"],
      "bucket", "https://other/s3/bucket/"
    ),
    (
      ["AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": " "], "b",
      "https://b.s3.eu-west-1.amazonaws.com/"
    ),
  ])
  func `have hosts and paths`(
    environment: [String: String], bucket: String, start: String
  ) throws {
    let store = try ObjectStore(environment)
    #expect(store.credentials == nil)
    // The escapes are those of the specification of signatures: all but letters, digits, - . _ ~ and slashes.
    #expect(
      store.address(bucket: bucket, key: "a b/c+ä%~!'()*?#&=:@,;$.png")
        == start + "a%20b/c%2B%C3%A4%25~%21%27%28%29%2A%3F%23%26%3D%3A%40%2C%3B%24.png")
  }

  @Test func `take keys from the environment, without the line end of a file`() throws {
    let store = try ObjectStore(keys.merging(["AWS_SESSION_TOKEN": "T=="]) { $1 })
    #expect(store.credentials == .init(accessKey: "A", secretKey: "S", sessionToken: "T=="))
    #expect(try ObjectStore(keys).credentials?.sessionToken == nil)
  }

  @Test(arguments: [
    ["AWS_ACCESS_KEY_ID": "A"], ["AWS_SECRET_ACCESS_KEY": "secret"],
    ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "  "],
    ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "secret\r\nX: y"],
    ["AWS_REGION": "evil.example/"], ["AWS_DEFAULT_REGION": "evil.example/"],
    ["AWS_ENDPOINT_URL": "minio:9000"],
    ["AWS_ENDPOINT_URL": "http://user:secret@minio"], ["AWS_ENDPOINT_URL": "http://minio/?secret"],
    ["AWS_ENDPOINT_URL_S3": "http://minio/#secret"], ["AWS_ENDPOINT_URL_S3": "file:///secret"],
  ])
  func `are refused where the environment is wrong`(environment: [String: String]) {
    let error = #expect(throws: DownloadError.self) { try ObjectStore(environment) }
    #expect(
      "\(error, default: "")".hasPrefix("AWS_") && !"\(error, default: "")".contains("secret"))
  }

  @Test func `name the variable that is wrong, and look at no other`() throws {
    let wrong = ["AWS_DEFAULT_REGION": "evil.example/"]
    let error = #expect(throws: DownloadError.self) { try ObjectStore(wrong) }
    #expect("\(error, default: "")".hasPrefix("AWS_DEFAULT_REGION "))
    #expect(
      try ObjectStore(wrong.merging(["AWS_REGION": "eu-west-1"]) { $1 }).region == "eu-west-1")
  }

  @Test func `are asked again after waits that grow, and no longer than is bearable`() {
    for _ in 1...100 {
      let waits = (1...5).map { Downloader.wait(after: $0, asked: 0, 60) }
      #expect(zip(waits, [0.5, 1, 2, 4, 8]).allSatisfy { 0.5 * $1...1.5 * $1 ~= $0 })
    }
    #expect(Downloader.wait(after: 1, asked: 7, 60) == 7)
    #expect(Downloader.wait(after: 1, asked: 86400, 60) == 60)
  }
}
