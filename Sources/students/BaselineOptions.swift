import ArgumentParser
import UninformedStudents

/// The pretrained network of the CNN feature dictionary.
struct PretrainedOptions: ParsableArguments {
  @Option(help: "The pretrained network of cnn-dictionary: safetensors or .pth.")
  var encoder: String?

  @Option(help: "After how many of its stages or blocks to take features.", in: .encoderDepth)
  var encoderDepth: Int?

  /// The network, cut after those stages or blocks; nil where none is named.
  func network() throws -> (any Encoder)? {
    try encoder.map { try UninformedStudents.encoder(contentsOf: $0, depth: encoderDepth) }
  }
}

/// What can be chosen about the baselines.
struct BaselineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Descriptors to learn from.",
      discussion: "The default is the paper's: 5,000 for knn, 50,000 for the others."),
    in: .amount)
  var vectors: Int?

  @Option(
    help: "The share of the variance that principal components keep, for knn, ocsvm, kmeans.",
    in: .someOrAll)
  var pca: Double?

  @Option(help: "The number of centres, for kmeans.", in: .amount)
  var centers: Int?

  @Option(help: "The share of training vectors that may lie outside, for ocsvm.", in: .someOrAll)
  var nu: Double?

  @Option(
    help: ArgumentHelp(
      "The width of the kernel exp(-gamma |x - y|^2), for ocsvm: auto, scale or a number.",
      discussion: "auto, the default, is 1 / components; scale is 1 / (components x variance)."),
    in: .gamma)
  var gamma: OneClassSVM.Gamma?

  @Option(
    help: ArgumentHelp(
      "texture (alike everywhere) or object (a thing in its place), for ssim-ae, anogan, ocgan.",
      discussion: "The default is object. Textures are learnt in patches, turned any way."))
  var kind: PartKind?

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Whether views to learn from are mirrored, for ssim-ae, anogan, ocgan.",
      discussion: "The default is to mirror textures only."))
  var mirror: Bool?

  @Option(
    help: "Steps of the search for the nearest patch that can be generated, for anogan.",
    in: .searchSteps)
  var searchSteps: Int?

  @OptionGroup var pretrained: PretrainedOptions

  /// Refuses values that make no sense, and options of other methods than `name`.
  func check(for name: MethodName) throws {
    let only: [(isGiven: Bool, option: String, methods: [MethodName])] = [
      (vectors != nil, "--vectors", [.knn, .ocsvm, .kmeans, .ae, .vae, .cnnDictionary]),
      (pca != nil, "--pca", [.knn, .ocsvm, .kmeans, .cnnDictionary]),
      (centers != nil, "--centers", [.kmeans, .cnnDictionary]),
      (nu != nil, "--nu", [.ocsvm]), (gamma != nil, "--gamma", [.ocsvm]),
      (kind != nil, "--kind", [.ssimAE, .anogan, .ocgan]),
      (mirror != nil, "--mirror", [.ssimAE, .anogan, .ocgan]),
      (searchSteps != nil, "--search-steps", [.anogan]),
      (pretrained.encoder != nil, "--encoder", [.cnnDictionary]),
      (pretrained.encoderDepth != nil, "--encoder-depth", [.cnnDictionary]),
    ]
    for (isGiven, option, methods) in only where isGiven && !methods.contains(name) {
      throw ValidationError("\(option) is not for --method \(name.rawValue).")
    }
    guard name != .cnnDictionary || pretrained.encoder != nil else {
      throw ValidationError("--method cnn-dictionary needs --encoder, such as resnet18.pth.")
    }
  }

  /// The baseline of a name with these options; nil for what is no baseline.
  func method(
    _ name: MethodName, _ fields: [ReceptiveField], recipe: Recipe, padding: Padding,
    density: Density?, epochs: Int?, learningRate: Double?
  ) -> (any AnomalyMethod)? {
    func made<Model>(
      _: Model.Type, _ change: (inout Model.Settings) -> Void
    ) -> DescriptorMethod<Model> {
      var method = DescriptorMethod<Model>()
      if let field = fields.first { method.receptiveField = field }
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
    func ofPatches<Model>(
      _: Model.Type, _ change: (inout Model.Settings) -> Void = { _ in }
    ) -> PatchMethod<Model> {
      var method = PatchMethod<Model>(kind ?? .object, recipe: recipe)
      if let mirror { method.augmentation.mirrors = mirror }
      if let epochs {
        method.model.steps = max(1, epochs * method.augmentation.patches / method.model.batch)
      }
      if let learningRate { method.model.adam.learningRate = learningRate }
      change(&method.model)
      return method
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
    case .ssimAE: return ofPatches(SSIMAutoencoder.self)
    case .ocgan: return ofPatches(OCGAN.self)
    case .anogan:
      return ofPatches(AnoGAN.self) { if let searchSteps { $0.searchSteps = searchSteps } }
    case .cnnDictionary:
      var method = FeatureDictionary()
      method.depth = pretrained.encoderDepth
      if let pca { method.variance = pca }
      if let centers { method.dictionary.centers = centers }
      if let vectors { method.dictionary.vectors = vectors }
      return method
    }
  }
}
