import Files
public import UninformedStudents

/// The paper's figure: a column a defect; rows of the image, its ground truth outlined, and what
/// each method makes of it.
///
/// Bergmann et al. (2020), Figure 1. Colours mean the same in all columns of a category: yellow is
/// where a method's decision lies.
public struct QualitativeFigure: Sendable {
  private let rowTitles: [String]
  private let columns: [(title: String, cells: [Image?])]

  /// The first image of each defect of each category of an experiment, by the models that it kept.
  ///
  /// - Parameters:
  ///   - experiment: Categories, methods and images.
  ///   - output: Where the experiment kept its results.
  ///   - defects: The defects that are shown; nil for all.
  ///   - run: Device and progress.
  /// - Throws: What reading images and models throws; a method without a model has empty cells.
  public init(
    _ experiment: MVTecExperiment, output: String, defects: Set<String>? = nil, run: TrainingRun
  ) async throws {
    rowTitles = ["image", "ground truth"] + experiment.methods.map(\.name)
    var columns: [(title: String, cells: [Image?])] = []
    var truth = CategoryTruth(framing: experiment.framing, maxPixels: experiment.maxPixels)
    for category in experiment.categories {
      let items = try experiment.test(category).filter { item in
        item.isAnomalous && defects?.contains(item.defect) ?? true
      }
      let shown = Dictionary(grouping: items, by: \.defect).values.compactMap(\.first)
        .sorted { $0.defect < $1.defect }
      let pictures = try shown.map { item in
        let whole = try Image(contentsOf: item.path, maxPixels: experiment.maxPixels)
        let picture = try experiment.framing.framed(whole)
        return (picture, try truth.mask(of: item, image: whole).map { picture.outlined($0) })
      }
      let start = columns.count
      columns += zip(shown, pictures).map { item, pair in
        let title = SystemPath.readable("\(category): \(item.defect)")
        return (title.replacing("_", with: " "), [pair.0, pair.1])
      }
      for method in experiment.methods {
        try run.report("drawing \(category), \(method.name)", step: 1, of: 1)
        let model = try experiment.keptModel(category, method, output: output, run: run)
        let inspector = try await model?.inspector(on: run.device)
        for (number, pair) in pictures.enumerated() {
          let found = try await inspector?.inspect(pair.0)
          columns[start + number].cells.append(
            try found.flatMap { try inspector?.heatMap(of: pair.0.grey(), $0) })
        }
      }
    }
    guard !columns.isEmpty else { throw ExperimentError.noDefects }
    self.columns = columns
  }

  /// The figure, each image fitted into a square of `side` pixels.
  public func image(side: Int = 128) throws -> Image {
    try Image.contactSheet(
      rowTitles.indices.map { row in columns.map { $0.cells[row] } }, rowTitles: rowTitles,
      columnTitles: columns.map(\.title), side: side, gap: 4)
  }
}
