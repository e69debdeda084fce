import Files
import Foundation
import TestSupport
import Testing

@Suite struct `An output` {
  @Test func `is one run's at a time`() async throws {
    try await withTemporaryFolder { folder in
      symlink("m", "\(folder)/link")
      let first = try OutputClaim("\(folder)/m")
      for other in ["\(folder)/m", "\(folder)/link"] {
        let error = #expect(throws: OutputClaimError.self) { try OutputClaim(other) }
        #expect(error?.process == Int(getpid()))
        #expect(error?.description.contains("\(other): another run") == true)
      }
      try OutputClaim("\(folder)/another").release()
      first.release()
      let second = try OutputClaim("\(folder)/m")
      #expect(throws: OutputClaimError.self) { try OutputClaim("\(folder)/m") }
      second.release()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["link"])
    }
  }

  @Test func `is free again when its run was killed`() async throws {
    try await withTemporaryFolder { folder in
      try AtomicFile.write(Data("4194303\n".utf8), to: "\(folder)/m.lock")
      try OutputClaim("\(folder)/m").release()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test func `needs a place`() async throws {
    try await withTemporaryFolder { folder in
      #expect(throws: FileError.self) { try OutputClaim("\(folder)/none/m") }
      #expect(throws: FileError.self) { try OutputClaim("") }
    }
  }
}
