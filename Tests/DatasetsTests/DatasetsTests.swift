import Datasets
import Files
import Foundation
import Images
import TestSupport
import Testing

private func touch(_ path: String) throws {
  try makeFolder(of: path)
  try AtomicFile.write(Data([0]), to: path)
}

@Suite struct `Image folders` {
  @Test func `list pictures by name and nothing else`() async throws {
    try await withTemporaryFolder { folder in
      for name in ["b.PNG", "a.jpeg", "c.tif", "notes.txt", ".hidden.png", "sub/d.png"] {
        try touch("\(folder)/\(name)")
      }
      let paths = try ImageFolder(folder).paths
      #expect(paths == ["a.jpeg", "b.PNG", "c.tif"].map { "\(folder)/\($0)" })
    }
  }

  @Test func `say what is wrong with them`() async throws {
    #expect(throws: DatasetError.missing("/nowhere")) { try ImageFolder("/nowhere") }
    try await withTemporaryFolder { folder in
      #expect(throws: DatasetError.empty(folder)) { try ImageFolder(folder) }
      try touch("\(folder)/a.png")
      #expect(throws: DatasetError.notAFolder("\(folder)/a.png")) {
        try ImageFolder("\(folder)/a.png")
      }
    }
  }
}

@Suite struct `Categories in the layout of MVTec AD` {
  @Test func `are read tolerantly`() async throws {
    try await withTemporaryFolder { folder in
      for name in [
        "test/good/000.png", "test/cut/000.bmp", "test/cut/001.bmp", "test/hole/7.jpg",
        "test/unmarked/1.png", "ground_truth/cut/000_mask.png", "ground_truth/cut/001.tiff",
        "ground_truth/hole/7_mask.jpg", "ground_truth/good/000_mask.png", "test/readme.txt",
      ] { try touch("\(folder)/\(name)") }
      let items = try MVTecCategory(folder).test
      #expect(items.map(\.defect) == ["cut", "cut", "good", "hole", "unmarked"])
      #expect(items.map(\.isAnomalous) == [true, true, false, true, true])
      #expect(
        items.map(\.mask) == [
          "\(folder)/ground_truth/cut/000_mask.png", "\(folder)/ground_truth/cut/001.tiff", nil,
          "\(folder)/ground_truth/hole/7_mask.jpg", nil,
        ])
    }
  }

  @Test func `say what they miss`() async throws {
    #expect(throws: DatasetError.missing("/nowhere")) { try MVTecCategory("/nowhere") }
    try await withTemporaryFolder { folder in
      #expect(throws: DatasetError.layout(folder, missing: "test")) { try MVTecCategory(folder) }
    }
  }
}

@Suite struct `Sample data` {
  @Test func `is the same for the same seed and marks each defect`() async throws {
    try await withTemporaryFolder { folder in
      var data = SampleData()
      (data.training, data.test, data.side) = (2, 2, 64)
      try data.write(to: "\(folder)/a")
      try data.write(to: "\(folder)/b")
      data.seed = 2
      try data.write(to: "\(folder)/c")
      let read = { (path: String) in try Image(contentsOf: "\(folder)/\(path)") }
      #expect(try read("a/train/good/001.png") == read("b/train/good/001.png"))
      #expect(try read("a/train/good/001.png") != read("c/train/good/001.png"))
      #expect(try read("a/train/good/000.png") != read("a/train/good/001.png"))
      let items = try MVTecCategory("\(folder)/a").test
      #expect(items.count == 10 && items.count { $0.isAnomalous } == 8)
      for item in items where item.isAnomalous {
        let mask = try Mask(contentsOf: try #require(item.mask))
        let share = Double(mask.isAnomalous.count { $0 }) / Double(64 * 64)
        #expect(share > 0.0005 && share < 0.1, "\(item.path): \(share)")
      }
    }
  }
}
