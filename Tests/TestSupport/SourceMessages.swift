/// What a source file says to its users: found in its text, so that no message is forgotten.
///
/// It is read as far as this needs: comments are left out, literals are taken apart at their
/// interpolations, and a declaration ends with the first brace as far to the left as it began.
public struct SourceMessages {
  /// Names of errors with values, such as `FormatFault.malformed`.
  public private(set) var cases: [String] = []
  /// What errors say: the pieces of literals between interpolations.
  public private(set) var pieces: [String] = []

  /// Errors whose words stand where they are thrown.
  private static let thrown = ["ValidationError(", "CommandError(", "Problem(", "Refusal("]

  /// Reads a file.
  public init(_ source: String) {
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let declaration = line.firstMatch(of: /^( *)[a-z ]*(?:enum|struct) (\w+): (?:\w+, )*Error\b/)
      if let declaration {
        let end = lines[number...].firstIndex { $0 == "\(declaration.1)}" } ?? number
        read(declaration: lines[number...end], of: String(declaration.2))
      }
    }
    for type in Self.thrown {
      for match in source.ranges(of: type) {
        var code = source[match.upperBound...]
        pieces += Self.literals(in: &code, toParenthesis: true)
      }
    }
  }

  private mutating func read(declaration: ArraySlice<Substring>, of type: String) {
    let margin = declaration.first?.prefix { $0 == " " }.count ?? 0
    for line in declaration {
      let value = line.firstMatch(of: /^( *)case (\w+)\(.*[^:]$/)
      if let value, value.1.count == margin + 2 { cases.append("\(type).\(value.2)") }
    }
    var code = Substring(declaration.joined(separator: "\n"))
    pieces += Self.literals(in: &code, toParenthesis: false)
  }

  /// The pieces of all literals in code, to its end or to the parenthesis that closes it.
  private static func literals(in code: inout Substring, toParenthesis: Bool) -> [String] {
    var (found, depth): ([String], Int) = ([], 0)
    while let character = code.popFirst() {
      switch character {
      case "/" where code.first == "/": code = code.drop { $0 != "\n" }
      case "(": depth += 1
      case ")" where depth == 0 && toParenthesis: return found
      case ")": depth -= 1
      case "\"": found += literal(&code)
      default: break
      }
    }
    return found
  }

  /// The pieces of a literal that has been opened, and of those in its interpolations.
  private static func literal(_ code: inout Substring) -> [String] {
    var (found, piece): ([String], String) = ([], "")
    while let character = code.popFirst(), character != "\"" {
      guard character == "\\" else {
        piece.append(character)
        continue
      }
      switch code.popFirst() {
      case "(":
        found.append(piece)
        piece = ""
        found += literals(in: &code, toParenthesis: true)
      case "n": piece.append("\n")
      case let escaped?: piece.append(escaped)
      case nil: break
      }
    }
    // Words, not signs, endings or how a number is written.
    return (found + [piece]).filter { $0.contains(/\w.* |  *\w/) }
  }
}
