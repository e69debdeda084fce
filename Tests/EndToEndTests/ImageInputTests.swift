import CZlib
import Foundation
import TestSupport
import Testing
import UninformedStudents

/// Images as they come: from pipes, in unusual ranges, with something beside them.
@Suite(.serialized) struct `Images for the program` {
  private func kind(_ name: String) -> String { Golden.path("images/kinds/\(name)") }

  private func copy(_ names: [String], to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in names {
      try FileManager.default.copyItem(atPath: kind(name), toPath: "\(folder)/\(name)")
    }
  }

  private func train(_ names: [String], _ folder: String, _ more: [String] = []) throws -> Program {
    try copy(names, to: "\(folder)/good")
    return try Program(
      ["train", "\(folder)/good", "-o", "\(folder)/m.students", "--epochs", "1"] + more
        + tiny.filter { $0 != "4" && $0 != "--epochs" })
  }

  /// Standard output of the program with a file on its standard input, through a pipe.
  private func inspect(_ model: String, _ image: String, from file: String) throws -> String {
    let (process, input, output) = (Process(), Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = ["inspect", model, image, "--json"]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: bytes(file))
    try input.fileHandleForWriting.close()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: said, as: UTF8.self)
  }

  private func score(_ line: String) throws -> Double? {
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    return object?["score"] as? Double
  }

  @Test func `come from a pipe as from a file, but not from one that lies in a folder`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let trained = try train(["lossless.webp", "colours24.bmp"], folder)
      #expect(trained.status == 0, "\(trained.errors)")
      let model = "\(folder)/m.students"
      let file = kind("lossless.webp")
      let named = try Program(["inspect", model, file, "--json"])
      let expected = try #require(try score(named.output))
      for name in ["-", "/dev/stdin"] {
        #expect(try score(inspect(model, name, from: file)) == expected)
      }
      // Nothing to read is said so.
      for input in ["</dev/null", "<&-"] {
        let nothing = try Program(shell: "'\(Program.path)' inspect '\(model)' - \(input)")
        #expect(nothing.status == 2 && nothing.errors.contains("standard input is empty or closed"))
      }
      // A pipe in a folder is an error for itself alone; nobody ever writes to it.
      try copy(["lossless.webp"], to: "\(folder)/new")
      try #require(mkfifo("\(folder)/new/a.png", 0o600) == 0)
      let inspected = try Program(["inspect", model, "\(folder)/new", "--json"])
      #expect(inspected.status == 2)
      #expect(inspected.errors.contains("\(folder)/new/a.png: is a pipe or a device"))
      #expect(try inspected.objects().last?["score"] as? Double == expected)
    }
  }

  @Test func `in a range of their own are read by it, and told of where it is not given`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let dark = try train(["twelve-in-sixteen.tif", "infrared.tif", "pages.tif"], folder)
      #expect(dark.status == 0, "\(dark.errors)")
      #expect(dark.errors.contains("0 to 4095; pass --value-range 0,4095"))
      #expect(dark.errors.contains("infrared.tif: 1 more channel than colours; left out"))
      #expect(dark.errors.contains("pages.tif: 3 images in it; the first is read"))
      let model = "\(folder)/m.students"
      let file = kind("twelve-in-sixteen.tif")
      let (wrong, right, same) = (
        try Program(["inspect", model, file, "--json"]),
        try Program(["inspect", model, file, "--json", "--value-range", "0,4095"]),
        try Program(["inspect", model, kind("bits12.tif"), "--json"])
      )
      #expect(wrong.errors.contains("--value-range 0,4095"))
      #expect(!right.errors.contains("--value-range"))
      let score = try #require(try score(right.output))
      #expect(try abs(score - (self.score(same.output) ?? 0)) < 1e-3 * abs(score))
      let outside = try Program(["inspect", model, file, "--value-range", "0,255"])
      #expect(outside.status == 2 && outside.errors.contains("outside of 0 to 255, "))
      for range in ["1,1", "4095", "0,nan", "a,b", "0,inf", "3,2"] {
        #expect(try Program(["inspect", model, file, "--value-range", range]).status == 2)
      }
    }
  }

  /// A chunk of a PNG.
  private func chunk(_ kind: String, _ body: [UInt8]) -> Data {
    let named = Array(kind.utf8) + body
    let checksum = UInt32(truncatingIfNeeded: crc32(0, named, UInt32(named.count)))
    let bigEndian = { (number: UInt32) in withUnsafeBytes(of: number.bigEndian) { Data($0) } }
    return bigEndian(UInt32(body.count)) + Data(named) + bigEndian(checksum)
  }

  private func packed(_ bytes: [UInt8]) -> [UInt8] {
    var size = compressBound(UInt(bytes.count))
    var packed = [UInt8](repeating: 0, count: Int(size))
    #expect(compress2(&packed, &size, bytes, UInt(bytes.count), 9) == Z_OK)
    return Array(packed.prefix(Int(size)))
  }

  /// 100 texts of 30 MB, packed to 30 kB each.
  @Test func `take no memory for texts and profiles beside their pixels`() async throws {
    try await withTemporaryFolder { folder in
      let trained = try train(["lossless.webp", "colours24.bmp"], folder)
      #expect(trained.status == 0, "\(trained.errors)")
      let whole = try bytes(kind("turn.png"))
      let text = packed(.init(repeating: 65, count: 30_000_000))
      for (name, head) in [("zTXt", "k\0\0"), ("iTXt", "k\0\u{1}\0\0\0"), ("iCCP", "k\0\0")] {
        let beside = chunk(name, Array(head.utf8) + text)
        let file = "\(folder)/\(name).png"
        // Behind the header.
        try
          (whole.prefix(33) + (0..<100).reduce(into: Data()) { all, _ in all += beside }
          + whole.dropFirst(33)).write(to: URL(fileURLWithPath: file))
        let program = "ulimit -d 2000000; exec '\(Program.path)'"
        let inspected = try Program(
          shell: "\(program) inspect '\(folder)/m.students' '\(file)' '\(kind("turn.png"))' --json")
        #expect(inspected.status < 2, "\(name): \(inspected.errors)")
        let scores = try inspected.objects().map { try #require($0["score"] as? Double) }
        #expect(scores.count == 2 && scores.first == scores.last)
      }
    }
  }
}
