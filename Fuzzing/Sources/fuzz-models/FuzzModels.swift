import Foundation
import FuzzerDriver

@main
enum FuzzModels {
  static func main() {
    let option = "--seeds="
    if let seeds = CommandLine.arguments.first(where: { $0.hasPrefix(option) }) {
      do {
        try ModelSeeds.write(to: String(seeds.dropFirst(option.count)))
        exit(0)
      } catch {
        fatalError("\(error)")
      }
    }
    runFuzzer { fuzz($0, $1) }
  }
}
