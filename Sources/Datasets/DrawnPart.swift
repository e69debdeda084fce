import Foundation
import Images
import Randomness

/// What can be wrong with a drawn part.
enum DrawnDefect: String, CaseIterable {
  /// A piece of the rim is broken away.
  case chipped = "chipped"
  /// There is a small hole where none should be.
  case drilled = "drilled"
  /// A thin bright line.
  case scratched = "scratched"
  /// A dark spot with a soft border.
  case stained = "stained"
}

/// A steel ring with holes on a dark table, seen from above, drawn from random numbers.
///
/// Every part lies a little elsewhere, is turned, and is lit in its own way. Coordinates are in
/// units of the image's side.
struct DrawnPart {
  private var center: SIMD2<Double>
  private var angle: Double
  private var light: Double
  private var grain: [Double]
  private var defect: DrawnDefect?
  private var defectAngle: Double
  private var defectSize: Double

  private static let rim = 0.37
  private static let bore = 0.13
  private static let holes = 6
  private static let holeDistance = 0.25
  private static let hole = 0.035

  init(defect: DrawnDefect?, random: inout SeededGenerator) {
    let jitter = { (range: Double, random: inout SeededGenerator) in
      Double.random(in: -range...range, using: &random)
    }
    center = [0.5 + jitter(0.015, &random), 0.5 + jitter(0.015, &random)]
    angle = jitter(.pi, &random)
    light = jitter(0.04, &random)
    grain = (0..<64).map { _ in jitter(0.02, &random) }
    self.defect = defect
    defectAngle = Double(Int.random(in: 0..<Self.holes, using: &random)) * .pi / 3
    defectSize = Double.random(in: 0.7...1.3, using: &random)
  }

  /// The image, and the pixels that the defect changed.
  func drawn(side: Int, random: inout SeededGenerator) -> (image: Image, mask: Mask) {
    var pixels: [Float] = []
    pixels.reserveCapacity(side * side * 3)
    var isAnomalous: [Bool] = []
    isAnomalous.reserveCapacity(side * side)
    for row in 0..<side {
      for column in 0..<side {
        var color = SIMD3<Double>()
        var anomalous = 0
        // Four points a pixel make its borders smooth.
        for quarter in 0..<4 {
          let point = SIMD2(
            (Double(column) + 0.25 + 0.5 * Double(quarter % 2)) / Double(side),
            (Double(row) + 0.25 + 0.5 * Double(quarter / 2)) / Double(side))
          let (here, isDefect) = self.color(at: point)
          color += here / 4
          anomalous += isDefect ? 1 : 0
        }
        let noise = Double.random(in: -0.008...0.008, using: &random)
        for channel in 0..<3 {
          pixels.append(Float(min(max(color[channel] + noise, 0), 1)))
        }
        isAnomalous.append(anomalous >= 2)
      }
    }
    return (
      Image(height: side, width: side, pixels: pixels),
      Mask(height: side, width: side, isAnomalous: isAnomalous)
    )
  }

  private func color(at point: SIMD2<Double>) -> (color: SIMD3<Double>, isDefect: Bool) {
    // The part's own coordinates: its centre and its first hole lie where they always do.
    let fromCenter = point - center
    let own = SIMD2(
      fromCenter.x * cos(angle) + fromCenter.y * sin(angle),
      fromCenter.y * cos(angle) - fromCenter.x * sin(angle))
    let distance = length(own)
    let isSteel = distance < Self.rim && distance > Self.bore && !isInHole(own)
    let table = SIMD3(0.11, 0.13, 0.16) * (1 + light + 0.3 * (0.5 - point.y))
    let steel = self.steel(own, distance, toLight: fromCenter)
    let isDefect = isDefect(own, distance)
    guard let defect, isDefect > 0 else { return (isSteel ? steel : table, false) }
    switch defect {
    case .chipped: return (table, isSteel)
    case .drilled: return (table, isSteel)
    case .scratched: return isSteel ? (steel + 0.25, true) : (table, false)
    case .stained:
      guard isSteel else { return (table, false) }
      let stain = SIMD3(0.24, 0.16, 0.10)
      return (steel + (stain - steel) * min(1, 1.6 * isDefect), isDefect > 0.15)
    }
  }

  /// Turned steel: fine rings, and a sheen on the side of the lamp.
  private func steel(
    _ own: SIMD2<Double>, _ distance: Double, toLight: SIMD2<Double>
  ) -> SIMD3<Double> {
    let ring = grain[min(Int(distance / Self.rim * 64), 63)]
    let sheen = 0.08 * (toLight.x - toLight.y) / Self.rim
    let edge = distance > Self.rim - 0.012 || distance < Self.bore + 0.012 ? -0.12 : 0
    return SIMD3(0.60, 0.62, 0.64) * (1 + light + ring + sheen + edge)
  }

  private func isInHole(_ own: SIMD2<Double>) -> Bool {
    (0..<Self.holes).contains { number in
      let turn = Double(number) * .pi / 3
      return length(own - Self.holeDistance * SIMD2(cos(turn), sin(turn))) < Self.hole
    }
  }

  /// How much of the defect is at a point, 0…1.
  private func isDefect(_ own: SIMD2<Double>, _ distance: Double) -> Double {
    let direction = SIMD2(cos(defectAngle), sin(defectAngle))
    let across = SIMD2(-direction.y, direction.x)
    switch defect {
    case nil: return 0
    case .chipped:
      return length(own - direction * (Self.rim + 0.01)) < 0.06 * defectSize ? 1 : 0
    case .drilled:
      return length(own - direction * 0.19 - across * 0.1) < 0.018 * defectSize ? 1 : 0
    case .scratched:
      let start = own - direction * 0.19 - across * 0.08
      let along = dot(start, normalized(direction + across * 0.8))
      let beside = length(start - normalized(direction + across * 0.8) * along)
      return along > 0 && along < 0.14 * defectSize && beside < 0.005 ? 1 : 0
    case .stained:
      let from = length(own - direction * 0.29 - across * 0.13)
      return max(0, 1 - from / (0.055 * defectSize))
    }
  }
}

private func dot(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double { (a * b).sum() }
private func length(_ a: SIMD2<Double>) -> Double { dot(a, a).squareRoot() }
private func normalized(_ a: SIMD2<Double>) -> SIMD2<Double> { a / length(a) }
