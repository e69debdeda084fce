public import ArgumentParser
public import UninformedStudents

extension MethodEntry: ExpressibleByArgument {
  /// What each method does, for the help.
  public static var allValueDescriptions: [String: String] {
    Dictionary(allCases.map { ($0.name, $0.summary) }) { first, _ in first }
  }
}

extension [MethodEntry] {
  /// The names, such as `knn, vae`.
  var list: String { map(\.name).joined(separator: ", ") }
}

extension MethodOption {
  /// Whom it is for, such as `for knn, vae`.
  var takers: String { "for \(methods.list)" }
}
