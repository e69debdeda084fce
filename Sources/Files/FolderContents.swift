import Foundation

/// The names of what is in a folder, in the order of their bytes, hidden ones too.
///
/// - Throws: ``FolderError`` that names the folder.
public func names(inFolder folder: String) throws -> [String] {
  guard let stream = withSystemPath(folder, { opendir($0) }) else {
    throw FolderError(folder: folder, code: errno)
  }
  defer { closedir(stream) }
  var names: [String] = []
  while true {
    // The end and an error look alike but for this.
    errno = 0
    guard let entry = readdir(stream) else {
      guard errno == 0 else { throw FolderError(folder: folder, code: errno) }
      break
    }
    let name = withUnsafePointer(to: &entry.pointee.d_name) { start in
      let start = UnsafeRawPointer(start)
      let bytes = UnsafeRawBufferPointer(
        start: start, count: strlen(start.assumingMemoryBound(to: CChar.self)))
      return SystemPath.text(Array(bytes))
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

/// Whether a name is of a kind that people do not make and do not see: hidden ones, and what systems
/// leave behind (`__MACOSX` of zip files, `Thumbs.db`, `@eaDir` of a file server).
public func isHidden(_ name: String) -> Bool {
  name.utf8.first == UInt8(ascii: ".")
    || [
      "__macosx", "@eadir", "thumbs.db", "ehthumbs.db", "desktop.ini", "lost+found", "$recycle.bin",
      "system volume information", "__pycache__", "#recycle", "@recycle",
    ].contains(name.lowercased())
}

/// Why a folder cannot be listed.
public struct FolderError: Error, CustomStringConvertible, Equatable {
  /// The folder.
  public let folder: String
  /// The system's error number.
  let code: Int32

  /// One line for the user.
  public var description: String {
    switch code {
    case ENOENT: "\(folder): no such folder; check the path"
    case ENOTDIR: "\(folder): is a file; give the folder that contains it"
    case EACCES, EPERM: "\(folder): cannot be read: permission denied; check its permissions"
    default: "\(folder): cannot be read (\(String(cString: strerror(code))))"
    }
  }
}
