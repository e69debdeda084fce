public import AnomalyDetection
public import Foundation
import Files
import Images
import ONNX

/// The frames of a camera, as a graph takes them.
public struct CameraFormat: Sendable, Equatable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int

  /// Frames of a size.
  ///
  /// - Precondition: The sides are positive.
  public init(height: Int, width: Int) {
    precondition(height > 0 && width > 0, "\(height) × \(width)")
    (self.height, self.width) = (height, width)
  }
}

extension TrainedModel {
  /// The model as a graph of ONNX operators that decides like ``Inspector/inspect(_:falseAlarms:progress:)``.
  ///
  /// Its outputs are `anomaly_map` (N × 1 × side × side), `score` (N), `p_value` (N), `is_anomalous` (N),
  /// `threshold` (1) and `level` (N), above which pixels are marked. What the model file says of itself stands in its properties. The same model gives the
  /// same bytes.
  ///
  /// - Parameters:
  ///   - camera: The frames of the input `image`, N × height × width × 3 in RGB: 8 bits, or the 16 bits of
  ///     ``reading`` where the model has a range of values. The graph resizes them as this package does. Nil
  ///     for an input N × 3 × side × side of 32-bit numbers in 0…1 that are resized already.
  ///   - falseAlarms: The share of good images that may be called anomalous; nil for
  ///     ``Calibration/defaultFalseAlarms``.
  ///   - density: At how many pixels descriptors are computed; nil for that of ``calibration``.
  ///   - storesHalf: Whether weights are stored with 16 bits, which a model of
  ///     ``halved(calibratedOn:density:topShare:learnt:keepsProof:run:)`` has; the graph computes with 32 all the same.
  /// - Returns: The bytes of the file.
  /// - Throws: ``ExportError``, `ONNXError`, ``CalibrationError`` where the model is not calibrated for the
  ///   density, ``FramingError`` where the camera's frames do not suit the model.
  public func onnx(
    camera: CameraFormat?, falseAlarms: Double? = nil, density: Density? = nil,
    storesHalf: Bool = false
  ) throws -> Data {
    let method = type(of: self.detector).method
    guard let detector = detector as? any ExportableDetector else {
      throw ONNXError.noOperators(method)
    }
    let calibration = try calibration(precision: nil, density: density)
    guard calibration.density != .screen else { throw ONNXError.looksAgain }
    guard [.fp32, .tf32].contains(calibration.precision) else {
      throw ExportError.otherPrecision(calibration.precision)
    }
    guard !storesHalf || isHalved else { throw ExportError.notHalved }
    var graph = ONNXGraph(storesHalf: storesHalf)
    let images: ONNXGraph.Value
    var isIgnored: [Bool]?
    if let camera {
      let placement = try framing.placement(
        ofHeight: camera.height, width: camera.width, named: "frames of the camera")
      let filling = try framing.filling(placement, named: "frames of the camera")
      images = try framed(placement, filling, in: &graph)
      isIgnored = filling?.isIgnored
    } else {
      guard framing.isPlain else { throw ExportError.needsCamera }
      images = graph.input(
        "image", .float, [.named("N"), .of(3), .of(framing.side), .of(framing.side)])
    }
    let raw = try detector.map(
      of: images, side: framing.side, density: calibration.density ?? .full, in: &graph)
    decide(on: raw, isIgnored, calibration, falseAlarms, in: &graph)
    return try graph.file(
      named: method, producer: ("students", PackageVersion.current),
      documentation: documentation(camera),
      properties: try properties(calibration, falseAlarms, camera))
  }

