import FuzzerDriver

@main
enum FuzzImages {
  static func main() { runFuzzer { fuzz($0, $1) } }
}
