import Files
public import UninformedStudents

extension CategoryMaps {
  /// Writes the score of every pixel of every image, for evaluations by other programs.
  ///
  /// As the evaluation code of MVTec AD reads them: `<folder>/<category>/test/<defect>/<image>.tiff`, 32-bit
  /// floats.
  ///
  /// - Parameters:
  ///   - folder: Where the category's folder is made.
  ///   - category: Its name.
  ///   - size: The size of the maps.
  /// - Throws: `OriginError` where a file of others is in the way, `FileError` where one cannot be
  ///   written.
  public func write(to folder: String, category: String, size: MapSize = .image) throws {
    let kinds = Dictionary(grouping: entries, by: \.item.defect)
    for (defect, entries) in kinds.sorted(by: { $0.key < $1.key }) {
      let place = [category, "test", defect].reduce(folder) { SystemPath.joined($0, $1) }
      try makeFolder(place)
      let names = uniqueFileNames(
        entries.map(\.item.path), ending: ".tiff", of: SystemPath.stem)
      for (entry, name) in zip(entries, names) {
        try entry.verdict.writeMap(to: SystemPath.joined(place, name), size: size)
      }
    }
  }
}
