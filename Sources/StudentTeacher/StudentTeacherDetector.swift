public import AnomalyDetection
public import Datasets
public import Networks
import Tensors

/// The paper's method, fitted: students that imitate a teacher on good images, and only there.
///
/// Where an image differs from all that the students have seen, they miss the teacher's descriptor
/// and disagree with each other: see ``PlacedStudents`` for how that becomes a map.
public struct StudentTeacherDetector: AnomalyDetector {
  /// The name on the command line and in model files.
  public static let method = "student-teacher"

  let scales: [FittedScale]
  let normalizations: [ScoreNormalization]
  /// What stands beyond the border of an image.
  let padding: Padding
  /// Where p = 17 looks at density `screen`; nil without both cheap and expensive scales.
  let screening: Screening?

  init(
    scales: [FittedScale], normalizations: [ScoreNormalization], padding: Padding,
    screening: Screening? = nil
  ) {
    self.scales = scales
    self.normalizations = normalizations
    self.padding = padding
    self.screening = Screening.isPossible(scales.map(\.receptiveField)) ? screening : nil
  }

  /// All.
  public var densities: [Density] { Density.allCases }

  /// All.
  public var precisions: [Precision] { Precision.allCases }

  /// The teacher for p = 33, whose patches show people something and are found in their place, or else
  /// the first.
  public var describer: PatchDescriber? {
    let scale = scales.first { $0.receptiveField == .p33 } ?? scales.first
    return scale.map { PatchDescriber($0.teacher, padding: padding) }
  }

  /// The detector where it runs.
  public func placed(for execution: Execution) throws -> any PlacedDetector {
    try PlacedStudents(self, execution)
  }

  /// The detector with some of its receptive fields, as for the paper's table of them.
  ///
  /// Its scores are on another scale than those that the model was calibrated with: for figures
  /// that depend on their order alone. It screens nothing.
  ///
  /// - Parameter receptiveFields: Those that are kept.
  /// - Returns: The detector; nil where it has none of them.
  public func keeping(_ receptiveFields: [ReceptiveField]) -> Self? {
    let kept = scales.indices.filter { receptiveFields.contains(scales[$0].receptiveField) }
    guard !kept.isEmpty else { return nil }
    return Self(
      scales: kept.map { scales[$0] }, normalizations: kept.map { normalizations[$0] },
      padding: padding)
  }

  /// The detector with the first of its students, as for a table of their number.
  ///
  /// Error and uncertainty depend on how many there are, so that they are normalised again; the model's
  /// calibration is of all students.
  ///
  /// - Parameters:
  ///   - count: How many are kept; at least one, and no more than there are.
  ///   - density: That of the maps.
  ///   - training: The images that the students learnt from.
  ///   - run: Device and progress.
  /// - Returns: The detector.
  /// - Throws: What reading images and libtorch throw.
  public func keeping(
    students count: Int, density: Density? = nil, normalizedOn training: ImageCollection,
    run: TrainingRun
  ) async throws -> Self {
    let kept = scales.map { scale in
      FittedScale(
        teacher: scale.teacher, statistics: scale.statistics,
        students: Array(scale.students.prefix(max(1, count))))
    }
    return try await Self.normalized(
      kept, density: density, padding: padding, on: training, settings: "\(count) students",
      run: run)
  }
}

// MARK: - Normalisation

extension StudentTeacherDetector {
  /// How many training images error and uncertainty are measured on; they have millions of pixels.
  static let normalizationImages = 50

  /// A detector of fitted scales, normalised by what they score on images that they learnt from.
  ///
  /// The paper takes validation images. But what a score depends on must not have seen the images that
  /// calibrate it, and good images are few: so the scores' moments come from training images. They lie
  /// lower there, in all channels alike; only the channels' weights follow from them, and the
  /// calibration absorbs the rest. Maps of all densities share them: error and uncertainty at every pixel
  /// have the moments that they have at every fourth.
  ///
  /// - Parameters:
  ///   - scales: Teachers and students.
  ///   - density: At how many pixels they are measured.
  ///   - padding: What stands beyond the border.
  ///   - training: The images, of one size, that the students learnt from.
  ///   - settings: What the students depend on, as text.
  ///   - run: Seed, checkpoints and progress.
  /// - Returns: The detector.
  /// - Throws: What reading images and libtorch throw.
  static func normalized(
    _ scales: [FittedScale], density: Density?, padding: Padding, on training: ImageCollection,
    settings: String, run: TrainingRun
  ) async throws -> Self {
    let images = training.sample(of: normalizationImages, seed: run.seed)
    // Screening needs what is measured here.
    let execution = Execution(on: run.device, density: density == .full ? .full : .strided)
    var normalizations: [ScoreNormalization] = []
    for scale in scales {
      let raw = Self(scales: [scale], normalizations: [.none], padding: padding)
      let measured = try await run.measurements(
        "scoring good images, p = \(scale.receptiveField.rawValue)", of: images,
        by: raw.prepared(for: execution), width: 6,
        settings: "\(settings) seed \(run.seed) images \(images.count)"
      ) { evidence in
        evidence.components.flatMap { Moments(of: evidence.map.deciding($0.scores)).numbers }
      }
      var normalization = ScoreNormalization()
      for numbers in measured {
        normalization.add(
          ScoreNormalization(
            error: Moments(numbers: numbers[..<3]), uncertainty: Moments(numbers: numbers[3...])))
      }
      normalizations.append(try normalization.checked(students: scale.students.count))
    }
    let detector = Self(scales: scales, normalizations: normalizations, padding: padding)
    return Self(
      scales: scales, normalizations: normalizations, padding: padding,
      screening: try await detector.screening(on: images, settings: settings, run: run))
  }

  /// The screening that leaves out parts of an image that look ordinary to the cheap scales.
  ///
  /// - Parameters:
  ///   - images: Good images of one size; not those that calibrate the detector.
  ///   - settings: What the scores depend on, as text.
  ///   - run: Device and progress.
  /// - Returns: The screening; nil without both cheap and expensive scales.
  /// - Throws: What reading images and libtorch throw.
  private func screening(
    on images: ImageCollection, settings: String, run: TrainingRun
  ) async throws -> Screening? {
    let fields = scales.map(\.receptiveField).filter(Screening.isCheap)
    guard Screening.isPossible(scales.map(\.receptiveField)), let cheap = keeping(fields) else {
      return nil
    }
    let first = try images.image(0)
    let parts = Screening.parts(height: first.height, width: first.width)
    let measured = try await run.measurements(
      "screening good images", of: images,
      by: cheap.prepared(for: Execution(on: run.device, density: .strided)), width: parts.count,
      settings: "\(settings) seed \(run.seed) images \(images.count)"
    ) { evidence in
      let sums = evidence.map.decidingScores.map { $0 * Float(fields.count) }
      return parts.map { Double(Screening.peak(of: $0, in: sums, width: first.width)) }
    }
    // Parts that are ignored altogether have no peak.
    return Screening(peaks: measured.flatMap(\.self).filter { $0 > -.infinity })
  }
}
