import ArgumentParser
import Files
import Foundation
import UninformedStudents

/// `students inspect`.
struct Inspect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Decide about images, and mark what is wrong in them.",
    discussion: """
      One line an image: decision, score, p-value against the good images that calibrate the model, \
      file, the regions above the threshold (width × height at column, row; peak), and 'unlike' where \
      the image as a whole differs from the good ones: its size, its brightness, a score far below theirs. \
      What is missing from a scene no patch of it shows, so look at those.

      Ends with 0 if all images are good, 1 if one is anomalous, 2 if one could not be read.

      With --json, one object a line with the keys image, model (its fingerprint, as info shows it), \
      decision ("good" or "anomalous"), score, threshold, falseAlarms, pValue, width, height, regions \
      (x, y, width, height, area, peak, in pixels of the image), unlike (reasons, often none), notes \
      (what was left out of its file), and with --heatmaps heatmap, or heatmapError where it could not \
      be written; or image and error.

      Examples:
        students inspect part.students new.png
        students inspect part.students incoming --heatmaps maps --json
      """)

  @Argument(help: "A model that 'students train' wrote.")
  var model: String

  @Argument(help: "Images, or folders of images; - is standard input.")
  var images: [String]

  @Option(
    help: ArgumentHelp(
      "The share of good images that may be called anomalous.",
      discussion:
        "The default is 0.01, or the least that the images of the calibration can promise."),
    in: .share)
  var falseAlarms: Double?

  @Option(help: "Write each image with its map laid over it into this folder, as NAME.heatmap.png.")
  var heatmaps: String?

  @Flag(help: "One JSON object a line.")
  var json = false

  @Option(help: Precision.help)
  var precision: Precision?

  @Option(help: "The density of the maps; a model is calibrated for one or several.")
  var density: Density?

  @OptionGroup var files: ReadingOptions

  @OptionGroup var compute: ComputeOptions

  mutating func run() async throws {
    let device = try compute.prepared()
    let trained = try TrainedModel(contentsOf: model)
    let inspector = try await naming(model) {
      try await trained.inspector(on: device, precision: precision, density: density)
    }
    check(inspector.calibration)
    let fingerprint = try trained.fingerprint(of: inspector.calibration).digits
    let paths = try images.flatMap { path -> [String] in
      guard try isFolder(path) else { return [path] }
      let folder = try ImageFolder(path)
      for note in folder.notes { complain(note) }
      return folder.paths
    }
    // A pipe is read where the user names it; one in a folder would be waited for.
    let named = Set(images)
    if let heatmaps { try AtomicFile.checkWritable(folder: heatmaps) }
    let names = heatMapNames(paths.map { $0 == "-" ? "stdin" : $0 })
    let display = ProgressDisplay()
    // Methods that search show it on a terminal, image by image.
    let searching: @Sendable (Int, Int) -> Void = { done, count in
      if isatty(STDERR_FILENO) == 1 { display.show("searching", done, count) }
    }
    let reading = files.reading(for: trained)
    let pictures = ImageCollection(count: paths.count) { [compute] in
      try Image(
        contentsOf: paths[$0], maxPixels: compute.maxPixels, reading: reading,
        takesPipes: named.contains(paths[$0]))
    }
    var told = ReadingNotes()
    var (number, anomalous, broken) = (0, 0, 0)
    for try await result in inspector.inspections(
      of: pictures, falseAlarms: falseAlarms, progress: searching)
    {
      let path = paths[number]
      do {
        let (image, inspection) = try result.get()
        told.add(image, path)
        // A heat map that cannot be written takes no decision away.
        let heatmap = heatmaps.map { folder in
          Result {
            let path = SystemPath.joined(folder, names[number])
            try inspector.heatMap(of: image, inspection).write(to: path, as: .heatMap)
            return path
          }
        }
        let finding = Finding(path, image, inspection, model: fingerprint, heatmap: heatmap)
        if finding.decision == Finding.anomalous { anomalous += 1 }
        say(json ? try finding.json() : finding.line)
        if let error = finding.heatmapError {
          broken += 1
          complain("students: \(error)")
        }
      } catch {
        broken += 1
        complain("students: \(error)")
        if json { say(try Failure(image: path, error: "\(error)").json()) }
      }
      number += 1
      // On a terminal the lines themselves show how far it is.
      if paths.count > 1, isatty(STDOUT_FILENO) == 0 {
        display.show("inspecting", number, paths.count)
      }
    }
    told.finish()
    if broken > 0 { throw ExitCode(2) }
    if anomalous > 0 { throw ExitCode(1) }
  }

  private func check(_ calibration: Calibration) {
    let least = calibration.leastFalseAlarms
    if let falseAlarms, falseAlarms < least {
      complain(
        "calibrated on \(calibration.images.count) good images, which can promise a rate "
          + "of false alarms of \(format(least)), not \(falseAlarms). Using that.")
    }
  }
}

/// What is printed of one image.
private struct Finding: Encodable {
  static let anomalous = "anomalous"

  let image: String
  let model: String
  let decision: String
  let score: Float
  let threshold: Float
  let falseAlarms: Double
  let pValue: Double
  let width: Int
  let height: Int
  let regions: [AnomalousRegion]
  let unlike: [String]
  let notes: [String]
  let heatmap: String?
  let heatmapError: String?

  init(
    _ path: String, _ image: Image, _ inspection: Inspection, model: String,
    heatmap: Result<String, any Error>?
  ) {
    self.image = path
    self.model = model
    decision = inspection.isAnomalous ? Self.anomalous : "good"
    score = inspection.score
    threshold = inspection.threshold.score
    falseAlarms = inspection.threshold.falseAlarms
    pValue = inspection.pValue
    width = image.width
    height = image.height
    regions = inspection.regions
    unlike = inspection.unlike
    notes = image.notes
    switch heatmap {
    case nil: (self.heatmap, heatmapError) = (nil, nil)
    case .success(let path): (self.heatmap, heatmapError) = (path, nil)
    case .failure(let error): (self.heatmap, heatmapError) = (nil, "\(error)")
    }
  }

  /// For people.
  var line: String {
    let shown = regions.prefix(3).map { region in
      "\(region.width)×\(region.height) at \(region.x),\(region.y) "
        + "peak \(format(Double(region.peak)))"
    }
    let more = regions.count > 3 ? ["and \(regions.count - 3) more"] : []
    let columns =
      [
        decision.padding(toLength: 9, withPad: " ", startingAt: 0),
        String(format: "%8.3f", Double(score)), "p \(format(pValue))", image,
      ] + (regions.isEmpty ? [] : [(shown + more).joined(separator: "; ")])
      + (unlike.isEmpty ? [] : ["unlike: " + unlike.joined(separator: "; ")])
    return columns.joined(separator: "  ")
  }
}

/// What is printed of an image that cannot be read.
private struct Failure: Encodable {
  let image: String
  let error: String
}
