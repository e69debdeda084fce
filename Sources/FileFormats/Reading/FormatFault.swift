/// What is wrong with bytes that come from outside, without the name of their file.
package enum FormatFault: Error, CustomStringConvertible, Equatable {
  /// There is no such file, or nothing can be read of it.
  case unreadable(String)
  /// The bytes end before what they announce.
  case truncated
  /// They contradict their format.
  case malformed(String)
  /// They are more than ``Limits`` allow.
  case tooMuch(String)
  /// They are sound but not what is wanted: what they are, and what to do instead.
  case unsuitable(String, instead: String)

  /// One line for the user, to follow the name of the file.
  package var description: String {
    switch self {
    case .unreadable(let why): "cannot be read: \(why)"
    case .truncated: "the file is cut short; copy it again"
    case .malformed(let what): "\(what); copy the file again"
    case .tooMuch(let what): "\(what); this is not the expected kind of file"
    case .unsuitable(let what, let instead): "\(what); \(instead)"
    }
  }
}
