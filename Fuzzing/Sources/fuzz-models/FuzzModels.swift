import Foundation

@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// libFuzzer, called by hand: the package manager gives every program a main function of its own.
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
    var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
    exit(runFuzzer(&count, &arguments) { fuzz($0, $1) })
  }
}
