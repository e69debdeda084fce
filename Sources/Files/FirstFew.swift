/// Names for a note: the first ones, and how many more there are.
public func firstFew(_ names: [String]) -> String {
  let shown = 5
  let more = names.count > shown ? ["and \(names.count - shown) more"] : []
  return (names.prefix(shown) + more).joined(separator: ", ")
}
