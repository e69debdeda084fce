import Files

/// One category in the layout of MVTec AD (Bergmann et al., CVPR 2019).
///
/// `test/good`, `test/<defect>` and `ground_truth/<defect>`, as people keep them: `ok` and `normal`
/// are good too, in capitals or not; hidden folders are passed over; and masks are found by the
/// conventions of several data sets (see ``GroundTruth``). What was passed over, ``notes`` tell.
public struct MVTecCategory: Sendable, Equatable {
  /// One image of the test set.
  public struct Item: Sendable, Equatable {
    /// The image.
    public let path: String
    /// The folder that it lies in: `good`, or the kind of defect.
    public let defect: String
    /// Where its anomalous pixels are, all files together; empty where nobody marked them.
    ///
    /// Those of a good image should mark nothing.
    public let masks: [String]

    /// Whether the image shows a defect.
    public var isAnomalous: Bool { !MVTecCategory.isGood(defect) }
  }

  /// The folder of the category.
  public let folder: String
  /// The test images, sorted by defect and name.
  public let test: [Item]
  /// What a user should know about the test set, a line each: what was passed over, and what cannot
  /// be measured for want of images or masks.
  public let notes: [String]

  /// Lists the test set of a category.
  ///
  /// - Throws: ``DatasetError`` where there is none.
  public init(_ folder: String) throws {
    self.folder = folder
    guard try isFolder(folder) else {
      throw try fileExists(folder) ? DatasetError.notAFolder(folder) : DatasetError.missing(folder)
    }
    guard let tests = try Self.testFolder(of: folder) else {
      throw DatasetError.layout(folder, missing: "test")
    }
    let listing = try TestFolders(tests)
    guard !listing.kinds.isEmpty else {
      throw DatasetError.layout(folder, missing: "test/<defect>")
    }
    let truth = try GroundTruth(of: folder, tests: tests, listing.kinds)
    test = listing.kinds.flatMap { kind in
      kind.images.map { image in
        let path = SystemPath.joined(kind.folder, image)
        return Item(path: path, defect: kind.name, masks: truth.masks[path] ?? [])
      }
    }
    notes = listing.notes + truth.notes
  }

  /// Whether a folder of this name holds good images.
  public static func isGood(_ folder: String) -> Bool {
    let letters = folder.lowercased().filter(\.isLetter)
    return [
      "good", "ok", "okay", "normal", "nominal", "pass", "io", "nodefect", "nodefects",
      "defectfree",
      "faultless", "flawless",
    ].contains(letters)
  }

  /// The folder of the test set of a category; nil where there is none.
  ///
  /// - Throws: ``DatasetError`` where it cannot be told.
  public static func testFolder(of category: String) throws -> String? {
    try subfolder(of: category) { $0 == "test" }
  }

  /// The folder of the good images that a category is learnt from; nil where there is none.
  ///
  /// - Throws: ``DatasetError`` where it cannot be told.
  public static func trainingFolder(of category: String) throws -> String? {
    try subfolder(of: category) { $0 == "train" }.flatMap { train in
      try subfolder(of: train) { isGood($0) }
    }
  }
}

/// The first folder of a folder whose name, in small letters, meets a condition; hidden ones do not.
func subfolder(of folder: String, where isWanted: (String) -> Bool) throws -> String? {
  try folders(in: folder).first { isWanted($0.lowercased()) }.map {
    SystemPath.joined(folder, $0)
  }
}

/// The names of the folders in a folder but for hidden ones.
func folders(in folder: String) throws -> [String] {
  try listed(folder).filter { try !isHidden($0) && isFolder(SystemPath.joined(folder, $0)) }
}

/// The names in a folder.
func listed(_ folder: String) throws -> [String] {
  do { return try names(inFolder: folder) } catch { throw DatasetError.unreadable(folder) }
}

/// The kinds of images of a test set, a folder each.
struct TestFolders {
  struct Kind: Sendable, Equatable {
    let name: String
    let folder: String
    /// The images' names.
    let images: [String]
    /// Masks that lie beside their images, named as those with an ending such as `_mask`.
    let besides: [String]
  }

  private(set) var kinds: [Kind] = []
  private(set) var notes: [String] = []

  init(_ tests: String) throws {
    for name in try folders(in: tests) where !GroundTruth.isRootAmongTests(name) {
      let folder = SystemPath.joined(tests, name)
      let names = try listed(folder)
      let pictures = names.filter(ImageFolder.isPicture)
      notes += ImageFolder.noteOfUnread(names, in: folder)
      guard !pictures.isEmpty else {
        notes.append("\(folder): no images in it; skipped")
        continue
      }
      let besides = GroundTruth.masks(among: pictures)
      kinds.append(
        Kind(
          name: name, folder: folder, images: pictures.filter { !besides.contains($0) },
          besides: pictures.filter(besides.contains)))
    }
    let loose = try listed(tests).filter(ImageFolder.isPicture)
    if !loose.isEmpty {
      notes.append(
        "\(tests): images beside the folders of defects are skipped (\(firstFew(loose)))")
    }
    guard !kinds.isEmpty else { return }
    if !kinds.contains(where: { MVTecCategory.isGood($0.name) }) {
      notes.append(
        "\(tests): no good images (in a folder good, ok or normal); there is no image ROC-AUC, and "
          + "only pixels beside defects count as good")
    } else if kinds.allSatisfy({ MVTecCategory.isGood($0.name) }) {
      notes.append("\(tests): good images only, so there is nothing to measure")
    }
  }
}
