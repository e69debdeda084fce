/// Waits until something is true, for some minutes at most: a machine that does much else is slow.
public func comesTrue(_ condition: () async throws -> Bool) async throws -> Bool {
  for _ in 0..<20_000 {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(10))
  }
  return false
}
