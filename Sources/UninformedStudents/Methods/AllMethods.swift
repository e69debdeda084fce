import AnomalyDetection
import Baselines
import StudentTeacher

extension MethodEntry: CaseIterable {
  /// Every method that can be trained on images, in the order of the paper's table of MVTec AD.
  public static let allCases: [MethodEntry] = [
    studentTeacher, knn, ocsvm, kmeans, ae, vae, ssimAE, anogan, cnnDictionary, ocgan,
  ]

  /// Students that regress a teacher: the paper's own.
  public static let studentTeacher = MethodEntry(
    "students that imitate a teacher on good images: the paper's own method",
    receptiveFields: ReceptiveField.allCases,
    options: [
      .scales, .students, .recipe, .epochs, .quick, .learningRate, .padding, .density, .augment,
    ],
    oneClass: OneClassColumn(place: 6) { try await $0.studentScores($1) }
  ) { options in
    var method = StudentTeacherMethod(recipe: options.recipe ?? .fast)
    method.scales = options.scales ?? method.scales
    method.students = options.students ?? method.students
    method.epochs = options.epochs
    method.steps = options.quick ? StudentTeacherMethod.quickSteps : nil
    method.adam.learningRate = options.learningRate ?? method.adam.learningRate
    method.padding = options.padding ?? method.padding
    method.density = options.density ?? method.density
    method.augmentation = options.augment.map { Augmentation($0) }
    return method
  }

  /// The distance to the nearest descriptor.
  public static let knn = ofDescriptors(
    NearestNeighbor.self, "the distance to the nearest descriptor of good images",
    options: [.vectors, .pca], oneClass: (1, .oneClass)
  ) { method, options in
    method.model.vectors = options.vectors ?? method.model.vectors
    method.variance = options.pca ?? method.variance
  }

  /// A one-class support vector machine.
  public static let ocsvm = ofDescriptors(
    OneClassSVM.self, "a one-class support vector machine of descriptors",
    options: [.vectors, .pca, .nu, .gamma, .recipe], oneClass: (3, .init())
  ) { method, options in
    method.model.vectors = options.vectors ?? OneClassSVM.Settings.vectors(options.recipe ?? .fast)
    method.variance = options.pca ?? method.variance
    method.model.nu = options.nu ?? method.model.nu
    method.model.gamma = options.gamma ?? method.model.gamma
  }

  /// The distance to the nearest of a few centres.
  public static let kmeans = ofDescriptors(
    KMeans.self, "the distance to the nearest of a few centres of descriptors",
    options: [.vectors, .pca, .centers], oneClass: (2, .init())
  ) { method, options in
    method.model.vectors = options.vectors ?? method.model.vectors
    method.variance = options.pca ?? method.variance
    method.model.centers = options.centers ?? method.model.centers
  }

  /// An ℓ2-autoencoder of descriptors.
  public static let ae = ofDescriptors(
    DescriptorAutoencoder.self, "an autoencoder of descriptors",
    options: [.vectors, .epochs, .learningRate], oneClass: (4, .oneClass)
  ) { method, options in
    method.model.take(options)
  }

  /// A variational autoencoder of descriptors.
  public static let vae = ofDescriptors(
    VariationalAutoencoder.self, "a variational autoencoder of descriptors",
    options: [.vectors, .epochs, .learningRate], oneClass: (5, .oneClass)
  ) { method, options in
    method.model.network.take(options)
  }

  /// An autoencoder of crops that compares by structural similarity.
  public static let ssimAE = ofCrops(
    SSIMAutoencoder.self, "an autoencoder of crops, compared by structural similarity")

  /// A generative adversarial network whose latent vectors are searched.
  public static let anogan = ofCrops(
    AnoGAN.self, "the distance to the nearest crop that a generator can make",
    options: [.searchSteps]
  ) { method, options in
    method.model.searchSteps = options.searchSteps ?? method.model.searchSteps
  }

  /// A dictionary of the pretrained features of patches.
  public static let cnnDictionary = MethodEntry(
    "the distance to the nearest entry of a dictionary of a pretrained network's features",
    needsEncoder: true, options: [.vectors, .pca, .centers, .encoderDepth]
  ) { options in
    var method = FeatureDictionary()
    method.depth = options.encoderDepth
    method.variance = options.pca ?? method.variance
    method.dictionary.centers = options.centers ?? method.dictionary.centers
    method.dictionary.vectors = options.vectors ?? method.dictionary.vectors
    return method
  }

  /// An autoencoder whose codes all stand for good crops.
  ///
  /// For one-class tables it learns as long as all others together, which is why it is not among their
  /// defaults.
  public static let ocgan = ofCrops(
    OCGAN.self, "an autoencoder of crops of which every code stands for a good crop",
    isInMVTecTable: false,
    oneClass: OneClassColumn(place: 0, isDefault: false) {
      try await $0.scores(OCGAN.self, $0.ocgan, $1)
    })
}

extension DescriptorAutoencoder.Settings {
  fileprivate mutating func take(_ options: MethodOptions) {
    vectors = options.vectors ?? vectors
    epochs = options.epochs ?? epochs
    adam.learningRate = options.learningRate ?? adam.learningRate
  }
}
