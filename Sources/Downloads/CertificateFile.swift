import Files
import Foundation

/// A file with the certificates of authorities, in place of the system's.
struct CertificateFile: Sendable {
  let path: String
  /// The variable that names it.
  let variable: String

  /// The file that `AWS_CA_BUNDLE` or `SSL_CERT_FILE` names; nil where neither names one.
  ///
  /// - Parameter environment: The variables; an empty one names none.
  /// - Throws: ``DownloadError/environment(_:_:)`` where the file cannot be read.
  init?(_ environment: [String: String]) throws {
    let named = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"].lazy.compactMap { variable in
      environment[variable].map { (variable, path: $0) }
    }.first { !$0.path.isEmpty }
    guard let named else { return nil }
    (variable, path) = named
    guard let file = fopen(path, "r") else { throw Self.unreadable(variable, path) }
    defer { fclose(file) }
    // A folder can be opened, but not read.
    guard getc(file) != EOF else { throw Self.unreadable(variable, path) }
  }

  private static func unreadable(_ variable: String, _ path: String) -> DownloadError {
    .environment(variable, "names \(SystemPath.readable(path)), which cannot be read or is empty")
  }

  /// For a file in which there is no certificate.
  var useless: DownloadError {
    .environment(variable, "names \(SystemPath.readable(path)), which has no certificates in it")
  }
}
