/// The values that a pickle makes, side by side in arrays.
///
/// A value names others by their places there. So nothing has to be let go of one inside the other,
/// however deep they lie, and values that hold themselves keep nothing alive.
struct PickleValues {
  /// A value of Python's.
  enum Value {
    case none
    case number(Int)
    case other
    case text(String)
    /// Places in ``PickleValues/elements``.
    case tuple(Range<Int>)
    /// A place in ``PickleValues/dictionaries``.
    case dictionary(Int)
    case list
    case function(String)
    /// A place in ``PickleValues/storages``.
    case storage(Int)
    /// A place in ``PickleValues/tensors``.
    case tensor(Int)
  }

  /// The numbers of tensors, in a file of the archive.
  struct Storage {
    let type: ElementType
    let file: String
    let count: Int
  }

  /// The part of a storage that is a tensor.
  struct View {
    let storage: Storage
    let offset: Int
    let shape: [Int]
    let strides: [Int]
  }

  private(set) var elements: [Value] = []
  private(set) var dictionaries: [[(key: Value, value: Value)]] = []
  private(set) var storages: [Storage] = []
  private(set) var tensors: [View] = []

  mutating func tuple(_ values: some Collection<Value>) -> Value {
    let start = elements.count
    elements += values
    return .tuple(start..<elements.count)
  }

  mutating func dictionary() -> Value {
    dictionaries.append([])
    return .dictionary(dictionaries.count - 1)
  }

  mutating func add(_ key: Value, _ value: Value, to dictionary: Int) {
    dictionaries[dictionary].append((key, value))
  }

  mutating func storage(_ storage: Storage) -> Value {
    storages.append(storage)
    return .storage(storages.count - 1)
  }

  mutating func tensor(_ view: View) -> Value {
    tensors.append(view)
    return .tensor(tensors.count - 1)
  }

  // MARK: - Depth

  /// What a value holds: nothing but in tuples and dictionaries.
  private func parts(of value: Value) -> [Value] {
    switch value {
    case .tuple(let places): Array(elements[places])
    case .dictionary(let place): dictionaries[place].flatMap { [$0.key, $0.value] }
    default: []
    }
  }

  /// Refuses a value that holds itself, or others too deep.
  ///
  /// - Throws: ``FormatFault``.
  func checkDepth(of root: Value, limit: Int) throws {
    /// What a tuple or a dictionary is known by.
    enum Node: Hashable { case tuple(Int), dictionary(Int) }
    func node(_ value: Value) -> Node? {
      switch value {
      case .tuple(let places) where !places.isEmpty: .tuple(places.lowerBound)
      case .dictionary(let place): .dictionary(place)
      default: nil
      }
    }
    // Depth first, with a stack of our own. How high a node is that was left; 0 while it is entered.
    var heights: [Node: Int] = [:]
    var path: [(node: Node, parts: [Value], next: Int, height: Int)] = []
    func enter(_ value: Value, _ node: Node) throws {
      guard path.count < limit else {
        throw FormatFault.unsuitable(
          "its values lie more than \(limit) deep in one another", instead: Self.instead)
      }
      heights[node] = 0
      path.append((node, parts(of: value), 0, 1))
    }
    if let first = node(root) { try enter(root, first) }
    while let (own, parts, next, height) = path.last {
      guard next < parts.count else {
        path.removeLast()
        heights[own] = height
        if let above = path.indices.last {
          path[above].height = max(path[above].height, height + 1)
        }
        continue
      }
      path[path.count - 1].next += 1
      guard let part = node(parts[next]) else { continue }
      switch heights[part] {
      case nil: try enter(parts[next], part)
      case 0:
        throw FormatFault.unsuitable("it holds a value that holds itself", instead: Self.instead)
      case let known?:
        path[path.count - 1].height = max(height, known + 1)
        guard path.count + known <= limit else {
          throw FormatFault.unsuitable(
            "its values lie more than \(limit) deep in one another", instead: Self.instead)
        }
      }
    }
  }

  /// What helps with checkpoints that hold more than tensors.
  static let instead = "save the network's state_dict() alone"
}
