import Foundation
import UninformedStudents

/// Strided maps alone, and beside a process that never rests, with one thread and with all.
func compareBeside(_ report: (Comparison) -> Void) async throws {
  let detector = try await mapping(ReceptiveField.allCases, .strided)
  let image = picture(side: 256)
  let maps = { (threads: Int) in
    try Runtime.setThreads(threads)
    for _ in 0..<5 { _ = try detector.map(image) }
  }
  let all = Runtime.threads
  let alternatives = [1, all].flatMap { threads in
    [
      ("\(threads) threads", { try maps(threads) }),
      (
        "\(threads) threads, beside",
        {
          let busy = Process()
          busy.executableURL = URL(fileURLWithPath: "/bin/sh")
          busy.arguments = ["-c", "while :; do :; done"]
          try busy.run()
          defer {
            busy.terminate()
            busy.waitUntilExit()
          }
          try maps(threads)
        }
      ),
    ]
  }
  report(try Comparison("five strided maps", rounds: 3, alternatives))
  try Runtime.setThreads(all)
}
