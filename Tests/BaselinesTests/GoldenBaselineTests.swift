import AnomalyDetection
import Tensors
import TestSupport
import Testing

@testable import Baselines

private struct Values: Decodable {
  struct Machine: Decodable {
    let nu: Double
    let gamma: Double?
    let decisions: [Double]
  }
  struct Components: Decodable {
    let share: Double
    let kept: Int
    let projected: [[Double]]
  }
  let train: [[Double]]
  let queries: [[Double]]
  let spread: [[Double]]
  let distances: [Double]
  let inertia: Double
  let clusterDistances: [Double]
  let machines: [Machine]
  let components: [Components]

  static func read() throws -> Values { try Golden.read(Values.self, "baselines/values.json") }
}

private func matrix(_ rows: [[Double]]) throws -> Tensor {
  try Tensor(
    shape: [rows.count, rows[0].count], scalars: rows.flatMap { $0.map(Float.init) })
}

@Suite struct `Support vectors` {
  /// So many that finding them takes far longer than the test.
  @Test func `are not waited for by who wants them no more`() async throws {
    let vectors = try Tensor.normal(shape: [6000, 64], seed: 1)
    let fitting = Task {
      try await OneClassSVM(
        fitting: vectors, settings: .init(),
        run: TrainingRun { _ in withUnsafeCurrentTask { $0?.cancel() } })
    }
    await #expect(throws: CancellationError.self) { _ = try await fitting.value }
  }
}

@Suite struct `Shallow baselines agree with scikit-learn` {
  @Test func `on the nearest neighbour`() async throws {
    let values = try Values.read()
    let model = try await NearestNeighbor(
      fitting: matrix(values.train), settings: .init(), run: TrainingRun())
    try expectClose(
      model.scores(of: matrix(values.queries)).doubles(), values.distances, relative: 1e-4)
  }

  @Test func `on the inertia of clusters and the distance to them`() async throws {
    let values = try Values.read()
    var settings = KMeans.Settings()
    settings.centers = 4
    let best = try (0..<10).map {
      try Clustering(of: matrix(values.train), settings, seed: 1, restart: $0)
    }.min { $0.inertia < $1.inertia }
    #expect(abs(try #require(best).inertia - values.inertia) < 1e-4 * values.inertia)
    let model = try await KMeans(
      fitting: matrix(values.train), settings: settings, run: TrainingRun())
    try expectClose(
      model.scores(of: matrix(values.queries)).doubles(), values.clusterDistances, relative: 1e-4)
  }

  /// Both stop at LIBSVM's usual tolerance.
  @Test func `on decision values of the one-class SVM`() async throws {
    let values = try Values.read()
    for machine in values.machines {
      var settings = OneClassSVM.Settings()
      (settings.nu, settings.gamma) = (machine.nu, machine.gamma.map { .number($0) } ?? .scale)
      let model = try await OneClassSVM(
        fitting: matrix(values.train), settings: settings, run: TrainingRun())
      let scores = try model.scores(of: matrix(values.queries)).doubles()
      try expectClose(scores, machine.decisions.map(-), relative: 1e-4, absolute: 1e-4)
    }
  }

  @Test func `on principal components, up to their signs`() throws {
    let values = try Values.read()
    for expected in values.components {
      let components = try PrincipalComponents(
        of: matrix(values.spread), keeping: expected.share)
      #expect(components.directions.shape == [6, expected.kept])
      try expectClose(
        components.projected(matrix(values.spread)).magnitude().doubles(),
        expected.projected.flatMap(\.self), relative: 1e-3, absolute: 1e-4)
    }
  }
}

@Suite struct `Clusters` {
  /// Three places, five centres: two have nothing near them at some point, and none is lost.
  @Test func `survive having nothing near them`() throws {
    let places = try Tensor(
      shape: [9, 1], scalars: [0, 0, 0, 10, 10, 10, 20, 20, 20.5])
    var settings = KMeans.Settings()
    settings.centers = 5
    for restart in 0..<5 {
      let found = try Clustering(of: places, settings, seed: 3, restart: restart)
      #expect(found.centers.shape == [5, 1])
      #expect(try found.centers.isFinite())
      #expect(found.inertia < 0.34)
    }
  }

  @Test func `are no more than there are vectors`() throws {
    let two = try Tensor(shape: [2, 1], scalars: [1, 4])
    let found = try Clustering(of: two, KMeans.Settings(), seed: 1, restart: 0)
    #expect(found.centers.shape == [2, 1])
    #expect(found.inertia == 0)
  }
}

@Suite struct `A dictionary of neighbours` {
  @Test func `is a part of the descriptors, the same for the same seed`() async throws {
    let descriptors = try Tensor.normal(shape: [300, 8], seed: 1)
    var settings = NearestNeighbor.Settings()
    settings.vectors = 40
    let fit = { (seed: UInt64) in
      try await NearestNeighbor(
        fitting: descriptors, settings: settings, run: TrainingRun(seed: seed)
      ).scores(of: descriptors).doubles()
    }
    let scores = try await fit(1)
    // Those in the dictionary are found, up to the rounding of a distance of nothing.
    #expect(scores.count { $0 < 1e-2 } == 40)
    #expect(try await fit(1) == scores)
    #expect(try await fit(2) != scores)
  }
}
