import Files
import Foundation
import TestSupport
import Testing
import UninformedStudents

/// Folders as people keep them.
@Suite(.serialized) struct `Folders of a user` {
  /// A small drawn category, and a model of it.
  private func withModel(_ body: (_ model: String, _ folder: String) throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      let parts = "\(folder)/parts"
      let drawn = try Program([
        "sample-data", parts, "--training", "3", "--test", "1", "--size", "64",
      ])
      #expect(drawn.status == 0, "\(drawn.errors)")
      let model = "\(folder)/m.students"
      let trained = try Program([
        "train", "\(parts)/train/good", "-o", model, "--method", "knn", "--vectors", "100",
        "--image-size", "64",
      ])
      #expect(trained.status == 0, "\(trained.errors)")
      try body(model, folder)
    }
  }

  private func copy(_ from: String, _ to: String) throws {
    try makeFolder(of: to)
    let data = try #require(try contents(ofFile: from))
    let file = try #require(withSystemPath(to) { fopen($0, "wb") })
    defer { fclose(file) }
    #expect(data.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) } == data.count)
  }

  @Test func `keep their images whatever is written beside them`() async throws {
    try await withModel { model, folder in
      let (image, images) = ("\(folder)/parts/test/chipped/000.png", "\(folder)/images")
      let long = String(repeating: "n", count: 245)
      var names = ["a.png", "b.png", "\(long)1.png", "\(long)2.png"]
      #if os(Linux)
        names.append(SystemPath.text([0x50, 0xFC, 0x2E, 0x70, 0x6E, 0x67]))
      #endif
      for name in names { try copy(image, "\(images)/\(name)") }
      let whole = try bytes(image)
      // Twice: the maps of the first run are no images of the second.
      for _ in 0..<2 {
        let inspected = try Program(["inspect", model, images, "--heatmaps", images, "--json"])
        #expect([0, 1].contains(inspected.status), "\(inspected.errors)")
        let objects = try inspected.objects()
        #expect(objects.count == names.count)
        #expect(Set(objects.compactMap { $0["heatmap"] as? String }).count == names.count)
      }
      for name in names { #expect(try contents(ofFile: "\(images)/\(name)") == whole) }
      #expect(Origin(ofFile: "\(images)/a.heatmap.png") == .heatMap)
      #expect(try Files.names(inFolder: images).count == 2 * names.count)

      // Of one name in two folders; and an image of the name that a map would have.
      let own = "\(folder)/maps/000.heatmap.png"
      try copy(image, own)
      let refused = try Program([
        "inspect", model, image, "\(folder)/parts/test/good/000.png", "--heatmaps",
        "\(folder)/maps",
      ])
      #expect(refused.status == 2 && refused.errors.contains("\(own): not "))
      #expect(try bytes(own) == whole)
      #expect(Origin(ofFile: "\(folder)/maps/000-2.heatmap.png") == .heatMap)

      // Sample data are not drawn beside them either.
      let drawn = try Program(["sample-data", images, "--training", "1", "--test", "1"])
      #expect(drawn.status == 2 && drawn.errors.contains("not drawn by this program"))
      #expect(try !isFolder("\(images)/train"))
    }
  }

  #if os(Linux)
    @Test func `may have names that are no text`() async throws {
      try await withModel { model, folder in
        let name = SystemPath.text([0x50, 0xFC, 0x2E, 0x70, 0x6E, 0x67])
        let images = "\(folder)/\(SystemPath.text([0xE4]))"
        #expect(withSystemPath(images) { mkdir($0, 0o700) } == 0)
        for number in ["", "1", "2"] {
          try copy("\(folder)/parts/train/good/000.png", "\(images)/\(number)\(name)")
        }
        // A shell passes the bytes on; `Process` does not.
        let run = { (command: String) throws -> (status: Int32, errors: String) in
          let process = Process()
          let errors = Pipe()
          process.executableURL = URL(fileURLWithPath: "/bin/sh")
          process.arguments = [
            "-c", "cd \"$1\" && p=$(printf '\\344') && n=$(printf 'P\\374.png') && \(command)",
            Program.path, folder,
          ]
          process.standardError = errors
          process.standardOutput = FileHandle.nullDevice
          try process.run()
          let read = errors.fileHandleForReading.readDataToEndOfFile()
          process.waitUntilExit()
          return (process.terminationStatus, String(decoding: read, as: UTF8.self))
        }
        let inspected = try run(#""$0" inspect m.students "$p" "$p/$n" --heatmaps "$p.maps""#)
        #expect([0, 1].contains(inspected.status), "\(inspected.errors)")
        let maps = try Files.names(inFolder: "\(folder)/\(SystemPath.text([0xE4])).maps")
        #expect(maps.contains(SystemPath.text([0x50, 0xFC] + Array("-2.heatmap.png".utf8))))
        let trained = try run(
          #""$0" train "$p" -o "$p.students" --method knn --vectors 50 --image-size 64"#)
        #expect(trained.status == 0, "\(trained.errors)")
        let made = "\(folder)/\(SystemPath.text([0xE4])).students"
        #expect(try fileExists(made) && !fileExists("\(made).checkpoint"))
        let shown = try run(#""$0" inspect "$p.students" "$p/none$n""#)
        #expect(shown.status == 2 && shown.errors.contains(#"\xe4/noneP\xfc.png: no such file"#))
      }
    }
  #endif

  @Test func `are measured by what is in them`() async throws {
    try await withModel { model, folder in
      let (parts, other) = ("\(folder)/parts", "\(folder)/other")
      // The same images as VisA and BTAD keep them: ok, masks of 0 and 1, `.JPG`.
      for name in ["good", "chipped", "drilled"] {
        let image = "\(parts)/test/\(name)/000.png"
        try copy(image, "\(other)/test/\(name == "good" ? "OK" : name)/000.PNG")
        guard name != "good" else { continue }
        let mask = try Mask(contentsOf: "\(parts)/ground_truth/\(name)/000_mask.png")
        let faint = Image(height: 64, width: 64, pixels: mask.image.pixels.map { $0 / 255 })
        let target = "\(other)/Ground_Truth/\(name)/000.png"
        try makeFolder(of: target)
        try faint.write(to: target)
      }
      try copy("\(parts)/test/good/000.png", "\(other)/test/.ipynb_checkpoints/000.png")
      try makeFolder("\(other)/test/dent")
      try FileManager.default.removeItem(atPath: "\(parts)/test/scratched")
      try FileManager.default.removeItem(atPath: "\(parts)/test/stained")

      let expected = try #require(Program(["evaluate", model, parts, "--json"]).objects().first)
      let evaluated = try Program(["evaluate", model, other, "--json"])
      #expect(evaluated.status == 0, "\(evaluated.errors)")
      let found = try #require(evaluated.objects().first)
      for key in ["imageROCAUC", "pixelROCAUC", "pro"] {
        #expect(try #require(found[key] as? Double) == (expected[key] as? Double), "\(key)")
      }
      #expect(evaluated.errors.contains("\(other)/test/dent: no images in it"))
      #expect((found["warnings"] as? [String])?.count == 1)

      let small = try Program(["evaluate", model, other, "--max-pixels", "4095"])
      #expect(
        small.status == 2 && small.errors.contains("4096 pixels, more than the limit of 4095"))

      // Of defects alone.
      try FileManager.default.removeItem(atPath: "\(other)/test/OK")
      let defects = try Program(["evaluate", model, other, "--json"])
      #expect(defects.status == 0 && defects.errors.contains("\(other)/test: no good images"))
      #expect(try defects.objects().first?["pixelROCAUC"] is Double)
      #expect(try defects.objects().first?["imageROCAUC"] == nil)

      // A mask above the limit that its image keeps to, and an image that is none.
      let large = Mask(
        height: 128, width: 128, isAnomalous: [Bool](repeating: true, count: 128 * 128))
      let mask = "\(other)/Ground_Truth/chipped/000.png"
      try large.image.write(to: mask)
      let limited = try Program(["evaluate", model, other, "--max-pixels", "4096"])
      #expect(limited.status == 2 && limited.errors.contains("students: \(mask): 16384 pixels"))
      let broken = "\(other)/test/drilled/000.PNG"
      try AtomicFile.write(Data("none".utf8), to: broken)
      let stopped = try Program(["evaluate", model, other])
      #expect(stopped.status == 2 && stopped.errors.contains("students: \(broken): "))
    }
  }
}
