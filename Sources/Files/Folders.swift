import Foundation

/// Whether there is a folder of this name; false for files, and where there is nothing.
///
/// - Throws: ``FileReadingError`` where that cannot be told.
public func isFolder(_ path: String) throws -> Bool {
  try FileStatus(path)?.kind == .folder
}

/// Makes a folder, and those above.
///
/// - Throws: ``FileError`` that names the folder.
public func makeFolder(_ folder: String) throws {
  guard !folder.isEmpty else { throw FileError(folder, .noName) }
  let make = { withSystemPath(folder) { mkdir($0, 0o777) } }
  guard try !isFolder(folder), make() != 0 else { return }
  var code = errno
  if code == ENOENT, let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
    try makeFolder(String(folder[..<slash]))
    guard make() != 0 else { return }
    code = errno
  }
  // Another process may have been first.
  guard try code != EEXIST || !isFolder(folder) else { return }
  throw FileError(folder, code == EEXIST ? .noFolder : .system(code))
}

/// Makes the folder that a file is to lie in, and those above.
///
/// - Throws: ``FileError`` that names the folder.
public func makeFolder(of path: String) throws {
  guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
  try makeFolder(String(path[..<slash]))
}

/// Deletes a folder where nothing is in it.
public func removeEmptyFolder(_ folder: String) {
  withSystemPath(folder) { _ = rmdir($0) }
}

/// Deletes a folder with all that is in it; links are deleted, not followed.
///
/// What cannot be deleted stays.
@discardableResult
public func removeFolder(_ folder: String) -> Bool {
  for name in (try? names(inFolder: folder)) ?? [] {
    let path = SystemPath.joined(folder, name)
    guard withSystemPath(path, { unlink($0) }) != 0 else { continue }
    removeFolder(path)
  }
  return withSystemPath(folder) { rmdir($0) == 0 || errno == ENOENT }
}
