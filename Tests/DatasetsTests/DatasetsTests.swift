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

  @Test func `say which images were not looked at`() async throws {
    try await withTemporaryFolder { folder in
      let names = [
        "0.jpg", "1.GIF", "2.jp2", "3.NEF", ".4.gif", "notes.txt", "more/5.png",
        "maps/0.heatmap.png", "texts/a.txt",
      ]
      for name in names { try touch("\(folder)/\(name)") }
      let found = try ImageFolder(folder)
      #expect(found.paths == ["\(folder)/0.jpg"])
      #expect(found.unread == ["1.GIF", "2.jp2", "3.NEF"] && found.subfolders == ["more"])
      #expect(
        found.notes == [
          "\(folder): only PNG, JPEG, TIFF, WebP and BMP are read; skipped: 1.GIF, 2.jp2, 3.NEF",
          "\(folder): its subfolders are not searched: more",
        ])
    }
  }

  @Test func `are found within folders, each once`() async throws {
    try await withTemporaryFolder { folder in
      for name in ["b.png", "a/2.png", "a/1.png", "a/c/3.png", ".h/4.png", "t/5.txt", "z/6.gif"] {
        try touch("\(folder)/\(name)")
      }
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/a/loop", withDestinationPath: folder)
      let found = try ImageFolder.tree(folder)
      #expect(
        found.flatMap(\.paths)
          == ["b.png", "a/1.png", "a/2.png", "a/c/3.png"].map { "\(folder)/\($0)" })
      #expect(found.flatMap(\.notes).isEmpty)
      #expect(throws: DatasetError.empty("\(folder)/t")) { try ImageFolder.tree("\(folder)/t") }
    }
  }

  @Test func `pass over masks beside their images, and say so`() async throws {
    try await withTemporaryFolder { folder in
      let names = [
        "0.jpg", "0_GT.png", "1.png", "1_mask.png", "1-label.bmp", "face_mask.png", "mask.png",
      ]
      for name in names { try touch("\(folder)/\(name)") }
      let found = try ImageFolder(folder)
      #expect(
        found.paths == ["0.jpg", "1.png", "face_mask.png", "mask.png"].map { "\(folder)/\($0)" })
      #expect(found.masks == ["0_GT.png", "1-label.bmp", "1_mask.png"])
      #expect(found.notes.count == 1 && found.notes[0].contains("skipped: 0_GT.png"))
    }
  }

  @Test func `pass over heat maps, but not other images of such a name`() async throws {
    let image = Image(height: 1, width: 1, pixels: [0, 0, 0])
    try await withTemporaryFolder { folder in
      try image.write(to: "\(folder)/a.png")
      try image.write(to: "\(folder)/b.heatmap.png")
      try image.write(to: "\(folder)/a.heatmap.png", as: .heatMap)
      let paths = try ImageFolder(folder).paths
      #expect(paths == ["\(folder)/a.png", "\(folder)/b.heatmap.png"])
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
  /// Makes files and lists them as a category.
  private func category(
    _ files: [String], _ body: (MVTecCategory, String) throws -> Void
  ) async throws {
    try await withTemporaryFolder { folder in
      for name in files { try touch("\(folder)/\(name)") }
      try body(MVTecCategory(folder), folder)
    }
  }

  @Test func `are read tolerantly`() async throws {
    try await category([
      "test/good/000.png", "test/cut/000.bmp", "test/cut/001.bmp", "test/hole/7.jpg",
      "test/unmarked/1.png", "ground_truth/cut/000_mask.png", "ground_truth/cut/001.tiff",
      "ground_truth/hole/7_mask.jpg", "ground_truth/good/000_mask.png", "test/readme.txt",
    ]) { category, folder in
      let items = category.test
      #expect(items.map(\.defect) == ["cut", "cut", "good", "hole", "unmarked"])
      #expect(items.map(\.isAnomalous) == [true, true, false, true, true])
      #expect(
        items.map(\.masks) == [
          ["\(folder)/ground_truth/cut/000_mask.png"], ["\(folder)/ground_truth/cut/001.tiff"],
          ["\(folder)/ground_truth/good/000_mask.png"], ["\(folder)/ground_truth/hole/7_mask.jpg"],
          [],
        ])
      #expect(
        category.notes == [
          "\(folder)/test/unmarked: its images have no masks; their pixels are left out"
        ])
    }
  }

  /// Each convention: the files beside `test/good/0.png`, and the masks of the first defective image.
  @Test(arguments: [
    (["test/bad/000.JPG", "ground_truth/bad/000.png"], ["ground_truth/bad/000.png"]),
    (["test/ko/0000.bmp", "ground_truth/ko/0000.png"], ["ground_truth/ko/0000.png"]),
    (
      [
        "test/logical_anomalies/000.png", "ground_truth/logical_anomalies/000/000.png",
        "ground_truth/logical_anomalies/000/001.png",
      ],
      ["ground_truth/logical_anomalies/000/000.png", "ground_truth/logical_anomalies/000/001.png"]
    ),
    (["test/cut/10301.png", "test/cut/10301_GT.png"], ["test/cut/10301_GT.png"]),
    (["test/cut/Part0.jpg", "test/cut/Part0_label.bmp"], ["test/cut/Part0_label.bmp"]),
    (["test/cut/a.png", "GroundTruth/Cut/A_Labels.PNG"], ["GroundTruth/Cut/A_Labels.PNG"]),
    (["test/cut/a.png", "masks/a-mask.png"], ["masks/a-mask.png"]),
    (["test/cut/a.png", "test/ground_truth/cut/a.png"], ["test/ground_truth/cut/a.png"]),
    (["test/cut/a.jpg", "gt/cut/a.jpg.png"], ["gt/cut/a.jpg.png"]),
    (
      ["test/cut/a.png", "labels/cut/a_mask_1.png", "labels/cut/a_mask_2.png", "labels/cut/a.png"],
      ["labels/cut/a_mask_1.png", "labels/cut/a_mask_2.png"]
    ),
    (["test/cut/a_mask.png", "ground_truth/cut/a_mask.png"], ["ground_truth/cut/a_mask.png"]),
  ])
  func `find masks by the conventions of several data sets`(
    files: [String], masks: [String]
  ) async throws {
    try await category(["test/good/0.png"] + files) { category, folder in
      let anomalous = category.test.filter(\.isAnomalous)
      #expect(anomalous.map(\.path) == ["\(folder)/\(files[0])"])
      #expect(anomalous.first?.masks == masks.map { "\(folder)/\($0)" })
      #expect(category.notes.isEmpty, "\(category.notes)")
    }
  }

  @Test func `tell masks and images that lack each other`() async throws {
    try await category([
      "test/good/0.png", "test/cut/0.png", "test/cut/1.png", "test/cut/2.png",
      "ground_truth/cut/0_mask.png", "ground_truth/cut/7_mask.png", "ground_truth/dent/0.png",
      "test/hole/3.png", "test/hole/3.jpg", "ground_truth/hole/3.png",
    ]) { category, folder in
      #expect(
        category.notes == [
          "\(folder)/ground_truth/cut: a mask belongs to no image (7_mask.png)",
          "\(folder)/ground_truth/hole: a mask may be of several images (3.png)",
          "\(folder)/ground_truth/dent: masks of a defect of which \(folder)/test has no images",
          "\(folder)/test/cut: without a mask among others with one, its pixels are left out: "
            + "1.png, 2.png",
          "\(folder)/test/hole: its images have no masks; their pixels are left out",
        ])
    }
    try await category(["test/good/0.png", "test/cut/0.png"]) { category, _ in
      #expect(category.notes.count == 1 && category.notes[0].hasPrefix("no ground truth"))
    }
  }

  @Test(arguments: ["ok", "OK", "Good", "Normal", "NORMAL", "good", "defect-free", "iO"])
  func `know good images by several names`(name: String) async throws {
    try await category([
      "test/\(name)/0.png", "test/cut/0.png", "ground_truth/cut/0.png", "train/\(name)/0.png",
    ]) { category, folder in
      #expect(category.test.filter { !$0.isAnomalous }.map(\.defect) == [name])
      #expect(category.notes.isEmpty)
      let training = try MVTecCategory.trainingFolder(of: folder)
      #expect(training == "\(folder)/train/\(name)")
    }
    for name in ["not ok", "ko", "nio", "abnormal", "bad", "goods missing", "no"] {
      #expect(!MVTecCategory.isGood(name))
    }
  }

  @Test func `pass over what nobody put there on purpose, and tell of what is empty`() async throws
  {
    try await category([
      "test/good/0.png", "test/cut/0.png", "ground_truth/cut/0.png",
      "test/.ipynb_checkpoints/0-checkpoint.png", "__MACOSX/test/._x.png",
      "test/__MACOSX/._cut.png",
      "test/@eaDir/0.png", "test/cut/._0.png", "test/cut/Thumbs.db", "ground_truth/cut/.DS_Store",
      "test/dent/.DS_Store", "test/nested/rgb/0.png", "test/loose.png",
    ]) { category, folder in
      #expect(category.test.map(\.defect) == ["cut", "good"])
      #expect(
        category.notes == [
          "\(folder)/test/dent: no images in it; skipped",
          "\(folder)/test/nested: no images in it; skipped",
          "\(folder)/test: images beside the folders of defects are skipped (loose.png)",
        ])
    }
  }

  @Test func `tell that good images, or defects, are missing`() async throws {
    try await category(["test/cut/0.png", "ground_truth/cut/0.png"]) { category, folder in
      #expect(category.notes.count == 1)
      #expect(category.notes[0].hasPrefix("\(folder)/test: no good images"))
    }
    try await category(["test/good/0.png"]) { category, folder in
      #expect(
        category.notes == ["\(folder)/test: good images only, so there is nothing to measure"])
    }
  }

  #if os(Linux)
    @Test func `are read by names that are no text`() async throws {
      let name = SystemPath.text([0x50, 0xFC])
      try await withTemporaryFolder { folder in
        try touch("\(folder)/test/good/0.png")
        try makeFolder("\(folder)/ground_truth")
        for path in ["test", "ground_truth"].map({ "\(folder)/\($0)/\(name)" }) {
          #expect(withSystemPath(path) { mkdir($0, 0o700) } == 0)
        }
        try AtomicFile.write(Data([0]), to: "\(folder)/test/\(name)/\(name).png")
        let mask = "\(folder)/ground_truth/\(name)/\(name)_mask.png"
        try AtomicFile.write(Data([0]), to: mask)
        #expect(try MVTecCategory(folder).test.first?.masks == [mask])
      }
    }
  #endif

  @Test func `say what they miss`() async throws {
    #expect(throws: DatasetError.missing("/nowhere")) { try MVTecCategory("/nowhere") }
    try await withTemporaryFolder { folder in
      #expect(throws: DatasetError.layout(folder, missing: "test")) { try MVTecCategory(folder) }
      try touch("\(folder)/test/0.png")
      #expect(throws: DatasetError.layout(folder, missing: "test/<defect>")) {
        try MVTecCategory(folder)
      }
      #expect(throws: DatasetError.notAFolder("\(folder)/test/0.png")) {
        try MVTecCategory("\(folder)/test/0.png")
      }
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
        let mask = try Mask(contentsOf: try #require(item.masks.first))
        let share = Double(mask.isAnomalous.count { $0 }) / Double(64 * 64)
        #expect(share > 0.0005 && share < 0.1, "\(item.path): \(share)")
      }
    }
  }

  @Test func `is drawn into its own folder again, and into no other`() async throws {
    var data = SampleData()
    (data.training, data.test, data.side) = (2, 1, 32)
    try await withTemporaryFolder { folder in
      let small = "\(folder)/small"
      try data.write(to: small)
      try touch("\(small)/.DS_Store")
      data.seed = 2
      let first = try Data(contentsOf: URL(fileURLWithPath: "\(small)/train/good/000.png"))
      try data.write(to: small)
      #expect(try Data(contentsOf: URL(fileURLWithPath: "\(small)/train/good/000.png")) != first)
      // Fewer images would be mixed with those that are left.
      data.training = 1
      #expect(throws: SampleDataError.earlier("\(small)/train/good/001.png")) {
        try data.write(to: small)
      }
      for name in ["train/good/000.png", "notes.txt", "ground_truth/x/1/2/3/4/5.png"] {
        let own = "\(folder)/own-\(name.count)"
        try touch("\(own)/\(name)")
        #expect { try data.write(to: own) } throws: { error in
          guard case SampleDataError.others(let path) = error else { return false }
          return "\(own)/\(name)".hasPrefix(path)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(own)/\(name)")) == Data([0]))
        #expect(try !fileExists("\(own)/test"), "nothing is written")
      }
    }
  }
}
