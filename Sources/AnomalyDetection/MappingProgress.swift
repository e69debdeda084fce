/// How far the mapping of one image has come, for methods that search for minutes.
///
/// Callers that want to know bind it around ``AnomalyDetector/anomalyMap(of:)``.
public enum MappingProgress {
  /// Told how many steps of how many are done.
  @TaskLocal public static var report: (@Sendable (_ done: Int, _ of: Int) -> Void)?
}
