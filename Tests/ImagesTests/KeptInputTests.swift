import Foundation
import Images
import TestSupport
import Testing

/// Inputs that a fuzzer found or that once did harm: `Fuzzing/Regressions/image`.
@Suite struct `Kept image files` {
  @Test func `are refused with a reason, as images and as masks`() throws {
    let folder = URL(fileURLWithPath: Golden.folder).resolvingSymlinksInPath()
      .deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fuzzing/Regressions/image")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    #expect(files.count > 15)
    // What makes no sense beside the pixels leaves an image all the same.
    let sound = ["png-exif-beyond", "png-exif-short", "png-exif-many", "tiff-directory-loop"]
    for file in files {
      let isSound = sound.contains(file.lastPathComponent)
      for read in [{ _ = try Image(contentsOf: $0) }, { _ = try Mask(contentsOf: $0) }] {
        do {
          try read(file.path)
          #expect(isSound, "\(file.lastPathComponent)")
        } catch {
          #expect(!isSound, "\(error)")
          let reason = try #require((error as? ImageFileError)?.description)
          #expect(!reason.contains(" ();"))
        }
      }
    }
  }
}