  /// Frames of a camera as ``Framing/framed(_:named:)`` gives them: the square that a detector sees.
  private func framed(
    _ placement: Placement, _ filling: Framing.Filling?, in graph: inout ONNXGraph
  ) throws -> ONNXGraph.Value {
    let (low, high) = (
      reading.valueRange?.lowerBound ?? 0, reading.valueRange?.upperBound ?? 255
    )
    let samples = graph.input(
      "image", reading.valueRange == nil ? .uint8 : .uint16,
      [.named("N"), .of(placement.imageHeight), .of(placement.imageWidth), .of(3)])
    let numbers = graph.cast(samples, to: .float)
    let scale = graph.constant(1 / Float(high - low))
    var colors = graph.product(numbers, scale)
    if low != 0 {
      let offset = graph.constant(Float(-low / (high - low)))
      colors = graph.sum(colors, offset)
    }
    colors = graph.node("Transpose", colors, attributes: ["perm": .ints([0, 3, 1, 2])])
    let (part, content) = (placement.part, placement.content)
    if !placement.isWhole {
      colors = graph.sliced(
        colors, rows: part.y..<part.y + part.height, columns: part.x..<part.x + part.width)
    }
    if part.height != content.height || part.width != content.width {
      let rows = try Image.resizingWeights(from: part.height, to: content.height)
      let columns = try Image.resizingWeights(from: part.width, to: content.width)
      colors = graph.stretched(
        colors, rows: (rows, content.height), columns: (columns, content.width))
    }
    guard let filling else { return colors }
    let flat = graph.constant([0, 3, content.height * content.width])
    let row = graph.node("Reshape", colors, flat)
    let places = graph.constant(filling.pixels)
    let filled = graph.node("Gather", row, places, attributes: ["axis": .int(2)])
    let square = graph.constant([0, 3, placement.side, placement.side])
    return graph.node("Reshape", filled, square)
  }

  /// What ``Inspector/verdict(_:on:falseAlarms:)`` makes of maps.
  private func decide(
    on raw: ONNXGraph.Value, _ isIgnored: [Bool]?, _ calibration: Calibration,
    _ falseAlarms: Double?, in graph: inout ONNXGraph
  ) {
    let side = framing.side
    let scoring = calibration.scoring
    var (map, deciding, outstanding) = (raw, raw, raw)
    if let limit = scoring.surroundings {
      let surroundings = graph.surroundings(of: raw, side: side, isIgnored)
      let most = graph.constant(limit)
      outstanding = graph.difference(raw, graph.node("Min", surroundings, most))
    }
    if let isIgnored {
      let mask = graph.constant(isIgnored, [1, 1, side, side])
      let (highest, lowest) = (
        graph.constant(Float.greatestFiniteMagnitude),
        graph.constant(-Float.greatestFiniteMagnitude)
      )
      let others = graph.node("Where", mask, highest, raw)
      let least = graph.reduced(others, by: "ReduceMin", over: [1, 2, 3])
      map = graph.node("Where", mask, least, raw)
      deciding = graph.node("Where", mask, lowest, raw)
      outstanding = graph.node("Where", mask, lowest, outstanding)
    }
    let peak = graph.reduced(deciding, by: "ReduceMax", over: [1, 2, 3], keepingAxes: false)
    let pixels = isIgnored?.count { !$0 } ?? side * side
    let count = AnomalyMap.topCount(scoring.topShare, of: pixels)
    let mean = graph.meanOfHighest(count, of: outstanding)
    // Not every maximum keeps what is no number. The difference of a score and itself is 0, or no number.
    let nothing = graph.difference(raw, raw)
    let guardian = graph.reduced(nothing, by: "ReduceSum", over: [1, 2, 3], keepingAxes: false)
    let score = graph.sum(mean, guardian)

    let chosen = calibration.threshold(falseAlarms: falseAlarms)
    let threshold = graph.constant([chosen.score], [1])
    // Not whether it is above: a score that is no number is not good.
    let isGood = graph.node("LessOrEqual", score, threshold)
    let isAnomalous = graph.node("Not", isGood)
    let usual = graph.constant([chosen.pixel], [1])
    let top = scoring.surroundings == nil ? score : graph.meanOfHighest(count, of: deciding)
    let (above, below) = (graph.node("Max", usual, peak), graph.node("Min", usual, top))
    let level = graph.node("Where", isGood, above, below)

    let levels = graph.constant(calibration.levels, [1, calibration.levels.count])
    let last = graph.constant([1])
    let column = graph.node("Unsqueeze", score, last)
    let isAtLeast = graph.node("GreaterOrEqual", levels, column)
    let ones = graph.cast(isAtLeast, to: .float)
    let higher = graph.reduced(ones, by: "ReduceSum", over: [1], keepingAxes: false)
    let one = graph.constant(Float(1))
    let all = graph.constant(Float(calibration.scores.count + 1))
    let pValue = graph.quotient(graph.sum(higher, one), all)

    let images = ONNXGraph.Side.named("N")
    graph.output("anomaly_map", map, .float, [images, .of(1), .of(side), .of(side)])
    graph.output("score", score, .float, [images])
    graph.output("p_value", pValue, .float, [images])
    graph.output("is_anomalous", isAnomalous, .bool, [images])
    graph.output("threshold", threshold, .float, [.of(1)])
    graph.output("level", level, .float, [images])
  }

