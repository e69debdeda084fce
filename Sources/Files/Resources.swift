import Foundation

/// The folder of a module's resources, which come with the program: beside it, or where a package puts them.
///
/// The accessor that the compiler makes ends the process where a program was copied without them.
///
/// - Parameter module: The module, such as `WebServer`.
/// - Returns: The first place, the likeliest first, that is there.
/// - Throws: ``MissingResources`` where none is.
public func resourceFolder(ofModule module: String) throws -> String {
  let name = "UninformedStudents_\(module)"
  let program = URL(fileURLWithPath: CommandLine.arguments.first ?? "").resolvingSymlinksInPath()
  let executable = Bundle.main.executableURL?.resolvingSymlinksInPath()
  let folders = [
    Bundle.main.bundleURL, executable?.deletingLastPathComponent(), Bundle.main.resourceURL,
    program.deletingLastPathComponent(),
    // bin and share of one folder.
    executable?.deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "share/students"),
  ]
  let places = folders.compactMap { $0?.path }.flatMap {
    [
      "\($0)/\(name).resources", "\($0)/\(name).bundle/Contents/Resources", "\($0)/\(name).bundle",
    ]
  }
  guard let folder = try places.first(where: fileExists) else {
    throw MissingResources(expected: places.first ?? "")
  }
  return folder
}

/// The program was moved without its resources.
public struct MissingResources: Error, CustomStringConvertible, Equatable {
  /// Where they could lie.
  public let expected: String

  /// One line for the user.
  public var description: String {
    "\(expected): not found; copy that folder along with the program"
  }
}
