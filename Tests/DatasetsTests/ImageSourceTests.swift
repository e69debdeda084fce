import Datasets
import Files
import Foundation
import Images
import Synchronization
import TestSupport
import Testing

@Suite struct `Sources of images` {
  private let picture = Image(
    height: 3, width: 5, pixels: (0..<45).map { Float($0 * 5) / 255 })

  @Test func `are the same from a file and from its bytes`() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/a.png"
      try picture.write(to: path)
      let file = ImageSource(contentsOf: path)
      let bytes = ImageSource(bytes: try Data(contentsOf: URL(fileURLWithPath: path)), name: "sent")
      #expect(try file.image() == bytes.image())
      #expect(try file.content() == bytes.content())
      #expect((file.name, bytes.name) == (path, "sent"))
      let other = ImageSource(
        contentsOf: path, reading: ImageReading(valueRange: 0...100))
      #expect(try other.content() != file.content(), "it is read otherwise")
    }
  }

  @Test func `refuse what is no image, under the name that they have`() throws {
    #expect(throws: ImageFileError.foreign("sent")) {
      try ImageSource(bytes: Data("no picture".utf8), name: "sent").image()
    }
    #expect(throws: ImageFileError.missing("/nowhere/a.png")) {
      try ImageSource(contentsOf: "/nowhere/a.png").image()
    }
  }

  @Test func `are changed when they are asked for, and known by what they come from`() throws {
    let decoded = Mutex(0)
    let told = Mutex(0)
    let source = ImageSource(
      name: "a",
      content: {
        told.withLock { $0 += 1 }
        return "content"
      }
    ) { [picture] in
      decoded.withLock { $0 += 1 }
      return picture
    }
    let small = source.map { try $0.resized(height: 1, width: 1) }
    #expect(decoded.withLock { $0 } == 0)
    #expect(try small.image().height == 1 && small.name == "a")
    #expect(decoded.withLock { $0 } == 1)
    #expect(try small.content() == "content" && source.content() == "content")
    #expect(told.withLock { $0 } == 1, "what it holds is read once")
  }

  @Test func `have pixels for a content where there is no file`() throws {
    let images = ImageCollection([picture, picture, picture.grey()])
    #expect(try images.copies() == ["image 2"])
    #expect(try images.digest() == ImageCollection([picture, picture, picture.grey()]).digest())
    #expect(try images.digest() != images.selecting([0, 2, 1]).digest())
  }
}
