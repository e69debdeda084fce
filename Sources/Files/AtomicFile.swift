public import Foundation

/// Files that are there as a whole or not at all.
public enum AtomicFile {
  /// Writes under a random hidden name in the same folder, syncs, and renames into place.
  ///
  /// Whatever happens meanwhile, the path holds the old file or the new one, with the rights of the
  /// old one. Of a symbolic link, what it points to is replaced. A run that is killed leaves at most
  /// its temporary file (`.students-….part`); the next one that writes into the folder deletes it,
  /// an hour later at the soonest.
  ///
  /// - Parameters:
  ///   - data: What the file will hold.
  ///   - path: The file.
  ///   - syncs: Whether it waits for the disk. Otherwise the file survives the end of the process, but not
  ///     a power cut, until ``sync(_:)``.
  /// - Throws: ``FileError`` that names the file; devices, pipes and sockets are not replaced.
  public static func write(_ data: Data, to path: String, syncs: Bool = true) throws {
    try naming(path) {
      let place = try OutputPlace(path)
      let temporary = try TemporaryFile(for: place)
      do {
        try temporary.write(data, syncs: syncs)
        try temporary.rename(to: place, syncs: syncs)
      } catch {
        temporary.remove()
        throw error
      }
    }
  }

  /// Waits until a file that was written without waiting is on the disk.
  ///
  /// - Throws: ``FileError`` that names the file.
  public static func sync(_ path: String) throws {
    for path in [path, try OutputPlace(path).folder] { try SyncedPlace(path).sync() }
  }

  /// Checks that a file can be written, so that long work does not fail at its end.
  ///
  /// - Throws: ``FileError`` that names the file.
  public static func checkWritable(_ path: String) throws {
    try naming(path) {
      let temporary = try TemporaryFile(for: OutputPlace(path))
      defer { temporary.remove() }
      try temporary.write(Data([0]), syncs: true)
    }
  }

  /// Makes a folder where it is missing, and checks that files can be written into it.
  ///
  /// - Throws: ``FileError`` that names the folder.
  public static func checkWritable(folder: String) throws {
    try makeFolder(folder)
    try naming(folder) { try checkWritable("\(folder)/.students") }
  }

  /// Says the name that the caller knows, not that of a temporary file.
  private static func naming(_ path: String, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as FileError {
      throw FileError(path, error.reason)
    }
  }
}

/// Where an output really lies.
struct OutputPlace {
  /// The file, with links at its end followed.
  let path: String
  /// What it replaces; nil where nothing is there.
  let replaced: stat?

  /// - Throws: ``FileError`` for what is no plain file, or may not be written.
  init(_ path: String) throws {
    guard !path.isEmpty else { throw FileError(path, .noName) }
    guard !path.hasSuffix("/") else { throw FileError(path, .system(EISDIR)) }
    var status = stat()
    if withSystemPath(path, { stat($0, &status) }) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFREG: break
      case S_IFDIR: throw FileError(path, .system(EISDIR))
      default: throw FileError(path, .noPlainFile)
      }
      guard withSystemPath(path, { access($0, W_OK) }) == 0 else {
        throw FileError(path, .system(errno))
      }
      replaced = status
    } else {
      guard errno == ENOENT else { throw FileError(path, .system(errno)) }
      replaced = nil
    }
    self.path = try Self.followed(path)
  }

  /// The folder that it lies in.
  var folder: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// What a path points to, also where nothing is there yet.
  private static func followed(_ path: String) throws -> String {
    var path = path
    for _ in 0..<40 {
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      let length = withSystemPath(path) { readlink($0, &target, target.count - 1) }
      guard length >= 0 else { return path }
      let name = SystemPath.text(target[..<length].map(UInt8.init(bitPattern:)))
      let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
      path = name.hasPrefix("/") ? name : folder + name
    }
    throw FileError(path, .system(ELOOP))
  }
}

/// Why a file cannot be written.
public struct FileError: Error, CustomStringConvertible, Equatable {
  /// The file.
  public let path: String
  let reason: Reason

  enum Reason: Equatable {
    /// The system's error number.
    case system(Int32)
    /// The name is empty.
    case noName
    /// A device, a pipe or a socket.
    case noPlainFile
    /// A file where a folder is wanted.
    case noFolder
  }

  init(_ path: String, _ reason: Reason) {
    self.path = path
    self.reason = reason
  }

  /// Whether there is no space left.
  public var isDiskFull: Bool {
    [.system(ENOSPC), .system(EDQUOT), .system(EFBIG)].contains(reason)
  }

  /// One line for the user.
  public var description: String {
    switch reason {
    case .noName: "the name of the output is empty; give a name"
    case .noPlainFile:
      "\(path): is a device, a pipe or a socket, which is not replaced; give the name of a regular file"
    case .noFolder: "\(path): is a file; give the name of a folder"
    case .system where isDiskFull:
      "\(path): cannot be written: the disk is full; free some space"
    case .system(ENOENT), .system(ENOTDIR):
      "\(path): cannot be written: its folder does not exist; create it first"
    case .system(EISDIR): "\(path): is a folder; give the name of a file"
    case .system(EACCES), .system(EPERM), .system(EROFS):
      "\(path): cannot be written: permission denied; choose another place"
    case .system(let code):
      "\(path): cannot be written (\(String(cString: strerror(code)))); choose another place"
    }
  }
}
