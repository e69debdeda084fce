import ArgumentParser
import UninformedStudents

/// The pretrained network of the CNN feature dictionary.
struct PretrainedOptions: ParsableArguments {
  @Option(
    help:
      "The pretrained network of \(MethodEntry.allCases.filter(\.needsEncoder).list): safetensors or .pth."
  )
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
      discussion:
        "The default is the paper's: 5,000 for knn, 50,000 for the others; for ocsvm with "
        + "the recipe fast 10,000, which takes seconds instead of minutes."),
    in: .amount)
  var vectors: Int?

  @Option(
    help:
      "The share of the variance that the principal components keep, \(MethodOption.pca.takers).",
    in: .someOrAll)
  var pca: Double?

  @Option(help: "The number of centres, \(MethodOption.centers.takers).", in: .amount)
  var centers: Int?

  @Option(
    help: "The share of training vectors that may lie outside, \(MethodOption.nu.takers).",
    in: .someOrAll)
  var nu: Double?

  @Option(
    help: ArgumentHelp(
      "The width of the kernel exp(-gamma |x - y|^2), \(MethodOption.gamma.takers): "
        + "auto, scale or a number.",
      discussion: "auto, the default, is 1 / components; scale is 1 / (components x variance)."),
    in: .gamma)
  var gamma: OneClassSVM.Gamma?

  @Option(
    help: ArgumentHelp(
      "texture (alike everywhere) or object (a part in a fixed place), \(MethodOption.kind.takers).",
      discussion: "The default is object. Textures are learnt from crops, turned at random."))
  var kind: PartKind?

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Whether training views are mirrored, \(MethodOption.mirror.takers).",
      discussion: "The default is to mirror textures only."))
  var mirror: Bool?

  @Option(
    help: """
      Steps of the search for the nearest patch that can be generated, \
      \(MethodOption.searchSteps.takers).
      """,
    in: .searchSteps)
  var searchSteps: Int?

  @OptionGroup var pretrained: PretrainedOptions

  /// What was chosen.
  var chosen: MethodOptions {
    var options = MethodOptions()
    options.vectors = vectors
    options.pca = pca
    options.centers = centers
    options.nu = nu
    options.gamma = gamma
    options.kind = kind
    options.mirror = mirror
    options.searchSteps = searchSteps
    options.encoderDepth = pretrained.encoderDepth
    return options
  }

  /// Refuses options of other methods.
  func check(for method: MethodEntry) throws {
    let foreign =
      (pretrained.encoder == nil || method.needsEncoder ? [] : ["--encoder"])
      + chosen.chosen.filter { !method.options.contains($0) }.map(\.flag)
    if let option = foreign.first {
      throw ValidationError("\(option) does not apply to --method \(method).")
    }
    guard !method.needsEncoder || pretrained.encoder != nil else {
      throw ValidationError("--method \(method) needs --encoder, such as resnet18.pth.")
    }
  }
}
