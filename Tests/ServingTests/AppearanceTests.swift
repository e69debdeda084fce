import Foundation
import Testing
import UninformedStudents

@testable import Serving

@Suite struct `How an image looks` {
  private func image(_ height: Int, _ width: Int, _ isIgnored: [Bool]? = nil) -> Image {
    let pixels = (0..<height * width * 3).map { place -> Float in
      let number = (place * 37 + place * place * 11) % 101
      return Float(number) / 100
    }
    return Image(height: height, width: width, pixels: pixels, isIgnored: isIgnored)
  }

  @Test(arguments: [false, true]) func `is as the slow definition says`(hasIgnored: Bool) {
    let (height, width) = (9, 7)
    let isIgnored = (0..<height * width).map { hasIgnored && $0 % 13 == 5 }
    let image = image(height, width, hasIgnored ? isIgnored : nil)
    let grey = { (row: Int, column: Int) in
      (0..<3).reduce(0.0) { $0 + Double(image.pixels[3 * (row * width + column) + $1]) } / 3
    }
    var (values, laplacians) = ([Double](), [Double]())
    for row in 0..<height {
      for column in 0..<width where !isIgnored[row * width + column] {
        values.append(grey(row, column))
        let around = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        guard
          around.allSatisfy({ place in
            (0..<height).contains(place.0) && (0..<width).contains(place.1)
              && !isIgnored[place.0 * width + place.1]
          })
        else { continue }
        laplacians.append(
          around.reduce(0) { $0 + grey($1.0, $1.1) } - 4 * grey(row, column))
      }
    }
    let mean = laplacians.reduce(0, +) / Double(laplacians.count)
    let variance =
      laplacians.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(laplacians.count)
    let found = Appearance(of: image)
    #expect(abs(found.brightness - values.reduce(0, +) / Double(values.count)) < 1e-6)
    #expect(abs(found.sharpness / variance - 1) < 1e-5)
  }

  @Test(arguments: [(1, 1), (1, 5), (5, 1), (2, 2), (3, 3)])
  func `is a number whatever the size`(height: Int, width: Int) {
    let found = Appearance(of: image(height, width))
    #expect((0...1).contains(found.brightness) && found.sharpness >= 0)
    let ignored = Appearance(
      of: image(height, width, [Bool](repeating: true, count: height * width)))
    #expect(ignored == Appearance(brightness: 0, sharpness: 0))
  }
}
