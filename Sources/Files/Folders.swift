import Foundation

/// Whether there is a folder of this name; false for files, and where there is nothing.
public func isFolder(_ path: String) -> Bool {
  FileStatus(path)?.kind == .folder
}

/// Makes a folder, and those above.
///
/// - Throws: ``FileError`` that names the folder.
public func makeFolder(_ folder: String) throws {
  do {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  } catch {
    throw FileError(folder, errno)
  }
}

/// Makes the folder that a file is to lie in, and those above.
///
/// - Throws: ``FileError`` that names the folder.
public func makeFolder(of path: String) throws {
  guard let slash = path.lastIndex(of: "/") else { return }
  try makeFolder(String(path[..<slash]))
}
