import FileFormats
import Files

/// What an earlier run has kept in a file.
///
/// - Parameters:
///   - path: The file.
///   - read: Reads it.
/// - Returns: Nil where there is none, or what is in it is damaged: then it is made again.
/// - Throws: `FileContentError` where the disk does not give it: it may be whole, and is not replaced.
public func kept<Value>(_ path: String, _ read: (String) throws -> Value) throws -> Value? {
  guard try fileExists(path) else { return nil }
  do {
    return try read(path)
  } catch let error as FileContentError {
    if case .unreadable? = error.error as? FormatFault { throw error }
    return nil
  } catch {
    return nil
  }
}
