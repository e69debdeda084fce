/// Names of files, one a text, no two of which are the same on any file system.
///
/// - Parameters:
///   - texts: What the files are of.
///   - ending: What all names end in, such as `.png`.
///   - name: The part of the name before that.
/// - Returns: `a.png`; `a-2.png` for the next text of that name, also where only capitals differ. Long
///   names are cut, so that a file system takes them.
public func uniqueFileNames(
  _ texts: [String], ending: String, of name: (String) -> String
) -> [String] {
  // Most file systems take 255 bytes.
  let longest = 200
  var seen: Set<String> = []
  return texts.map { text in
    let base = cut(name(text), to: longest)
    var (unique, number) = (base, 2)
    while !seen.insert(unique.lowercased()).inserted {
      unique = "\(base)-\(number)"
      number += 1
    }
    return unique + ending
  }
}

/// The beginning of a name, of at most so many bytes.
private func cut(_ name: String, to limit: Int) -> String {
  guard SystemPath.bytes(name).count > limit else { return name }
  var (kept, count) = (String.UnicodeScalarView(), 0)
  for scalar in name.unicodeScalars {
    count += SystemPath.bytes(String(scalar)).count
    guard count <= limit else { break }
    kept.append(scalar)
  }
  return String(kept)
}
