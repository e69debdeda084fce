#if Service
  import ArgumentParser
  import Files
  import Foundation
  import TOMLKit

  /// Options of `students serve` in a file.
  struct ServeConfiguration {
    private let path: String
    private let values: [String: Value]

    /// What may stand there.
    private enum Value: Decodable {
      case flag(Bool)
      case text(String)
      case list([String])

      init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let flag = try? value.decode(Bool.self) {
          self = .flag(flag)
        } else if let text = try? value.decode(String.self) {
          self = .text(text)
        } else if let number = try? value.decode(Int.self) {
          self = .text("\(number)")
        } else if let number = try? value.decode(Double.self) {
          self = .text("\(number)")
        } else {
          self = .list(try value.decode([String].self))
        }
      }
    }

    /// Reads a file; one whose name ends in `json` is JSON, all others are TOML.
    ///
    /// - Throws: ``CommandError`` that names it and says what cannot be read.
    init(path: String) throws {
      guard let bytes = try contents(ofFile: path, limit: 1 << 20) else {
        throw CommandError("\(path): no such file; check the path")
      }
      self.path = path
      let text = String(decoding: bytes, as: UTF8.self)
      do {
        let json =
          SystemPath.ending(path).lowercased() == "json"
          ? text : try TOMLTable(string: text).convert(to: .json)
        values = try JSONDecoder().decode([String: Value].self, from: Data(json.utf8))
      } catch let error as TOMLParseError {
        throw CommandError("\(path), line \(error.source.begin.line): \(error.description)")
      } catch let error as DecodingError {
        throw CommandError("\(path): \(Self.reason(error))")
      }
    }

    private static func reason(_ error: DecodingError) -> String {
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context):
        "\(context.codingPath.first?.stringValue ?? "it") must be a text, a number, true, false or a list of texts"
      default: "not a JSON object of options"
      }
    }

    /// A command with what the file says of all that it leaves open.
    ///
    /// - Throws: ``CommandError`` that names the file and what is wrong in it.
    func completed(_ command: Serve) throws -> Serve {
      var models: [String] = []
      var arguments: [String] = []
      for (key, value) in values.sorted(by: { $0.key < $1.key }) {
        guard !["config", "help", "version"].contains(key), !key.contains("=") else {
          throw CommandError("\(path): \(key) cannot be set in a file; remove it")
        }
        switch value {
        case .flag(let isOn): arguments += isOn ? ["--\(key)"] : []
        case .text(let text) where key == "models": models = [text]
        case .text(let text): arguments.append("--\(key)=\(text)")
        case .list(let texts) where key == "models": models = texts
        case .list: throw CommandError("\(path): \(key) takes one value, not a list")
        }
      }
      // Of one option that is given twice the second counts.
      arguments += Self.given
      if command.models.isEmpty {
        arguments = models.map { $0.hasPrefix("-") ? "./\($0)" : $0 } + arguments
      }
      do {
        return try Serve.parse(arguments)
      } catch {
        throw CommandError("\(path): \(Serve.message(for: error))")
      }
    }

    /// What the program was given after `serve`, without the file.
    private static var given: [String] {
      var (given, isFile) = ([String](), false)
      for argument in SystemPath.arguments.dropFirst() {
        if isFile {
          isFile = false
        } else if argument == "--config" {
          isFile = true
        } else if !argument.hasPrefix("--config=") {
          given.append(argument)
        }
      }
      return given
    }
  }
#endif
