import ArgumentParser
import Files
import Foundation
import UninformedStudents

/// `students inspect`.
struct Inspect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Decide about images, and mark what is wrong in them.",
    discussion: """
      Prints one line for each image: decision, score, p-value against the good images that \
      calibrate the model, file, the marked regions (width × height at column, row; peak), and \
      'unlike' where the image as a whole differs from the good ones: in size, in brightness, or \
      by a score far below theirs. No patch shows what is missing from a scene, so look at such \
      images yourself.

      The exit status is 0 if all images are good, 1 if one is anomalous, and 2 if one could not \
      be inspected or a file not be written.

      With --json, prints one object in each line with the keys image, model (its fingerprint, as \
      'info' shows it), decision ("good" or "anomalous"), score, threshold, level (pixels above it \
      are marked), falseAlarms, pValue, width, height, regions (x, y, width, height, area, peak, \
      peakX, peakY, in pixels of the image), lookedAt (x, y, width, height; only where a region of \
      the image is inspected), ignored (the share of it that never decides, if any), unlike \
      (reasons, often none) and notes (what was left out when the file was read). --heatmaps adds \
      heatmap, or heatmapError where it could not be written; --maps adds map or mapError. An \
      image that could not be inspected has image and error only. --explain adds to regions their \
      causes (receptiveField, regressionError, predictiveUncertainty), the strongest first, and to \
      the worst three similar (image, x, y, width, height, distance), the patches of good images \
      most like the one at their peak (peakX, peakY); with --heatmaps also explanation or \
      explanationError.

      With --shards, many workers share the images of one list. Each takes those of its part \
      (--shard 3/8, or the part that Slurm, Kubernetes or torchrun assign) and appends their lines \
      to its own file in that folder. A worker that was killed continues when it is started again. \
      'students merge' checks that no image is missing or appears twice, and prints what one \
      machine would have printed with --json.

      Images may also be addresses: https://… and http://… are downloaded, and s3://bucket/key is \
      read from S3 or a compatible store, several images ahead of the one that is inspected. A \
      failed download is an error of that image alone. Results leave out what follows a question \
      mark, because signed addresses have their signature there.

      With --csv, the columns are image, decision, score, threshold, pValue, regions (their \
      number), x, y, width and height of the worst region, unlike and error.

      Examples:
        students inspect part.students new.png
        students inspect part.students incoming --heatmaps maps --json
        students inspect part.students incoming --recursive --csv > results.csv
        students inspect part.students --list names.txt --shards results --shard 3/8
        students inspect part.students s3://line7/2026/11/part.png
      """)

  @Argument(help: "A model that 'students train' wrote.")
  var model: String

  @Argument(help: "Images, folders of images, or addresses of images; - is standard input.")
  var images: [String] = []

  @OptionGroup var list: ListOptions

  @OptionGroup var shards: ShardOptions

  @OptionGroup var downloads: DownloadOptions

  @Option(help: FalseAlarms.help, in: .share)
  var falseAlarms: Double?

  @Option(help: "Write each image with its heat map on top into this folder, as NAME.heatmap.png.")
  var heatmaps: String?

  @OptionGroup var numbers: MapOptions

  @Flag(
    help: ArgumentHelp(
      "Explain each region: which receptive fields see it, how, and which normal patches are like it.",
      discussion: """
        For each receptive field, the highest regression error (something that the students have not \
        learnt) and predictive uncertainty (something that they disagree about), in standard deviations of \
        good pixels. For the three worst regions, the patches of good images with the nearest descriptors, \
        and their distance; 1 is usual between good images. With --heatmaps they are drawn side by side, \
        as NAME.explained.png.
        """))
  var explain = false

  @Flag(help: "Print one JSON object in each line.")
  var json = false

  @Flag(help: "Print comma-separated values with a header.")
  var csv = false

  @Flag(help: "Also inspect the images of folders within folders.")
  var recursive = false

  @Option(help: Precision.help)
  var precision: Precision?

  @Option(help: "The density of the maps; the model must be calibrated for it.")
  var density: Density?

  @OptionGroup var files: ReadingOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard !json || !csv else { throw ValidationError("Choose one of --json and --csv.") }
    guard !explain || !csv else {
      throw ValidationError("--explain does not work with --csv; use --json.")
    }
    guard !images.isEmpty || list.list != nil else {
      throw ValidationError("Name images, folders of images, or a --list of them.")
    }
    guard shards.shards == nil || !csv else {
      throw ValidationError("--shards writes lines of JSON; leave out --csv.")
    }
  }

  mutating func run() async throws {
    let device = try compute.prepared()
    let trained = try TrainedModel(contentsOf: model)
    let inspector = try await naming(model) {
      try await trained.inspector(on: device, precision: precision, density: density)
    }
    FalseAlarms.tellLeast(of: inspector.calibration, asked: falseAlarms)
    let fingerprint = try trained.fingerprint(of: inspector.calibration).digits
    let all = try allPaths()
    let part = try shards.part
    let shard = try shards.shards.map { folder in
      let plan = ShardPlan(
        all.map(ImageAddress.identity), parts: part.count, model: fingerprint,
        falseAlarms: falseAlarms, isExplained: explain)
      return try ShardFile(part, of: plan, in: folder)
    }
    // Those of this part that are left to do, by their numbers in the whole list.
    let chosen = all.indices.filter { number in
      guard let shard else { return true }
      return part.takes(ImageAddress.identity(of: all[number])) && !shard.done.contains(number)
    }
    let paths = chosen.map { all[$0] }
    if let shard {
      complain(
        "\(shard.path): part \(part), \(paths.count) of \(all.count) images to do"
          + (shard.done.isEmpty ? "" : ", \(shard.done.count) done already"))
    }
    // A pipe is read where the user names it; one in a folder would be waited for.
    let named = Set(images)
    for folder in [heatmaps, numbers.maps].compactMap(\.self) {
      try AtomicFile.checkWritable(folder: folder)
    }
    // Of all parts, so that no two images of one name overwrite each other's.
    let titles =
      heatmaps ?? numbers.maps == nil
      ? [] : all.map { $0 == "-" ? "stdin" : ImageAddress.name(of: $0) }
    let names = (
      heatmaps: heatMapNames(titles), maps: mapNames(titles), explanations: explanationNames(titles)
    )
    let display = ProgressDisplay()
    // Methods that search show it on a terminal, image by image.
    let searching: @Sendable (Int, Int) -> Void = { done, count in
      if isatty(STDERR_FILENO) == 1 { display.show("searching", done, count) }
    }
    let reading = files.reading(for: trained)
    let pictures = try ImageCollection(
      locations: paths, maxPixels: compute.maxPixels, reading: reading, pipes: named,
      limits: downloads.limits, environment: ProcessInfo.processInfo.environment)
    var readingNotes = ReadingNotes()
    var (number, anomalous, broken) = (0, 0, 0)
    if csv { say(InspectionRecord.csvHeader) }
    for try await result in inspector.verdicts(
      on: pictures, falseAlarms: falseAlarms, progress: searching)
    {
      let (path, place) = (pictures.name(number), chosen[number])
      let brokenBefore = broken
      // Nothing is printed of what cannot be inspected but as JSON and CSV.
      var line: String?
      do {
        var (image, verdict) = try result.get()
        readingNotes.add(image, path)
        if explain { verdict = try await inspector.explained(verdict, of: image) }
        var record = InspectionRecord(verdict, of: image, named: path, model: fingerprint)
        if record.decision == .anomalous { anomalous += 1 }
        // What cannot be written takes no decision away.
        (record.heatmap, record.heatmapError) = written(names.heatmaps[place], into: heatmaps) {
          try inspector.heatMap(of: image, verdict).write(to: $0, as: .heatMap)
        }
        if explain, let picture = try inspector.explanation(of: image, verdict) {
          (record.explanation, record.explanationError) = written(
            names.explanations[place], into: heatmaps
          ) { try picture.write(to: $0, as: .heatMap) }
        }
        (record.map, record.mapError) = written(names.maps[place], into: numbers.maps) {
          try verdict.writeMap(to: $0, size: numbers.mapSize)
        }
        line =
          isJSON ? try record.json(explained: explain) : csv ? record.csv : record.line(explain)
        for error in [record.heatmapError, record.mapError, record.explanationError].compactMap(
          \.self)
        {
          broken += 1
          complain("students: \(error)")
        }
      } catch {
        broken += 1
        complain("students: \(told(error))")
        if isJSON { line = try Failure(image: path, error: told(error)).json() }
        if csv { line = InspectionRecord.csv(of: path, error: told(error)) }
      }
      if let shard {
        try shard.append(shown(line ?? ""), number: place, isFailure: broken > brokenBefore)
      } else if let line {
        say(line)
      }
      number += 1
      // On a terminal the lines themselves show how far it is.
      if paths.count > 1, isatty(STDOUT_FILENO) == 0 {
        display.show("inspecting", number, paths.count)
      }
    }
    try shard?.finish()
    readingNotes.finish()
    if broken > 0 { throw ExitCode(2) }
    if anomalous > 0 { throw ExitCode(1) }
  }

  /// Lines of shards are those of --json.
  private var isJSON: Bool { json || shards.shards != nil }

  /// The images of all parts: those that are named, those of folders, and those of the list.
  private func allPaths() throws -> [String] {
    let named = try images.flatMap { path -> [String] in
      guard !ImageAddress.isAddress(path), try isFolder(path) else { return [path] }
      let folders = recursive ? try ImageFolder.tree(path) : [try ImageFolder(path)]
      for note in folders.flatMap(\.notes) { complain(note) }
      return folders.flatMap(\.paths)
    }
    return named + (try list.listed())
  }

  /// Writes a file into a folder, where one is asked for; gives its path, or why it cannot be written.
  private func written(
    _ name: @autoclosure () -> String, into folder: String?, _ write: (String) throws -> Void
  ) -> (path: String?, error: String?) {
    guard let folder else { return (nil, nil) }
    let path = SystemPath.joined(folder, name())
    do {
      try write(path)
      return (path, nil)
    } catch { return (nil, told(error)) }
  }
}
