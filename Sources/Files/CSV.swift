/// Comma-separated values.
public enum CSV {
  /// A row.
  ///
  /// RFC 4180: what holds a comma, a quote or a line break stands in quotes, and quotes are doubled.
  public static func row(_ values: [String]) -> String {
    values.map { value in
      // Scalars: as characters, a carriage return and a line feed are one, and neither of the two.
      value.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
        ? "\"" + value.replacing("\"", with: "\"\"") + "\"" : value
    }.joined(separator: ",")
  }
}
