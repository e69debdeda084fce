/// Where the processes of a group meet, and which of them this is.
///
/// Launchers tell it by environment variables: torchrun, `srun`, or a person by hand.
public struct Rendezvous: Sendable, Equatable {
  /// The host of rank 0, by name or address.
  public var host: String
  /// The port that rank 0 listens on.
  public var port: Int
  /// Which process this is, from 0.
  public var rank: Int
  /// How many there are.
  public var worldSize: Int
  /// Whether the launcher listens there already, so that rank 0 must not.
  public var hasStore = false
  /// Tells a meeting from earlier ones at the same place.
  public var prefix = ""

  /// A place to meet.
  public init(host: String, port: Int, rank: Int, worldSize: Int) {
    (self.host, self.port, self.rank, self.worldSize) = (host, port, rank, worldSize)
  }

  /// What a launcher says: `MASTER_ADDR`, `MASTER_PORT`, and `RANK` and `WORLD_SIZE`, or where they are
  /// missing Slurm's `SLURM_PROCID` and `SLURM_NTASKS`.
  ///
  /// Of torchrun's variables also `TORCHELASTIC_USE_AGENT_STORE`, by which its agent listens, and
  /// `TORCHELASTIC_RESTART_COUNT`, which a meeting after a restart has in front of its keys.
  ///
  /// Nil for a process alone, which has no `MASTER_ADDR` or is one of one.
  ///
  /// - Parameter environment: The variables of the process.
  /// - Throws: ``RendezvousError`` for variables that are missing or make no sense.
  public init?(environment: [String: String]) throws {
    guard let host = environment["MASTER_ADDR"], !host.isEmpty else { return nil }
    let byRank = environment["RANK"] != nil || environment["WORLD_SIZE"] != nil
    let names = byRank ? ("RANK", "WORLD_SIZE") : ("SLURM_PROCID", "SLURM_NTASKS")
    guard byRank || environment[names.0] != nil else {
      throw RendezvousError.missing("RANK")
    }
    func number(_ name: String, in range: ClosedRange<Int>) throws -> Int {
      guard let text = environment[name] else { throw RendezvousError.missing(name) }
      guard let number = Int(text), range.contains(number) else {
        throw RendezvousError.makesNoSense(name, text, range)
      }
      return number
    }
    let worldSize = try number(names.1, in: 1...Self.mostProcesses)
    let rank = try number(names.0, in: 0...worldSize - 1)
    guard worldSize > 1 else { return nil }
    self.init(
      host: host, port: try number("MASTER_PORT", in: 1...65535), rank: rank, worldSize: worldSize)
    hasStore = environment["TORCHELASTIC_USE_AGENT_STORE"] == "True"
    prefix = environment["TORCHELASTIC_RESTART_COUNT"].map { "/attempt_\($0)" } ?? ""
  }

  private static let mostProcesses = 10_000
}

/// Why the variables of a launcher name no place to meet.
public enum RendezvousError: Error, CustomStringConvertible, Equatable {
  /// A variable that is needed beside `MASTER_ADDR`.
  case missing(String)
  /// A variable, what it holds, and what it may.
  case makesNoSense(String, String, ClosedRange<Int>)

  /// One line for the user.
  public var description: String {
    switch self {
    case .missing(let name):
      "MASTER_ADDR is set without \(name); set MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE, or none of them"
    case .makesNoSense(let name, let text, let range):
      "\(name)=\(text): must be a number from \(range.lowerBound) to \(range.upperBound)"
    }
  }
}
