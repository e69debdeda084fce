import Files
import Testing

@Suite struct `Comma-separated values` {
  @Test(arguments: [
    ("plain", "plain"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\nb", "\"a\nb\""),
    ("a\rb", "\"a\rb\""), ("a\r\nb", "\"a\r\nb\""), ("", ""), ("ä", "ä"),
  ])
  func `are quoted where they must be`(value: String, cell: String) {
    #expect(CSV.row(["x", value, "y"]) == "x,\(cell),y")
  }
}