  private func properties(
    _ calibration: Calibration, _ falseAlarms: Double?, _ camera: CameraFormat?
  ) throws -> KeyValuePairs<String, String> {
    let threshold = calibration.threshold(falseAlarms: falseAlarms)
    return [
      "method": type(of: detector).method,
      "fingerprint": try fingerprint().digits,
      "version": PackageVersion.current,
      "provenance": try provenance.json(),
      "settings": settings,
      "calibration": try calibration.json(),
      "threshold": try threshold.json(),
      "framing": try framing.json(),
      "reading": try reading.json(),
      "preprocessing": preprocessing(camera),
    ]
  }

  private func documentation(_ camera: CameraFormat?) -> String {
    "Visual anomaly detection. \(preprocessing(camera)) Outputs: anomaly_map, a score for each pixel of the "
      + "square, higher is more anomalous; score, the mean of the pixels that stand out most; "
      + "threshold; is_anomalous, whether the score is above it; p_value, the share of good images "
      + "that score as high at the most; level, above which pixels are marked."
  }

  /// What must be done before the graph, in words.
  private func preprocessing(_ camera: CameraFormat?) -> String {
    guard let camera else {
      return
        "The input is N x 3 x \(framing.side) x \(framing.side) in RGB, 0 to 1: the whole image, each side "
        + "scaled apart, by averaging over what a new pixel covers where it shrinks and linearly where "
        + "it grows."
    }
    let bits = reading.valueRange.map {
      "16 bits, \($0.lowerBound) black and \($0.upperBound) white"
    }
    return
      "The input is N x \(camera.height) x \(camera.width) x 3 in RGB, \(bits ?? "8 bits"), as the camera "
      + "gives it: upright, grey three times. The graph cuts, resizes and scales it."
  }
}

extension ONNXGraph {
  /// The mean of the highest numbers of each N × 1 × H × W.
  fileprivate mutating func meanOfHighest(_ count: Int, of maps: Value) -> Value {
    let flat = constant([0, -1])
    let rows = node("Reshape", maps, flat)
    let sum = reduced(highest(count, of: rows), by: "ReduceSum", over: [1], keepingAxes: false)
    let parts = constant(Float(count))
    return quotient(sum, parts)
  }

  /// ``AnomalyMap/surroundings`` of N × 1 × side × side.
  fileprivate mutating func surroundings(
    of maps: Value, side: Int, _ isIgnored: [Bool]?
  ) -> Value {
    let reach = ImageScoring.window(side: side) / 2
    // Row by row which pixels count, and how much: the mean over a rectangle is one over rows and one over columns.
    let window = (0..<side).flatMap { center in
      let inside = max(center - reach, 0)..<min(center + reach + 1, side)
      return (0..<side).map { inside.contains($0) ? 1 / Float(inside.count) : 0 }
    }
    guard let isIgnored else {
      return stretched(maps, rows: (window, side), columns: (window, side))
    }
    let counts = constant(isIgnored.map { $0 ? 0 : 1 }, [1, 1, side, side])
    let sums = stretched(product(maps, counts), rows: (window, side), columns: (window, side))
    return quotient(sums, stretched(counts, rows: (window, side), columns: (window, side)))
  }
}

/// Why a model cannot be exported as it is asked for.
public enum ExportError: Error, CustomStringConvertible, Equatable {
  /// A region, a fit or ignored pixels depend on the size of the frames.
  case needsCamera
  /// The scores were calibrated with other numbers.
  case otherPrecision(Precision)
  /// The weights have more digits than 16 bits hold.
  case notHalved

  /// One line for the user.
  public var description: String {
    switch self {
    case .needsCamera:
      "the model crops, pads or ignores parts of an image, which depends on its size"
    case .otherPrecision(let precision):
      "the model is calibrated for \(precision.rawValue), but the graph computes in 32 bits"
    case .notHalved:
      "the weights of the model have 32 bits, and rounding them would change its scores"
    }
  }
}
