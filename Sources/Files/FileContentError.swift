/// What is wrong with the contents of a file, said by code that knows only the contents.
public struct FileContentError: Error, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What is wrong with what is in it.
  public let error: any Error

  /// One line for the user.
  public var description: String { "\(path): \(error)" }
}

/// Puts the name of a file into the errors about its contents.
///
/// - Parameters:
///   - path: The file.
///   - body: Works with the contents.
/// - Returns: What `body` gives.
/// - Throws: ``FileContentError`` for any error of `body`.
public func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch {
    throw FileContentError(path: path, error: error)
  }
}

/// The same for work that waits.
public func naming<Result: Sendable>(
  _ path: String, _ body: () async throws -> Result
) async throws -> Result {
  do {
    return try await body()
  } catch {
    throw FileContentError(path: path, error: error)
  }
}
