import Files
import Foundation
import TestSupport
import Testing

@Suite struct `A fingerprint` {
  /// From Python: hashlib.sha256((3).to_bytes(8, "little") + b"abc").hexdigest(), and so on.
  @Test(arguments: [
    (
      ["abc"],
      "ce91dc5eec0139adf091900d225971d6"
        + "ad246a845bad791b5693a9d0d55dd391"
    ),
    (
      [""],
      "af5570f5a1810b7af78caf4bc70a660f"
        + "0df51e42baf91d4de5b2328de0e83dfc"
    ),
    (
      ["ab", "c"],
      "43ee655579de01ca739b3f95c1c2d3f4"
        + "6d353b2c0df818064ea594506cdb2617"
    ),
    (
      [],
      "e3b0c44298fc1c149afbf4c8996fb924"
        + "27ae41e4649b934ca495991b7852b855"
    ),
  ])
  func `is SHA-256 of its parts and their lengths`(parts: [String], expected: String) {
    #expect(Digest.digits(of: parts) == expected)
  }

  @Test func `is the same for a file and its bytes`() async throws {
    try await withTemporaryFolder { folder in
      for count in [0, 1, 1 << 20, 2_500_000] {
        let bytes = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) })
        try AtomicFile.write(bytes, to: "\(folder)/a")
        #expect(
          try Digest.digits(ofFile: "\(folder)/a") == Digest.digits(of: bytes), "\(count) bytes")
        #expect(try contents(ofFile: "\(folder)/a") == bytes, "\(count) bytes")
        guard count > 0 else { continue }
        #expect(throws: FileReadingError.self) {
          try contents(ofFile: "\(folder)/a", limit: count - 1)
        }
      }
      #expect(try Digest.digits(ofFile: "\(folder)/none") == nil)
    }
  }

  @Test func `changes with each part, and says which`() {
    let one = Fingerprint(["side": "64", "seed": "1"])
    #expect(Fingerprint(["seed": "1"]).with("side", "64") == one)
    #expect(Fingerprint(["seed": "1"]).with("side", "64").digits == one.digits)
    let others = [
      one.with("side", "65"), one.with("more", ""), Fingerprint(["side": "64"]),
      Fingerprint(["side": "1", "seed": "64"]), Fingerprint(["side6": "4", "seed": "1"]),
    ]
    #expect(Set(others.map(\.digits) + [one.digits]).count == 6)
    #expect(one.differences(from: others[0]) == ["side"])
    #expect(one.differences(from: others[4]) == ["side", "side6"])
    #expect(one.differences(from: one).isEmpty)
  }
}
