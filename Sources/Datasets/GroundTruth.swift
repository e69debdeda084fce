import Files

/// The masks of a test set, by the conventions of several data sets.
///
/// - MVTec AD: `ground_truth/<defect>/000_mask.png`.
/// - MVTec LOCO: `ground_truth/<defect>/000/000.png`, `001.png` and so on; a folder an image.
/// - VisA, BTAD: `ground_truth/<defect>/000.png`, also where the image is `000.JPG` or `000.bmp`.
/// - KolektorSDD: `000_label.bmp` or `000_GT.png` beside the image.
/// - All masks in one folder, `masks/000.png`.
///
/// Names are compared without regard to capitals. The folder may be called `ground_truth`,
/// `groundtruth`, `gt`, `masks` or `labels`, and lie in the category or in its `test`.
struct GroundTruth {
  /// The masks of each image that has some, by the image's path.
  private(set) var masks: [String: [String]] = [:]
  /// What a user should know.
  private(set) var notes: [String] = []

  private static let roots: Set = [
    "gt", "mask", "masks", "label", "labels",
  ]

  /// Whether a folder in `test` holds masks; a defect may be called `label` or `mask`.
  static func isRootAmongTests(_ name: String) -> Bool {
    ["groundtruth", "gt", "masks"].contains(letters(name))
  }

  private static func letters(_ name: String) -> String { name.lowercased().filter(\.isLetter) }

  private static let endings = [
    "mask", "masks", "gt", "label", "labels", "groundtruth", "ground_truth",
  ]

  /// The name of an image that a mask is named after, such as `000` of `000_mask` or `000_gt_2`.
  ///
  /// - Parameter stem: In small letters, without the ending of the file.
  /// - Returns: Nil where the name has no such ending.
  static func withoutEnding(_ stem: String) -> String? {
    // Several masks of an image are numbered.
    var unnumbered = Substring(stem)
    while let last = unnumbered.last, last.isNumber { unnumbered.removeLast() }
    if unnumbered.count < stem.count, let last = unnumbered.last, "_-. ".contains(last) {
      unnumbered.removeLast()
    }
    for candidate in [Substring(stem), unnumbered] {
      for ending in endings {
        guard candidate.hasSuffix(ending) else { continue }
        let image = candidate.dropLast(ending.count)
        guard let separator = image.last, "_-. ".contains(separator), image.count > 1 else {
          continue
        }
        return String(image.dropLast())
      }
    }
    return nil
  }

  /// Those of some names that are masks of others, such as `000_GT.png` beside `000.png`.
  static func masks(among names: [String]) -> Set<String> {
    let stems = Set(names.map { SystemPath.stem($0).lowercased() })
    return Set(
      names.filter { withoutEnding(SystemPath.stem($0).lowercased()).map(stems.contains) ?? false })
  }

  init(of category: String, tests: String, _ kinds: [TestFolders.Kind]) throws {
    let defects = kinds.filter { !MVTecCategory.isGood($0.name) }
    guard !defects.isEmpty else { return }
    for kind in kinds {
      try add(kind.besides.map { SystemPath.joined(kind.folder, $0) }, of: [kind], in: kind.folder)
    }
    let root =
      try subfolder(of: category) { Self.letters($0).hasPrefix("groundtruth") }
      ?? subfolder(of: category) { Self.roots.contains(Self.letters($0)) }
      ?? subfolder(of: tests) { Self.isRootAmongTests($0) }
    if let root { try addAll(in: root, tests: tests, kinds, defects) }
    noteMissing(defects, root: root)
  }

  private mutating func addAll(
    in root: String, tests: String, _ kinds: [TestFolders.Kind], _ defects: [TestFolders.Kind]
  ) throws {
    let folders = try folders(in: root)
    var used: Set<String> = []
    for kind in kinds {
      let same = folders.first { $0 == kind.name }
      let alike = folders.first { folder in
        folder.lowercased() == kind.name.lowercased() && !kinds.contains { $0.name == folder }
      }
      guard let folder = same ?? alike else { continue }
      if !MVTecCategory.isGood(kind.name) { used.insert(folder) }
      try add(
        Self.entries(in: SystemPath.joined(root, folder)), of: [kind], in: "\(root)/\(folder)")
    }
    guard used.isEmpty else {
      for folder in folders where !used.contains(folder) && !MVTecCategory.isGood(folder) {
        notes.append("\(root)/\(folder): masks of a defect of which \(tests) has no images")
      }
      return
    }
    // No folder a defect: all masks together.
    let good = folders.filter(MVTecCategory.isGood)
    try add(
      Self.entries(in: root).filter { !good.contains(SystemPath.name($0)) }, of: kinds, in: root)
  }

