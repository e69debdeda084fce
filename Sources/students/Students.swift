import AnomalyDetection
import Foundation
import ModelFiles
import Networks
import StudentTeacher

@main struct Students {
  static func main() async throws {
    let a = CommandLine.arguments
    let photos = a[3...].flatMap { d in
      (try? FileManager.default.contentsOfDirectory(atPath: d))?.filter { $0.hasSuffix("jpg") }.map
      { d + "/" + $0 } ?? []
    }.sorted()
    let encoder = try ResNet18(SafetensorsFile(contentsOf: a[2]).tensors)
    var s = TeacherTraining(.p33)
    let env = ProcessInfo.processInfo.environment
    s.steps = Int(env["STEPS"] ?? "") ?? 300
    s.adam.learningRate = Double(env["LR"] ?? "") ?? 2e-4
    s.compactness = Double(env["LC"] ?? "") ?? 1
    let start = Date()
    nonisolated(unsafe) var sums = [0.0, 0.0]; nonisolated(unsafe) var n = 0.0
    let run = TrainingRun(
      seed: 1,
      checkpoints: try Checkpoints(folder: a[1] + ".checkpoint", resuming: env["RESUME"] != nil)
    ) { p in
      for (i, f) in p.figures.enumerated() { sums[i] += f.value }; n += 1
      if p.step % 50 == 0 || p.step == p.steps {
        print(
          p.phase, p.step, p.figures.map { $0.name }.enumerated().map { "\($1) \(sums[$0]/n)" },
          "\(Date().timeIntervalSince(start)) s");
        fflush(nil); sums = [0, 0]; n = 0
      }
    }
    let t = try await s.teacher(distilling: encoder, photos: photos, run: run)
    try SafetensorsFile(tensors: t.tensors()).write(to: a[1])
  }
}
