public import Testing

/// Does each of some works alone, and then all of them several times at once: what they give must be
/// the same.
public func expectSameTogether<Value: Equatable & Sendable>(
  _ works: Int, times: Int = 4, sourceLocation: SourceLocation = #_sourceLocation,
  _ work: @escaping @Sendable (Int) async throws -> Value
) async throws {
  var alone: [Value] = []
  for number in 0..<works { alone.append(try await work(number)) }
  let together = try await withThrowingTaskGroup(of: (number: Int, value: Value).self) { group in
    for task in 0..<times * works { group.addTask { (task % works, try await work(task % works)) } }
    return try await group.reduce(into: []) { $0.append($1) }
  }
  #expect(together.count == times * works, sourceLocation: sourceLocation)
  for (number, value) in together {
    #expect(value == alone[number], "number \(number)", sourceLocation: sourceLocation)
  }
}
