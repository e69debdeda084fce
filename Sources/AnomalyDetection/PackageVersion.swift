/// The version of this package.
public enum PackageVersion {
  /// As models, results and `students --version` tell it.
  public static let current = "0.1.0"
}
