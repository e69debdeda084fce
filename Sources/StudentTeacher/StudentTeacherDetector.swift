public import AnomalyDetection
public import Images
public import Networks
public import Tensors

/// The paper's method, fitted: students that imitate a teacher on good images, and only there.
///
/// Where an image differs from all that the students have seen, they miss the teacher's descriptor
/// and disagree with each other.
public struct StudentTeacherDetector: AnomalyDetector {
  /// The name on the command line and in model files.
  public static let method = "student-teacher"

  /// Where descriptors are computed; the calibration of a model belongs to it.
  public var density: Density? { mapping.density }
  let scales: [FittedScale]
  let normalizations: [ScoreNormalization]
  let mapping: DescriptorMapping
  /// Where p = 17 looks at density `screen`; nil without both cheap and expensive scales.
  let screening: Screening?

  init(
    scales: [FittedScale], normalizations: [ScoreNormalization], mapping: DescriptorMapping,
    screening: Screening? = nil
  ) {
    self.scales = scales
    self.normalizations = normalizations
    self.mapping = mapping
    self.screening = Self.canScreen(scales) ? screening : nil
  }

  /// One fills a processor; a graphics card is busy with several only.
  public var imagesTogether: Int { mapping.device == .cpu ? 1 : 8 }

  /// Scores every pixel: the mean over the scales of normalised error and uncertainty.
  public func anomalyMap(of image: Image) throws -> AnomalyMap {
    try anomalyMaps(of: [image])[0]
  }

  /// The same of several images of one size; all stays on the device until the maps are done.
  public func anomalyMaps(of images: [Image]) throws -> [AnomalyMap] {
    guard let first = images.first else { return [] }
    let pixels = try Image.tensor(of: images).to(mapping.device)
    let scores =
      if mapping.density == .screen, let screening {
        try self.scores(of: pixels, screening: screening)
      } else {
        try self.scores(of: pixels, by: Array(scales.indices))
      }
    return try fused(scores).scalarsOfEach().map {
      AnomalyMap(height: first.height, width: first.width, scores: $0)
    }
  }

  /// The normalised scores of every pixel by some of the scales, each N × 1 × H × W.
  func scores(of pixels: Tensor, by numbers: [Int]) throws -> [Tensor] {
    try numbers.map { number in
      let (error, uncertainty) = try scales[number].errorAndUncertainty(
        of: pixels, density: mapping.density, padding: mapping.padding)
      return try normalizedScore(
        error: error, uncertainty: uncertainty, normalizations[number])
    }
  }
}

extension StudentTeacherDetector {
  /// The detector on another device, or computing with other numbers (`bfloat16` is for graphics
  /// cards, and changes scores by about a percent).
  public func running(on device: Device, precision: ScalarType = .float32) throws -> Self {
    let mapping = mapping.running(on: device, precision: precision)
    if mapping == self.mapping { return self }
    return Self(
      scales: try scales.map { scale in
        let there = FittedScale(
          teacher: try scale.teacher.map { try $0.to(precision).to(device) },
          statistics: try scale.statistics.map { try $0.to(device) },
          students: try scale.students.map { try $0.map { try $0.to(precision).to(device) } })
        // Once for all maps; on a CPU what is made ready takes much memory, and is made for each map.
        return device == .cpu ? there : try there.frozen()
      }, normalizations: normalizations, mapping: mapping, screening: screening)
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
      mapping: mapping.density == .screen ? mapping.at(.strided) : mapping)
  }

  /// The detector with the first of its students, as for a table of their number.
  ///
  /// Error and uncertainty depend on how many there are, so that they are normalised again; the model's
  /// calibration is of all students.
  ///
  /// - Parameters:
  ///   - count: How many are kept; at least one, and no more than there are.
  ///   - training: The images that the students learnt from.
  ///   - run: Device and progress.
  /// - Returns: The detector.
  /// - Throws: What reading images and libtorch throw.
  public func keeping(
    students count: Int, normalizedOn training: ImageCollection, run: TrainingRun
  ) async throws -> Self {
    let kept = scales.map { scale in
      FittedScale(
        teacher: scale.teacher, statistics: scale.statistics,
        students: Array(scale.students.prefix(max(1, count))))
    }
    return try await Self.normalized(
      kept, mapping: mapping, on: training, settings: "\(count) students", run: run)
  }

  /// The same detector, its descriptors computed at other pixels.
  ///
  /// The channels keep their weights: error and uncertainty at every pixel have the moments that they
  /// have at every fourth.
  public func at(_ density: Density) -> Self {
    Self(
      scales: scales, normalizations: normalizations, mapping: mapping.at(density),
      screening: screening)
  }

  /// How many training images error and uncertainty are measured on; they have millions of pixels.
  static let normalizationImages = 50

  /// A detector of fitted scales, normalised by what they score on images that they learnt from.
  ///
  /// The paper takes validation images. But what a score depends on must not have seen the images that
  /// calibrate it, and good images are few: so the scores' moments come from training images. They lie
  /// lower there, in all channels alike; only the channels' weights follow from them, and the
  /// calibration absorbs the rest.
  ///
  /// - Parameters:
  ///   - scales: Teachers and students.
  ///   - mapping: How descriptors are computed.
  ///   - training: The images, of one size, that the students learnt from.
  ///   - settings: What the students depend on, as text.
  ///   - run: Seed, checkpoints and progress.
  /// - Returns: The detector.
  /// - Throws: What reading images and libtorch throw.
  static func normalized(
    _ scales: [FittedScale], mapping: DescriptorMapping, on training: ImageCollection,
    settings: String, run: TrainingRun
  ) async throws -> Self {
    let images = training.sample(of: normalizationImages, seed: run.seed)
    var normalizations: [ScoreNormalization] = []
    for scale in scales {
      normalizations.append(
        try await scale.frozen().normalization(
          on: images, mapping, settings: settings, run))
    }
    return try await Self(scales: scales, normalizations: normalizations, mapping: mapping)
      .screened(on: images, settings: settings, run: run)
  }
}
