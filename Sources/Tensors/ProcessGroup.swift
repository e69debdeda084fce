import CTensors

/// Processes that train together: each computes a part of every step, and all add up what they found.
///
/// libtorch's c10d: Gloo between processors; NCCL between cards where the build has it, and otherwise
/// Gloo through the processors' memory. All members call the same operations in the same order.
public final class ProcessGroup: Sendable {
  /// Which process this is, from 0.
  public let rank: Int
  /// How many there are.
  public let worldSize: Int
  /// How many seconds the others are waited for.
  public let timeout: Double
  private let handle: Handle

  /// The owner of a native group.
  ///
  /// `@unchecked`: c10d queues operations under a lock of its own, and the group is never changed.
  private final class Handle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { ct_group_close(pointer) }
  }

  /// Meets the others.
  ///
  /// - Parameters:
  ///   - place: Where, and who this is.
  ///   - device: Where the tensors are that are added up.
  ///   - timeout: How many seconds others are waited for, here and in every later operation.
  /// - Throws: ``ProcessGroupError`` where they do not come, or this build has no groups.
  public init(_ place: Rendezvous, device: Device, timeout: Double) throws {
    guard ct_has_groups() else { throw ProcessGroupError.notBuilt }
    (rank, worldSize, self.timeout) = (place.rank, place.worldSize, timeout)
    var out: OpaquePointer?
    do {
      try place.host.withCString { host in
        try place.prefix.withCString { prefix in
          var native = CTRendezvous(
            master: host, port: Int32(clamping: place.port), rank: Int32(clamping: place.rank),
            count: Int32(clamping: place.worldSize), has_store: place.hasStore, prefix: prefix,
            seconds: timeout)
          try check(ct_group_open(&native, device.native, &out))
        }
      }
    } catch let error as TensorError {
      throw ProcessGroupError.noMeeting(place, Self.reason(error))
    }
    guard let out else { throw ProcessGroupError.notBuilt }
    handle = Handle(out)
  }

  /// Whether this build has groups of processes.
  public static var isBuilt: Bool { ct_has_groups() }

  /// Replaces the values of a tensor, of one shape in all processes, by the sum of theirs.
  func add(into tensor: Tensor) throws {
    try whole(ct_group_sum(handle.pointer, tensor.pointer))
  }

  /// Replaces the values of tensors by those of rank 0.
  package func broadcast(_ tensors: [Tensor]) throws {
    for tensor in tensors { try whole(ct_group_broadcast(handle.pointer, tensor.pointer)) }
  }

  private func whole(_ status: Int32) throws {
    do { try check(status) } catch let error as TensorError {
      throw ProcessGroupError.lost(rank: rank, of: worldSize, Self.reason(error))
    }
  }

  /// The first sentence of what libtorch says, without the place in its sources.
  private static func reason(_ error: TensorError) -> String {
    error.description.replacing(#/\[[^\]]*\.(cc|cpp|hpp):[0-9]+\] /#, with: "")
      .replacing(#/\. .*/#, with: "")
  }

  /// The sums of all processes' numbers, in 64 bits.
  ///
  /// - Parameter numbers: As many in each process.
  /// - Returns: As many; the same in all processes.
  /// - Throws: ``ProcessGroupError`` where one of them is lost.
  public func sums(_ numbers: [Double]) throws -> [Double] {
    guard !numbers.isEmpty else { return [] }
    let tensor = try Tensor(shape: [numbers.count], doubles: numbers)
    try add(into: tensor)
    return try tensor.doubles()
  }

  /// The sums of all processes' tensors, in one operation.
  ///
  /// - Parameter tensors: Of one type, as many and of the same shapes in each process.
  /// - Returns: As many; the same in all processes.
  /// - Throws: ``ProcessGroupError`` where one of them is lost.
  public func sums(_ tensors: [Tensor]) throws -> [Tensor] {
    try withoutGradients {
      let flat = try Tensor.concatenating(tensors.map { try $0.reshaped([$0.count]) })
      try add(into: flat)
      var start = 0
      return try tensors.map { tensor in
        defer { start += tensor.count }
        return try flat.slice(0, from: start, length: tensor.count).reshaped(tensor.shape)
      }
    }
  }

  /// The sums of all processes' tensors and numbers, in one operation.
  ///
  /// - Parameters:
  ///   - tensors: As for ``sums(_:)-([Tensor])``; at least one.
  ///   - numbers: As many in each process; they are added up in the type of the tensors.
  /// - Returns: As many of both; the same in all processes.
  /// - Throws: ``ProcessGroupError`` where one of them is lost.
  public func sums(
    _ tensors: [Tensor], _ numbers: [Double]
  ) throws -> (tensors: [Tensor], numbers: [Double]) {
    let row = try Tensor(shape: [numbers.count], doubles: numbers)
      .to(tensors[0].type).to(tensors[0].device)
    let all = try sums(tensors + [row])
    return (Array(all.dropLast()), try all[tensors.count].doubles())
  }

  /// The rows of all processes, in the order of their ranks, as one tensor.
  ///
  /// Gradients flow into this process's own rows alone: the sum of what all processes find is the
  /// gradient of the whole.
  ///
  /// - Parameters:
  ///   - rows: This process's own.
  ///   - counts: How many rows each process has.
  /// - Returns: All rows.
  /// - Throws: ``ProcessGroupError`` where one of them is lost.
  public func gathered(_ rows: Tensor, counts: [Int]) throws -> Tensor {
    let rest = rows.shape.dropFirst()
    let before = counts[..<rank].reduce(0, +)
    let all = try Tensor(
      repeating: 0, shape: [counts.reduce(0, +)] + rest, type: rows.type, on: rows.device)
    try withoutGradients {
      try all.write(rows.detached(), at: [before] + rest.map { _ in 0 })
      try add(into: all)
    }
    let after = all.shape[0] - before - counts[rank]
    return try Tensor.concatenating([
      all.slice(0, from: 0, length: before), rows,
      all.slice(0, from: before + counts[rank], length: after),
    ])
  }

  /// Which of so many things are this process's: neighbours, in even shares.
  ///
  /// - Parameters:
  ///   - count: How many there are.
  ///   - name: What they are.
  /// - Returns: Their numbers, at least one.
  /// - Throws: ``ProcessGroupError`` where there are fewer than processes.
  public func share(of count: Int, named name: String) throws -> Range<Int> {
    guard worldSize <= count else {
      throw ProcessGroupError.tooMany(worldSize, for: count, of: name)
    }
    return share(of: count, rank: rank)
  }

  /// Which of so many things are those of a process.
  public func share(of count: Int, rank: Int) -> Range<Int> {
    rank * count / worldSize..<(rank + 1) * count / worldSize
  }
}

/// Why processes cannot go on together.
public enum ProcessGroupError: Error, CustomStringConvertible {
  /// This build has no groups.
  case notBuilt
  /// The others did not come.
  case noMeeting(Rendezvous, String)
  /// One of them does not answer any more.
  case lost(rank: Int, of: Int, String)
  /// This process was given something else than rank 0; with no names, another one was.
  case otherInputs(rank: Int, [String])
  /// There is less to share than there are processes.
  case tooMany(Int, for: Int, of: String)

  /// One line for the user.
  public var description: String {
    switch self {
    case .notBuilt:
      "this build cannot train on several machines: install libgloo-dev (Debian, Ubuntu), touch "
        + "Sources/CTensors/Group.cpp, and build again"
    case .noMeeting(let place, let reason):
      "worker \(place.rank) of \(place.worldSize) did not meet the others at \(place.host):\(place.port); "
        + "check that all are started, that MASTER_ADDR and MASTER_PORT are right, and that no firewall is between "
        + "them (\(reason))"
    case .lost(let rank, let count, let reason):
      "worker \(rank) of \(count) has lost another worker, which has ended, is cut off or is too slow; see what "
        + "that worker says, and start all again (\(reason))"
    case .otherInputs(_, []):
      "another worker was given other inputs than worker 0; start all with the same options and the same files"
    case .otherInputs(let rank, let names):
      "worker \(rank) was given other inputs than worker 0 (\(names.joined(separator: ", "))); start all "
        + "with the same options and the same files"
    case .tooMany(let workers, let count, let things):
      "\(workers) workers are too many for \(count) \(things) a step; start fewer"
    }
  }
}
