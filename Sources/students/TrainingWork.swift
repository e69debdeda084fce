import Files
import UninformedStudents

/// What a training is made of, as the options of `students train` say.
struct TrainingWork: Sendable {
  let images: ImageCollection
  let framing: Framing
  let plan: CalibrationPlan
  let good: GoodImages
  let method: any AnomalyMethod
  var run: TrainingRun

  /// Reads what the options name, and says what is odd about it.
  ///
  /// - Parameters:
  ///   - options: The options.
  ///   - folder: The good images.
  ///   - device: Where the training runs.
  ///   - display: Shows its progress; nil for none, and nothing said.
  /// - Throws: What reading files throws.
  init(
    _ options: Train, _ folder: ImageFolder, on device: Device, _ display: ProgressDisplay?
  ) async throws {
    images = ImageCollection(
      folder, maxPixels: options.compute.maxPixels, reading: options.files.reading)
    plan = options.calibration.plan(share: options.validation)
    framing = try options.looking.framing(of: images, maxPixels: options.compute.maxPixels)
    good = try naming(options.goodFolder) { [images, framing] in
      try GoodImages(images.framed(by: framing), heldOut: options.validation, seed: options.seed)
    }
    method = options.chosenMethod(for: device)
    run = TrainingRun(
      seed: options.seed, device: device,
      teachers: try teachers(options.teacher, for: method.receptiveFields),
      encoder: try options.baseline.pretrained.network(), progress: { display?.show($0) })
    guard let display else { return }
    if let students = method as? StudentTeacherMethod, students.density == .screen,
      !students.canScreen
    {
      complain(
        "--density screen leaves p = 17 out of what looks ordinary to larger receptive fields; without "
          + "--scales 17,33,65 it is the same as strided")
    }
    for note in folder.notes { complain(note) }
    let elongated = try await check(images, framing, display)
    if let warning = options.looking.warning(elongated: elongated, of: images.count) {
      complain(warning)
    }
  }
}
