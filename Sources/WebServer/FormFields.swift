import Foundation
import Hummingbird

/// The fields of a query or a form, `name=value&…`, that are not empty.
struct FormFields {
  private let values: [String: String]

  /// Reads them; of several of one name the first counts.
  init(_ text: String) {
    let pairs = text.split(separator: "&").map { pair -> (String, String) in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let words = parts.map { part in
        let word = part.replacing("+", with: " ")
        return word.removingPercentEncoding ?? String(word)
      }
      return (words[0], words.count > 1 ? words[1] : "")
    }
    values = Dictionary(pairs.filter { !$0.1.isEmpty }) { first, _ in first }
  }

  /// Those of an address.
  init(_ request: Request) { self.init(request.uri.query ?? "") }

  subscript(name: String) -> String? { values[name] }
}
