import Datasets
import FileFormats
import Files
import Foundation
import Images
import TestSupport
import Testing

/// The pixels that `Tests/Golden/datasets/make.py` gave a picture.
private func pixels(_ number: Int, _ size: Int) -> [UInt8] {
  (0..<size).map { UInt8((7 * number + $0) % 251) }
}

private let mnist = Golden.path("datasets/mnist")
private let cifar = Golden.path("datasets/cifar.tar.gz")

@Suite struct `The data set MNIST` {
  @Test func `is read, compressed or not`() throws {
    let data = try MNIST.read(mnist, classes: MNIST.digits)
    #expect(data.training.count == 12 && data.test.count == 5)
    #expect(data.training.height == 28 && data.training.width == 28 && data.training.channels == 1)
    #expect(data.training.labels == (0..<12).map { UInt8($0 % 10) })
    #expect(Array(data.training.picture(11)) == pixels(11, 784))
    let chosen = data.training.selecting([3, 1])
    #expect(chosen.labels == [3, 1] && Array(chosen.picture(0)) == pixels(3, 784))
  }

  private func expectRefusal(
    _ name: String, _ bytes: Data, saying words: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await withTemporaryFolder { folder in
      for file in try FileManager.default.contentsOfDirectory(atPath: mnist) {
        guard !file.hasPrefix(name) else { continue }
        try FileManager.default.copyItem(atPath: "\(mnist)/\(file)", toPath: "\(folder)/\(file)")
      }
      try AtomicFile.write(bytes, to: "\(folder)/\(name)")
      #expect(sourceLocation: sourceLocation) {
        try MNIST.read(folder, classes: MNIST.digits)
      } throws: { error in
        "\(error)".hasPrefix("\(folder)/\(name)") && "\(error)".contains(words)
      }
    }
  }

  @Test func `is refused where a file is damaged`() async throws {
    let labels = "train-labels-idx1-ubyte"
    let whole = try Data(contentsOf: URL(fileURLWithPath: "\(mnist)/\(labels)"))
    try await expectRefusal(labels, whole.dropLast(2), saying: "10 bytes instead of 12")
    try await expectRefusal(labels, Data("text".utf8), saying: "not an IDX file")
    var mislabelled = whole
    mislabelled[8] = 10
    try await expectRefusal(labels, mislabelled, saying: "label 10 of 10 classes")
    var fewer = whole.dropLast(2)
    fewer[7] = 10
    try await expectRefusal(labels, fewer, saying: "10 labels for 12 images")
    var huge = whole
    huge[4] = 255
    try await expectRefusal(labels, huge, saying: "make no sense")

    let images = "train-images-idx3-ubyte.gz"
    let packed = try Data(contentsOf: URL(fileURLWithPath: "\(mnist)/\(images)"))
    try await expectRefusal(images, packed.prefix(packed.count / 2), saying: "cut short or damaged")
    // As many pixels, but of other sides.
    let plain = try GzipFile.read("\(mnist)/\(images)")
    var thin = plain
    // 1, and 3 × 256 + 16.
    (thin[11], thin[14], thin[15]) = (1, 3, 16)
    try await expectRefusal(images, thin, saying: "images of 1 × 784 pixels, not 28 × 28")
  }

  @Test func `is missed by the name of its file`() async throws {
    try await withTemporaryFolder { folder in
      #expect(throws: DatasetError.noFile(folder, "train-images-idx3-ubyte.gz")) {
        _ = try MNIST.read(folder, classes: MNIST.digits)
      }
      #expect(throws: DatasetError.missing("\(folder)/no")) {
        _ = try MNIST.read("\(folder)/no", classes: MNIST.digits)
      }
    }
  }

  @Test(.enabled(if: SharedData.path("mnist") != nil, "needs the real data"))
  func `has 70,000 digits`() throws {
    let data = try MNIST.read(#require(SharedData.path("mnist")), classes: MNIST.digits)
    #expect(data.training.count == 60_000 && data.test.count == 10_000)
    #expect(data.training.labels.count { $0 == 5 } == 5421)
  }
}

@Suite struct `The data set CIFAR-10` {
  @Test func `is read from an archive of its batches`() throws {
    let data = try CIFAR10.read(cifar)
    #expect(data.training.count == 10 && data.test.count == 2)
    #expect(data.training.labels == (0..<10).map(UInt8.init) && data.test.labels == [0, 1])
    // Planes in the file, colours side by side in memory.
    let planes = pixels(4, 3072)
    let picture = Array(data.training.picture(4))
    for pixel in [0, 1, 33, 1023] {
      let colors = (0..<3).map { planes[$0 * 1024 + pixel] }
      #expect(Array(picture[3 * pixel..<3 * pixel + 3]) == colors)
    }
  }

  @Test func `is read from a folder for each class`() async throws {
    try await withTemporaryFolder { folder in
      for part in ["train", "test"] {
        for (label, name) in CIFAR10.classes.enumerated() {
          let color = Float(label * 20) / 255
          let path = "\(folder)/\(part)/\(name)/0.png"
          try makeFolder(of: path)
          try Image(
            height: 32, width: 32, pixels: [Float](repeating: color, count: 3072)
          ).write(to: path)
        }
      }
      let data = try CIFAR10.read(folder)
      #expect(data.training.labels == (0..<10).map(UInt8.init) && data.test == data.training)
      #expect(data.training.picture(3).allSatisfy { $0 == 60 })

      let odd = "\(folder)/test/cat/1.png"
      try Image(height: 2, width: 2, pixels: [Float](repeating: 0, count: 12)).write(to: odd)
      #expect { try CIFAR10.read(folder) } throws: { "\($0)".hasPrefix("\(odd): 2 × 2 pixels") }
    }
  }

  @Test func `is read from its batches, and refused where they are damaged`() async throws {
    try await withTemporaryFolder { folder in
      let record = [UInt8](repeating: 1, count: 3073)
      for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
        try AtomicFile.write(Data(record), to: "\(folder)/\(name)")
      }
      #expect(try CIFAR10.read(folder).training.labels == [1, 1, 1, 1, 1])
      let path = "\(folder)/data_batch_3.bin"
      try AtomicFile.write(Data(record.dropLast()), to: path)
      #expect { try CIFAR10.read(folder) } throws: { "\($0)".contains("data_batch_3.bin: 3072") }
      try AtomicFile.write(Data([10] + record.dropFirst()), to: path)
      #expect { try CIFAR10.read(folder) } throws: { "\($0)".contains("label 10 of 10") }

      let whole = try GzipFile.read(cifar)
      let archive = "\(folder)/a.tar"
      try AtomicFile.write(whole.prefix(4000), to: archive)
      #expect { try CIFAR10.read(archive) } throws: { "\($0)".contains("cut short") }
      var altered = whole
      altered[5] ^= 1
      try AtomicFile.write(altered, to: archive)
      #expect { try CIFAR10.read(archive) } throws: { "\($0)".contains("not a tar archive") }
    }
  }
}
