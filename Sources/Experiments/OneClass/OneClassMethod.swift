public import UninformedStudents
import Tensors

extension MethodName {
  /// Those that build on one teacher's descriptors, and are compared unless the caller chooses; OCGAN
  /// learns images, for as long as all of them together.
  public static let oneClassDefault = oneClass.filter { $0 != .ocgan }

  /// The methods of the one-class tables, in the paper's order.
  public static let oneClass: [MethodName] = [
    .ocgan, .knn, .kmeans, .ocsvm, .ae, .vae, .studentTeacher,
  ]
}

/// How anomalous a method finds each test image.
struct OneClassScores {
  var fused: [Float] = []
  /// What the students' scores are made of; empty for other methods.
  var error: [Float] = []
  var uncertainty: [Float] = []
}

/// One class to learn, and images of all classes to tell from it.
struct OneClassTask {
  /// Describes images, each zoomed to a patch.
  let teacher: PatchDescriptor
  /// Images of the class.
  let training: LabeledImages
  /// What the teacher says of them, count × 128.
  let trainingDescriptors: Tensor
  let test: LabeledImages
  let testDescriptors: Tensor

  /// How anomalous a method finds each test image after learning the class.
  func scores(
    _ name: MethodName, students: PatchStudents.Settings, ocgan: OCGAN.Settings, run: TrainingRun
  ) async throws -> OneClassScores {
    switch name {
    case .studentTeacher: return try await studentScores(students, run)
    case .knn:
      var settings = NearestNeighbor.Settings()
      settings.vectors = nil
      return try await scores(NearestNeighbor.self, settings, run)
    case .kmeans: return try await scores(KMeans.self, .init(), run)
    case .ocsvm: return try await scores(OneClassSVM.self, .init(), run)
    case .ae: return try await scores(DescriptorAutoencoder.self, .oneClass, run)
    case .vae: return try await scores(VariationalAutoencoder.self, .oneClass, run)
    case .ocgan: return try await pictureScores(ocgan, run)
    case .ssimAE, .anogan, .cnnDictionary: throw ExperimentError.notOneClass(name.rawValue)
    }
  }

  private func scores<Model: DescriptorModel>(
    _: Model.Type, _ settings: Model.Settings, _ run: TrainingRun
  ) async throws -> OneClassScores {
    let model = try await Model(
      fitting: trainingDescriptors.to(run.device), settings: settings, run: run)
    return OneClassScores(fused: try model.scores(of: testDescriptors.to(run.device)).scalars())
  }

  private func studentScores(
    _ settings: PatchStudents.Settings, _ run: TrainingRun
  ) async throws -> OneClassScores {
    let side = teacher.receptiveField.patchSide
    let students = try await PatchStudents(
      imitating: teacher, descriptors: trainingDescriptors,
      of: { try training.patches($0, side: side) }, settings: settings, run: run)
    var scores = OneClassScores()
    for start in stride(from: 0, to: test.count, by: Self.part) {
      let numbers = Array(start..<min(start + Self.part, test.count))
      let part = try students.scores(of: test.patches(numbers, side: side))
      scores.fused += part.fused
      scores.error += part.error
      scores.uncertainty += part.uncertainty
      try run.report("scoring", step: scores.fused.count, of: test.count)
    }
    return scores
  }

  /// The mean error of the pixels of each image.
  private func pictureScores(
    _ settings: OCGAN.Settings, _ run: TrainingRun
  ) async throws -> OneClassScores {
    let side = OCGAN.Settings.layout(.object).side
    let model = try await OCGAN(
      fitting: PatchBatches(
        count: training.count, side: side, batch: settings.batch, seed: run.seed
      ) { try training.patches($0, side: side) }, settings: settings, run: run)
    var scores = OneClassScores()
    for start in stride(from: 0, to: test.count, by: Self.part) {
      let numbers = Array(start..<min(start + Self.part, test.count))
      scores.fused += try model.scores(of: test.patches(numbers, side: side).to(run.device))
        .mean(over: [1, 2, 3]).scalars()
      try run.report("scoring", step: scores.fused.count, of: test.count)
    }
    return scores
  }

  private static let part = 256
}
