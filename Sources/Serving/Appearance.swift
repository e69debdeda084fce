public import UninformedStudents

/// How an image looks whatever it shows: what light, lens and exposure change.
public struct Appearance: Sendable, Equatable {
  /// The mean of all pixels and colours that are inspected, 0…1.
  public let brightness: Double
  /// The variance of the Laplacian of their grey values.
  ///
  /// Fine detail raises it, a lens that is out of focus lowers it (Pech-Pacheco et al. 2000).
  public let sharpness: Double

  init(brightness: Double, sharpness: Double) {
    (self.brightness, self.sharpness) = (brightness, sharpness)
  }

  /// Measures an image.
  ///
  /// - Parameter image: As the model looks at it; ignored pixels do not count, nor do those beside them for the
  ///   sharpness. Where none is left, a number is 0.
  public init(of image: Image) {
    let isIgnored = image.isIgnored
    let (height, width) = (image.height, image.width)
    var grey = [Float](repeating: 0, count: height * width)
    image.pixels.withUnsafeBufferPointer { pixels in
      for pixel in grey.indices {
        grey[pixel] = (pixels[3 * pixel] + pixels[3 * pixel + 1] + pixels[3 * pixel + 2]) / 3
      }
    }
    var (sum, count) = (0.0, 0)
    for pixel in grey.indices where isIgnored?[pixel] != true {
      sum += Double(grey[pixel])
      count += 1
    }
    brightness = count > 0 ? sum / Double(count) : 0

    var (laplacians, squares, edges) = (0.0, 0.0, 0)
    for row in 1..<max(2, height) - 1 {
      for pixel in (row * width + 1)..<max(row * width + 2, (row + 1) * width) - 1 {
        if let isIgnored {
          let around = [pixel, pixel - width, pixel + width, pixel - 1, pixel + 1]
          if around.contains(where: { isIgnored[$0] }) { continue }
        }
        let laplacian = Double(
          grey[pixel - width] + grey[pixel + width] + grey[pixel - 1] + grey[pixel + 1]
            - 4 * grey[pixel])
        laplacians += laplacian
        squares += laplacian * laplacian
        edges += 1
      }
    }
    let mean = edges > 0 ? laplacians / Double(edges) : 0
    sharpness = edges > 0 ? max(0, squares / Double(edges) - mean * mean) : 0
  }
}
