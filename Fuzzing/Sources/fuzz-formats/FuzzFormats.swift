import FuzzerDriver

@main
enum FuzzFormats {
  static func main() { runFuzzer { fuzz($0, $1) } }
}