  /// The masks in a folder, and the folders, which hold those of one image each.
  private static func entries(in folder: String) throws -> [String] {
    try listed(folder).filter { name in
      try !isHidden(name)
        && (ImageFolder.isPicture(name) || isFolder(SystemPath.joined(folder, name)))
    }.map { SystemPath.joined(folder, $0) }
  }

  /// Gives each mask to the image that it is named after.
  private mutating func add(
    _ entries: [String], of kinds: [TestFolders.Kind], in folder: String
  ) throws {
    let images = kinds.flatMap { kind in kind.images.map { SystemPath.joined(kind.folder, $0) } }
    let names = ImageNames(images)
    var (own, named): ([String: [String]], [String: [String]]) = ([:], [:])
    var (strays, doubtful): ([String], [String]) = ([], [])
    for entry in entries {
      let isFolder = try isFolder(entry)
      let stem = isFolder ? SystemPath.name(entry) : SystemPath.stem(entry)
      let same = names.images(called: stem)
      let found =
        same.isEmpty ? Self.withoutEnding(stem.lowercased()).map(names.images(called:)) ?? [] : same
      guard let image = found.first else {
        strays.append(SystemPath.name(entry))
        continue
      }
      guard found.count == 1 else {
        doubtful.append(SystemPath.name(entry))
        continue
      }
      let files =
        isFolder
        ? try listed(entry).filter(ImageFolder.isPicture).map { SystemPath.joined(entry, $0) }
        : [entry]
      if isFolder || same.isEmpty {
        named[image, default: []] += files
      } else {
        own[image, default: []] += files
      }
    }
    // Beside `000_mask.png`, `000.png` is a copy of the image.
    for (image, files) in own.merging(named, uniquingKeysWith: { $1 }) where !files.isEmpty {
      masks[image, default: []] += files
    }
    note(strays, "belong to no image", "belongs to no image", folder)
    note(doubtful, "may be of several images", "may be of several images", folder)
  }

  private mutating func note(_ masks: [String], _ many: String, _ one: String, _ folder: String) {
    guard !masks.isEmpty else { return }
    notes.append(
      "\(folder): \(masks.count == 1 ? "a mask \(one)" : "\(masks.count) masks \(many)") "
        + "(\(firstFew(masks)))")
  }

  private mutating func noteMissing(_ defects: [TestFolders.Kind], root: String?) {
    let isMarked = { [masks] (kind: TestFolders.Kind, image: String) in
      masks[SystemPath.joined(kind.folder, image)] != nil
    }
    guard defects.contains(where: { kind in kind.images.contains { isMarked(kind, $0) } }) else {
      notes.append(
        root.map { "\($0): no mask in it belongs to an image; nothing is measured by pixels" }
          ?? "no ground truth (ground_truth/<defect>/NAME_mask.png); nothing is measured by pixels")
      return
    }
    for kind in defects {
      let unmarked = kind.images.filter { !isMarked(kind, $0) }
      guard !unmarked.isEmpty else { continue }
      notes.append(
        unmarked.count == kind.images.count
          ? "\(kind.folder): its images have no masks; their pixels are left out"
          : "\(kind.folder): without a mask among others with one, its pixels are left out: "
            + firstFew(unmarked))
    }
  }
}

/// Images by their names, with and without regard to capitals.
private struct ImageNames {
  private var exact: [String: [String]] = [:]
  private var any: [String: [String]] = [:]

  init(_ images: [String]) {
    for image in images {
      // A mask of `000.png` may be called `000.png.png`.
      for name in [SystemPath.stem(image), SystemPath.name(image)] {
        exact[name, default: []].append(image)
        any[name.lowercased(), default: []].append(image)
      }
    }
  }

  func images(called name: String) -> [String] { exact[name] ?? any[name.lowercased()] ?? [] }
}
