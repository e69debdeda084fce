import Foundation
import UninformedStudents

/// How long maps take and how much memory they need.
///
///     swift run -c release mapping [HEIGHT WIDTH]
///
/// Without arguments: the strided map against the full one of the same 256 × 256 image, for each
/// receptive field, after checking that they agree where both are computed. With a size: one map
/// of an image of that size, and the most memory that the process ever held.
@main struct Mapping {
  static func main() async throws {
    let sizes = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    if sizes.count == 2 {
      try await large(height: sizes[0], width: sizes[1])
    } else {
      try await compareDensities()
    }
  }

  /// A detector of one teacher and three students, hardly trained: its numbers cost the same.
  static func detector(
    _ field: ReceptiveField, _ density: Density
  ) async throws -> StudentTeacherDetector {
    var method = StudentTeacherMethod()
    method.scales = [field]
    method.density = density
    method.epochs = 1
    method.batch = 2
    let images = ImageCollection((0..<3).map { picture(height: 80, width: 80, shift: $0) })
    let teacher = try PatchDescriptor(field, seed: 1)
    return try await method.fit(
      GoodImages(images, validation: 0.3, seed: 1), run: TrainingRun(teachers: [field: teacher]))
  }

  static func picture(height: Int, width: Int, shift: Int = 0) -> Image {
    let pixels = (0..<height * width * 3).map { Float(($0 * 7 + shift * 31) % 251) / 250 }
    return Image(height: height, width: width, pixels: pixels)
  }

  static func compareDensities() async throws {
    print("256 × 256, teacher and 3 students, \(Runtime.threads) threads")
    print("p   full s   strided s   full : strided")
    let image = picture(height: 256, width: 256)
    for field in [ReceptiveField.p33, .p65] {
      let full = try await detector(field, .full)
      let strided = try await detector(field, .strided)
      try check(full.anomalyMap(of: image), strided.anomalyMap(of: image), field)
      // Turn about, so that both meet the same machine.
      var times: [(full: Double, strided: Double)] = []
      for _ in 0..<3 {
        times.append(
          (
            try seconds { _ = try full.anomalyMap(of: image) },
            try seconds { _ = try strided.anomalyMap(of: image) }
          ))
      }
      let fullTime = times.map(\.full).sorted()[1]
      let stridedTime = times.map(\.strided).sorted()[1]
      print(
        String(
          format: "%d  %7.2f  %10.2f  %14.1f", field.rawValue, fullTime, stridedTime,
          fullTime / stridedTime))
    }
  }

  /// Both maps lie on lines of each other where the strided one is computed.
  static func check(_ full: AnomalyMap, _ strided: AnomalyMap, _ field: ReceptiveField) throws {
    let first = (field.stride - 1) / 2
    var samples: [(Float, Float)] = []
    for row in stride(from: first, to: full.height, by: field.stride) {
      for column in stride(from: first, to: full.width, by: field.stride) {
        let pixel = row * full.width + column
        samples.append((full.scores[pixel], strided.scores[pixel]))
      }
    }
    let correlation = correlation(samples.map { Double($0.0) }, samples.map { Double($0.1) })
    guard correlation > 0.999999 else {
      throw Disagreement(description: "the maps disagree: correlation \(correlation)")
    }
  }

  static func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let mean = { (values: [Double]) in values.reduce(0, +) / Double(values.count) }
    let (ma, mb) = (mean(a), mean(b))
    let product = mean(zip(a, b).map { ($0 - ma) * ($1 - mb) })
    let squares = mean(a.map { ($0 - ma) * ($0 - ma) }) * mean(b.map { ($0 - mb) * ($0 - mb) })
    return product / squares.squareRoot()
  }

  static func large(height: Int, width: Int) async throws {
    for density in [Density.strided, .full] {
      let detector = try await detector(.p33, density)
      let image = picture(height: height, width: width)
      let time = try seconds { _ = try detector.anomalyMap(of: image) }
      print(
        "\(height) × \(width), p = 33, \(density.rawValue): \(String(format: "%.1f", time)) s, "
          + "at most \(peakMiB()) MiB resident so far")
      fflush(nil)
    }
  }

  /// The most memory that the process ever held.
  static func peakMiB() -> Int {
    var usage = rusage()
    #if os(Linux)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss / 1024
    #else
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss / (1024 * 1024)
    #endif
  }

  static func seconds(_ work: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try work()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}

/// Two results that should be the same are not.
struct Disagreement: Error, CustomStringConvertible {
  let description: String
}
