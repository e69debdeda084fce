public import AnomalyDetection
public import Baselines
public import Networks

/// A setting that users choose for a method; the raw value is its name on the command line.
///
/// ``MethodEntry/options`` says which methods take it.
public enum MethodOption: String, CaseIterable, Sendable {
  case scales
  case students
  case recipe
  case epochs
  case quick
  case learningRate = "learning-rate"
  case padding
  case density
  case augment
  case vectors
  case pca
  case centers
  case nu
  case gamma
  case kind
  case mirror
  case searchSteps = "search-steps"
  case encoderDepth = "encoder-depth"

  /// How it is written on the command line, such as `--vectors`.
  public var flag: String { "--\(rawValue)" }

  /// The methods that take it.
  public var methods: [MethodEntry] { MethodEntry.allCases.filter { $0.options.contains(self) } }
}

/// What users chose for a method; nil leaves a setting as it is.
public struct MethodOptions: Sendable {
  /// The patches that are used; of methods that take one, the first counts.
  public var scales: [ReceptiveField]?
  /// Students for each receptive field.
  public var students: Int?
  /// How long networks learn.
  public var recipe: Recipe?
  /// Times that each image, descriptor or view is seen.
  public var epochs: Int?
  /// Whether a quarter of the steps do, for a first look.
  public var quick = false
  /// The step size of Adam.
  public var learningRate: Double?
  /// What stands beyond the border of an image.
  public var padding: Padding?
  /// Where descriptors are computed when an image is scored.
  public var density: Density?
  /// What a good part may do.
  public var augment: [PartChange]?
  /// Descriptors that are learnt from at most.
  public var vectors: Int?
  /// The share of the variance that principal components keep, above 0 and at most 1.
  public var pca: Double?
  /// The number of centres.
  public var centers: Int?
  /// The share of training vectors that may lie outside, above 0 and at most 1.
  public var nu: Double?
  /// The width of the kernel.
  public var gamma: OneClassSVM.Gamma?
  /// What is inspected.
  public var kind: PartKind?
  /// Whether views to learn from are mirrored.
  public var mirror: Bool?
  /// Steps of the search for the nearest crop that can be generated.
  public var searchSteps: Int?
  /// After how many of its stages or blocks the features of an encoder are taken.
  public var encoderDepth: Int?

  /// Nothing is chosen.
  public init() {}

  /// The options that are chosen, in the order of ``MethodOption``.
  public var chosen: [MethodOption] { MethodOption.allCases.filter(has) }

  private func has(_ option: MethodOption) -> Bool {
    switch option {
    case .scales: scales != nil
    case .students: students != nil
    case .recipe: recipe != nil
    case .epochs: epochs != nil
    case .quick: quick
    case .learningRate: learningRate != nil
    case .padding: padding != nil
    case .density: density != nil
    case .augment: augment != nil
    case .vectors: vectors != nil
    case .pca: pca != nil
    case .centers: centers != nil
    case .nu: nu != nil
    case .gamma: gamma != nil
    case .kind: kind != nil
    case .mirror: mirror != nil
    case .searchSteps: searchSteps != nil
    case .encoderDepth: encoderDepth != nil
    }
  }
}
