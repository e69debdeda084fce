import ArgumentParser
import UninformedStudents

/// What can be chosen about the baselines that judge descriptors.
struct BaselineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Descriptors to learn from.",
      discussion: "The default is the paper's: 5,000 for knn, 50,000 for the others."))
  var vectors: Int?

  @Option(help: "The share of the variance that principal components keep, for knn, ocsvm, kmeans.")
  var pca: Double?

  @Option(help: "The number of centres, for kmeans.")
  var centers: Int?

  @Option(help: "The share of training vectors that may lie outside, for ocsvm.")
  var nu: Double?

  @Option(
    help: ArgumentHelp(
      "The width of the kernel exp(-gamma |x - y|^2), for ocsvm.",
      discussion: "The default is 1 / (components x variance)."))
  var gamma: Double?

  /// Refuses values that make no sense, and options of other methods than `name`.
  func check(for name: MethodName) throws {
    let only: [(isGiven: Bool, option: String, methods: [MethodName])] = [
      (vectors != nil, "--vectors", [.knn, .ocsvm, .kmeans, .ae, .vae]),
      (pca != nil, "--pca", [.knn, .ocsvm, .kmeans]), (centers != nil, "--centers", [.kmeans]),
      (nu != nil, "--nu", [.ocsvm]), (gamma != nil, "--gamma", [.ocsvm]),
    ]
    for (isGiven, option, methods) in only where isGiven && !methods.contains(name) {
      throw ValidationError("\(option) is not for --method \(name.rawValue).")
    }
    let positive = [vectors.map(Double.init), centers.map(Double.init), gamma]
    guard positive.allSatisfy({ $0 ?? 1 > 0 }) else {
      throw ValidationError("--vectors, --centers and --gamma need more than 0.")
    }
    guard [pca, nu].allSatisfy({ $0.map { $0 > 0 && $0 <= 1 } ?? true }) else {
      throw ValidationError("--pca and --nu need a share above 0, at most 1.")
    }
  }

  /// The baseline of a name with these options; nil for what is no baseline.
  func method(
    _ name: MethodName, _ field: ReceptiveField, padding: Padding, density: Density?,
    epochs: Int?, learningRate: Double?
  ) -> (any AnomalyMethod)? {
    func made<Model>(
      _: Model.Type, _ change: (inout Model.Settings) -> Void
    ) -> DescriptorMethod<Model> {
      var method = DescriptorMethod<Model>()
      method.receptiveField = field
      method.padding = padding
      if let density { method.density = density }
      if let pca { method.variance = pca }
      change(&method.model)
      return method
    }
    let network = { (settings: inout DescriptorAutoencoder.Settings) in
      if let vectors { settings.vectors = vectors }
      if let epochs { settings.epochs = epochs }
      if let learningRate { settings.adam.learningRate = learningRate }
    }
    switch name {
    case .studentTeacher: return nil
    case .knn:
      return made(NearestNeighbor.self) { if let vectors { $0.vectors = vectors } }
    case .ocsvm:
      return made(OneClassSVM.self) {
        if let vectors { $0.vectors = vectors }
        if let nu { $0.nu = nu }
        if let gamma { $0.gamma = gamma }
      }
    case .kmeans:
      return made(KMeans.self) {
        if let vectors { $0.vectors = vectors }
        if let centers { $0.centers = centers }
      }
    case .ae: return made(DescriptorAutoencoder.self, network)
    case .vae: return made(VariationalAutoencoder.self) { network(&$0.network) }
    }
  }
}
