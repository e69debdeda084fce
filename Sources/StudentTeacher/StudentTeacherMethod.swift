public import AnomalyDetection
public import Datasets
import Files
public import Networks
public import Tensors

/// Student-teacher anomaly detection with discriminative latent embeddings.
///
/// The method of Bergmann et al. (CVPR 2020): students regress the descriptors of a pretrained
/// teacher on good images; their error and their disagreement, over all receptive fields, mark
/// what they have never seen.
public struct StudentTeacherMethod: AnomalyMethod, Equatable {
  /// The receptive fields; one teacher and one set of students each.
  ///
  /// The paper fuses three. The recipe fast takes p = 33 alone: on bottle, screw and wood it judges
  /// images better and regions as well, learns in a third of the time and maps in an eighth
  /// (Documentation/Results.md).
  public var scales: [ReceptiveField]
  /// Students a scale, M in the paper.
  public var students = 3
  /// How the students are trained.
  public var recipe = Recipe.fast
  /// How often each image is seen; nil for the recipe's own number (100 of the paper's).
  public var epochs: Int?
  /// Steps of the fast recipe where no number of epochs is given; nil for ``fastSteps``.
  public var steps: Int?
  /// The step sizes.
  public var adam: Adam.Settings
  /// Windows a step of the fast recipe; the paper's takes one image.
  public var batch = 4
  /// How good images are changed at random while students learn; nil for not at all.
  public var augmentation: Augmentation?
  /// What stands beyond the border of an image.
  public var padding = Padding.reflection
  /// Where descriptors are computed when an image is scored.
  public var density: Density?

  /// The defaults of a recipe.
  public init(recipe: Recipe = .fast) {
    self.recipe = recipe
    switch recipe {
    case .paper:
      scales = ReceptiveField.allCases
      adam = Adam.Settings(learningRate: 1e-4, weightDecay: 1e-5)
      density = .full
    case .fast:
      scales = [.p33]
      adam = Adam.Settings(learningRate: 5e-4, weightDecay: 1e-5)
      density = .strided
    }
  }

  /// Steps of the fast recipe.
  public static let fastSteps = 2000
  /// Steps of a first look, which shows in a few minutes what a whole training is worth.
  public static let quickSteps = 500

  /// How many steps each student is trained for, with so many training images.
  public func steps(imageCount: Int) -> Int {
    switch recipe {
    case .paper: (epochs ?? 100) * imageCount
    case .fast: epochs.map { max(1, $0 * imageCount / batch) } ?? steps ?? Self.fastSteps
    }
  }

  /// Whether some of the receptive fields can say where the most expensive one looks.
  public var canScreen: Bool { Screening.isPossible(scales) }

  /// One teacher a scale.
  public var receptiveFields: [ReceptiveField] { scales }

  /// Trains the students of every scale, then measures how they err on some of the same images.
  public func fit(
    _ training: ImageCollection, run: TrainingRun
  ) async throws -> StudentTeacherDetector {
    try await StudentTeacherDetector.normalized(
      trainedScales(training, run), density: density, padding: padding, on: training,
      settings: json(), run: run.alone)
  }

  /// Trains the same students in step with rank 0.
  public func assist(_ training: ImageCollection, run: TrainingRun) async throws {
    _ = try await trainedScales(training, run)
  }

  private func trainedScales(
    _ training: ImageCollection, _ run: TrainingRun
  ) async throws -> [FittedScale] {
    // All of them before any is begun: one that cannot be shared is found out now.
    let trainings = try scales.map {
      try StudentTraining(self, run.teacher($0), on: training, run)
    }
    var trained: [FittedScale] = []
    for training in trainings { trained.append(try await training.fit(run: run)) }
    return trained
  }

  /// All that is trained, which is students.
  public var isSharedByGroups: Bool { true }

  /// One a student.
  public var pieceCount: Int { scales.count * students }

  /// Trains a student of a scale.
  public func makePiece(
    _ number: Int, from training: ImageCollection, run: TrainingRun
  ) async throws {
    let (place, student) = number.quotientAndRemainder(dividingBy: students)
    try await StudentTraining(self, run.teacher(scales[place]), on: training, run)
      .makePiece(student, run: run)
  }

  /// What training will take, from a few steps and a map of each scale on this machine.
  public func cost(of training: ImageCollection, run: TrainingRun) throws -> TrainingCost {
    let quiet = TrainingRun(seed: 0, device: run.device)
    var (learning, map) = (0.0, 0.0)
    for scale in scales {
      let students = try StudentTraining(self, run.teacher(scale), on: training, quiet)
      let cost = try students.cost(density: density ?? .strided, quiet)
      let normalized = min(training.count, StudentTeacherDetector.normalizationImages)
      learning +=
        Double(steps(imageCount: training.count)) * cost.step
        + Double(training.count) * cost.statistics + Double(normalized) * cost.map
      map += cost.map
    }
    return TrainingCost(learning: learning, map: map)
  }
}
