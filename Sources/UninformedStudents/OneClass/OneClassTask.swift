import AnomalyDetection
package import Baselines
package import Datasets
package import Networks
package import StudentTeacher
package import Tensors

/// One class of small images to learn, and images of all classes to tell from it.
package struct OneClassTask: Sendable {
  /// Describes images, each zoomed to a patch.
  package let teacher: PatchDescriptor
  /// Images of the class.
  package let training: LabeledImages
  /// What the teacher says of them, count × 128.
  package let trainingDescriptors: Tensor
  /// Images of all classes.
  package let test: LabeledImages
  /// What the teacher says of them, count × 128.
  package let testDescriptors: Tensor
  /// How students are trained.
  package let students: PatchStudents.Settings
  /// How OCGAN is trained.
  package let ocgan: OCGAN.Settings

  package init(
    teacher: PatchDescriptor, training: LabeledImages, trainingDescriptors: Tensor,
    test: LabeledImages, testDescriptors: Tensor, students: PatchStudents.Settings,
    ocgan: OCGAN.Settings
  ) {
    self.teacher = teacher
    self.training = training
    self.trainingDescriptors = trainingDescriptors
    self.test = test
    self.testDescriptors = testDescriptors
    self.students = students
    self.ocgan = ocgan
  }

  /// How many images are processed at once.
  private static let part = 256
}

/// How anomalous a method finds each test image; higher is more anomalous.
package struct OneClassScores: Sendable {
  /// What images are judged by.
  package var fused: [Float] = []
  /// What the students' scores are made of; empty for other methods.
  package var error: [Float] = []
  package var uncertainty: [Float] = []
}

// The three ways to learn a class: from the teacher's descriptors, from images, and from both.
extension OneClassTask {
  /// What a model of descriptors finds after learning those of the class.
  func scores<Model: DescriptorModel>(
    _: Model.Type, _ settings: Model.Settings, _ run: TrainingRun
  ) async throws -> OneClassScores {
    let model = try await Model(
      fitting: trainingDescriptors.to(run.device), settings: settings, run: run)
    return OneClassScores(fused: try model.scores(of: testDescriptors.to(run.device)).scalars())
  }

  /// What a model of crops finds, each image being one: the mean over its pixels.
  func scores<Model: CropModel>(
    _: Model.Type, _ settings: Model.Settings, _ run: TrainingRun
  ) async throws -> OneClassScores {
    let side = Model.Settings.layout(.object).side
    let model = try await Model(
      fitting: CropBatches(
        count: training.count, side: side, batch: settings.batch, seed: run.seed
      ) { try training.patches($0, side: side) }, settings: settings, run: run)
    return try scores(side: side, run) { patches in
      let pixels = try model.scores(of: patches.to(run.device))
      return OneClassScores(fused: try pixels.mean(over: [1, 2, 3]).scalars())
    }
  }

  /// What students of the teacher find.
  func studentScores(_ run: TrainingRun) async throws -> OneClassScores {
    let side = teacher.receptiveField.patchSide
    let model = try await PatchStudents(
      imitating: teacher, descriptors: trainingDescriptors,
      of: { try training.patches($0, side: side) }, settings: students, run: run)
    return try scores(side: side, run) { patches in
      let scores = try model.scores(of: patches)
      return OneClassScores(
        fused: scores.fused, error: scores.error, uncertainty: scores.uncertainty)
    }
  }

  /// The scores of all test images, some at a time, each zoomed to a patch.
  private func scores(
    side: Int, _ run: TrainingRun, _ score: (Tensor) throws -> OneClassScores
  ) throws -> OneClassScores {
    var scores = OneClassScores()
    for start in stride(from: 0, to: test.count, by: Self.part) {
      let numbers = Array(start..<min(start + Self.part, test.count))
      let part = try score(test.patches(numbers, side: side))
      scores.fused += part.fused
      scores.error += part.error
      scores.uncertainty += part.uncertainty
      try run.report("scoring", step: scores.fused.count, of: test.count)
    }
    return scores
  }
}
