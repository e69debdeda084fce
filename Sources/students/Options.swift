public import ArgumentParser
public import Experiments
import Foundation
public import UninformedStudents

/// What this program is.
enum Version {
  static let text = "students \(PackageVersion.current), libtorch \(Runtime.libtorchVersion)"
}

extension Device: ExpressibleByArgument {
  /// From its name.
  public init?(argument: String) { self.init(argument) }
  /// All kinds, whatever this machine has.
  public static var allValueStrings: [String] { Kind.allCases.map(\.rawValue) }
}
extension Recipe: ExpressibleByArgument {}
extension Density: ExpressibleByArgument {}
extension Padding: ExpressibleByArgument {}
extension Framing.Fit: ExpressibleByArgument {}
extension FeatureScaling: ExpressibleByArgument {}
extension PartKind: ExpressibleByArgument {}
extension OneClassDataset: ExpressibleByArgument {}

/// A usable device, or an error that says which there are.
func chosen(_ device: Device?) throws -> Device {
  guard let device else { return Device.cuda.isAvailable ? ownCard : .cpu }
  guard device.isAvailable else {
    let others = Device.available.map(\.description).joined(separator: ", ")
    throw CommandError(
      "--device \(device): not available on this machine with this libtorch; choose one of: \(others)"
    )
  }
  return device
}

/// The first graphics card, or of several processes that train together on one machine each another.
private var ownCard: Device {
  let environment = ProcessInfo.processInfo.environment
  let cards = Device.available.count { $0.kind == .cuda }
  guard environment["MASTER_ADDR"] != nil, cards > 1,
    let text = environment["LOCAL_RANK"] ?? environment["SLURM_LOCALID"], let number = Int(text),
    number >= 0
  else { return .cuda }
  return .cuda(number % cards)
}

/// Options of all commands that compute.
struct ComputeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where to compute; cuda:1 is the second graphics card.",
      discussion: "The default is a graphics card where there is one."))
  var device: Device?

  @Option(help: "How many threads to use; the default is one for each core.", in: .threads)
  var threads: Int?

  @Option(help: "Refuse images with more pixels than this.", in: .pixels)
  var maxPixels = Image.defaultPixelLimit

  /// Sets the number of threads, and gives the device.
  func prepared() throws -> Device {
    if let threads { try Runtime.setThreads(threads) }
    return try chosen(device)
  }
}

/// How image files are read, for commands that read them as a model was trained.
struct ReadingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The values of black and white in files with more than 8 bits, such as 0,4095.",
      discussion: """
        For cameras of 10, 12 or 14 bits that write 16 (0,1023; 0,4095; 0,16383), for TIFF files with \
        floats outside 0 to 1, and for signed or 32-bit integers. A file with a value outside is refused. \
        The model keeps the values of its training, and other commands use them unless you give others.
        """,
      valueName: "low,high"), in: .valueRange)
  var valueRange: ValueRange?

  /// What was asked for.
  var reading: ImageReading { ImageReading(valueRange: valueRange?.range) }

  /// What was asked for, or how the images that a model learnt from were read.
  func reading(for model: TrainedModel) -> ImageReading {
    valueRange == nil ? model.reading : reading
  }
}

/// Two numbers in one word, such as `0,4095`.
struct ValueRange: LosslessStringConvertible {
  let range: ClosedRange<Double>

  init?(_ text: String) {
    let bounds = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard bounds.count == 2, let low = bounds[0], let high = bounds[1], low < high,
      (high - low).isFinite
    else { return nil }
    range = low...high
  }

  var description: String { "\(range.lowerBound),\(range.upperBound)" }
}

extension Precision: ExpressibleByArgument {
  static let help = ArgumentHelp(
    "fp32, or for graphics cards tf32 or bf16. The default is the precision that the model is calibrated for.",
    discussion:
      "tf32 keeps ten binary digits of each factor. bf16 keeps seven of every number, which "
      + "changes scores by about 1 %. Each needs its own calibration, which 'students calibrate "
      + "--precision' makes. On a processor bf16 is slower, even with instructions for it, because the "
      + "program's own convolutions compute in fp32.")
}

/// Several numbers in one word, such as `17,33,65`.
struct Scales: LosslessStringConvertible {
  let receptiveFields: [ReceptiveField]

  init?(_ text: String) {
    let fields = text.split(separator: ",").map { Int($0).flatMap(ReceptiveField.init) }
    guard !fields.isEmpty, !fields.contains(nil) else { return nil }
    receptiveFields = Set(fields.compactMap(\.self)).sorted { $0.rawValue < $1.rawValue }
  }

  init(_ receptiveFields: [ReceptiveField]) {
    self.receptiveFields = receptiveFields
  }

  var description: String {
    receptiveFields.map { String($0.rawValue) }.joined(separator: ",")
  }
}

extension ReceptiveField: ExpressibleByArgument {}

/// What a good part may do, in one word such as `turn,flip`.
struct PartChanges: LosslessStringConvertible {
  let changes: [PartChange]

  init?(_ text: String) {
    let words = text.split(separator: ",").map { PartChange(rawValue: String($0)) }
    guard !words.isEmpty, !words.contains(nil) else { return nil }
    let named = Set(words.compactMap(\.self))
    changes = PartChange.allCases.filter(named.contains)
  }

  var description: String { changes.map(\.rawValue).joined(separator: ",") }
}

/// The option `--top-share` of several commands.
enum TopShare {
  static let help = ArgumentHelp(
    "The share of an image's pixels, those that stand out most, whose mean is its score.",
    discussion: """
      A pixel stands out by its score less the mean score around it, as far as that rises in good images. \
      The default is 0.003. 0 is the most anomalous pixel alone, for defects of a pixel or two. \
      'students calibrate' changes it without a training.
      """)
}

/// The option `--false-alarms` of several commands.
enum FalseAlarms {
  static let help = ArgumentHelp(
    "The share of good images that may be called anomalous, such as 0.01.",
    discussion: "The default is 0.01, or the lowest rate that the calibration images can promise.")

  /// Says so where a model cannot promise what is asked for.
  static func tellLeast(of calibration: Calibration, asked: Double?) {
    let least = calibration.leastFalseAlarms
    guard let asked, asked < least else { return }
    complain(
      "the calibration has \(calibration.images.count) good images, which can promise a rate of false alarms "
        + "of \(format(least)) at the lowest, not \(asked); using \(format(least))")
  }
}

/// Where the scores of pixels are written.
struct MapOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write the score of every pixel into this folder, as TIFF files of 32-bit floats.",
      discussion: """
        For other programs; heat maps are for people. inspect writes NAME.tiff, evaluate writes \
        CATEGORY/test/DEFECT/IMAGE.tiff, as MVTec AD's own evaluation code expects. Pixels that are not \
        inspected get the lowest score of the others.
        """))
  var maps: String?

  @Option(
    help:
      "The size of the --maps: image (that of each image) or model (that at which it was computed)."
  )
  var mapSize = MapSize.image

  func validate() throws {
    guard maps != nil || mapSize == .image else {
      throw ValidationError("--map-size needs --maps.")
    }
  }
}

extension MapSize: ExpressibleByArgument {}
