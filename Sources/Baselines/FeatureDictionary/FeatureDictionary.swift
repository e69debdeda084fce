public import AnomalyDetection
public import Datasets
import Files
import Networks
import Randomness
import Tensors

/// How far the pretrained features of each patch are from those of good patches.
///
/// Napoletano et al. (2018): globally pooled features of a ResNet-18, principal components, and a
/// dictionary of the centres of K-Means. As in Bergmann et al. (2020) patches have 65 pixels and lie
/// four pixels apart. Decisions that the texts leave open: patches are taken as they are, not
/// enlarged; the score is the distance to the nearest entry; what patches see beyond the border is
/// the image mirrored; pixels between the middles of patches are interpolated.
public struct FeatureDictionary: AnomalyMethod, Equatable {
  /// After how many stages or blocks the features are taken; nil for the whole network.
  public var depth: Int?
  /// The side of a patch, odd.
  public var side = 65
  /// Pixels from a patch to the next.
  public var stride = 4
  /// The share of the variance that principal components keep.
  public var variance = 0.95
  /// How the dictionary is made; its ``KMeans/Settings/vectors`` are learnt from at most.
  public var dictionary = KMeans.Settings()

  /// The paper's settings.
  public init() {}

  /// No gradient descent.
  public func steps(imageCount: Int) -> Int { 0 }

  /// Describes random patches of the good images and makes the dictionary.
  public func fit(
    _ training: ImageCollection, run: TrainingRun
  ) async throws -> FeatureDictionaryDetector {
    guard let encoder = run.encoder else { throw TrainingError.noEncoder }
    let patches = DescribedPatches(
      encoder: try encoder.map { try $0.to(run.device) }.frozen(), side: side, stride: stride)
    let count = training.count
    let wanted = max(1, ((dictionary.vectors ?? 50_000) + count - 1) / count)
    try patches.check(training.image(0))
    let rows = try await run.measurements(
      "describing good images", count: count, width: wanted * encoder.dimension,
      settings: "\(json()) seed \(run.seed) images \(count)"
    ) { number in
      var random = SeededGenerator(seed: run.seed, for: .dictionary, number)
      let pixels = try training.image(number).tensor().to(run.device)
      return try patches.features(of: pixels, count: wanted, &random).doubles()
    }
    let features = try Tensor(
      shape: [count * wanted, encoder.dimension],
      scalars: rows.flatMap { $0.map(Float.init) }
    ).to(run.device)
    let components = try PrincipalComponents(of: features, keeping: variance)
      .map { try $0.to(run.device) }
    let entries = try await KMeans(
      fitting: components.projected(features), settings: dictionary, run: run)
    return FeatureDictionaryDetector(
      method: self, pretrained: encoder, components: try components.map { try $0.to(.cpu) },
      dictionary: try entries.on(.cpu, settings: dictionary))
  }

  /// How many seconds describing and mapping take, from timing some patches.
  public func cost(of training: ImageCollection, run: TrainingRun) throws -> TrainingCost {
    guard let encoder = run.encoder else { throw TrainingError.noEncoder }
    let patches = DescribedPatches(
      encoder: try encoder.map { try $0.to(run.device) }.frozen(), side: side, stride: stride)
    let pixels = try training.image(0).tensor().to(run.device)
    var random = SeededGenerator(seed: run.seed)
    let start = ContinuousClock.now
    _ = try patches.features(of: pixels, count: Self.timed, &random).scalars()
    let each = (ContinuousClock.now - start) / .seconds(Self.timed)
    let (_, _, height, width) = pixels.imageAxes
    let perMap = Double(height / stride * (width / stride))
    return TrainingCost(
      learning: each * Double(dictionary.vectors ?? 50_000), map: each * perMap)
  }

  private static let timed = 256
}
