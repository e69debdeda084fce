import Files
import Testing
import UninformedStudents

@Suite struct `The registry of methods` {
  @Test func `names each method once, and finds it by its name`() {
    let names = MethodEntry.allCases.map(\.name)
    #expect(Set(names).count == names.count)
    for entry in MethodEntry.allCases {
      #expect(MethodEntry(rawValue: entry.name) == entry)
      #expect(!entry.summary.isEmpty)
    }
    #expect(MethodEntry(rawValue: "phrenology") == nil)
  }

  @Test func `stands in JSON as the name alone`() throws {
    #expect(try [MethodEntry.ssimAE].json() == "[\"ssim-ae\"]")
  }

  /// The contract suite fits, writes and reads each of them.
  @Test(arguments: MethodEntry.allCases)
  func `is all in the contract suite and in what is read from files`(entry: MethodEntry) throws {
    let tiny = try #require(TinyMethod.settings[entry], "no settings in TinyMethod.settings")
    for method in tiny + [entry.method()] { #expect(detectorName(method) == entry.name) }
    #expect(allDetectors.count { $0.method == entry.name } == 1)
  }

  private func detectorName<Method: AnomalyMethod>(_: Method) -> String { Method.Detector.method }

  @Test(arguments: MethodEntry.allCases)
  func `says what a method needs`(entry: MethodEntry) {
    let method = entry.method()
    var paper = MethodOptions()
    paper.recipe = .paper
    #expect(entry.method(paper).receptiveFields == entry.receptiveFields)
    #expect(Set(method.receptiveFields).isSubset(of: entry.receptiveFields))
    #expect(method.receptiveFields.isEmpty == entry.receptiveFields.isEmpty)
    #expect((method.steps(imageCount: 10) > 0) == entry.learnsByGradients)
    #expect(entry.needsEncoder == (entry == .cnnDictionary))
  }

  /// Those that are declared change the settings; those that are not change nothing.
  @Test(arguments: MethodEntry.allCases, MethodOption.allCases)
  func `declares the options that a method takes`(entry: MethodEntry, option: MethodOption) throws {
    let options = option.sample
    #expect(options.chosen == [option])
    let isTaken = try entry.method(options).json() != entry.method().json()
    #expect(isTaken == entry.options.contains(option))
    #expect(option.methods.contains(entry) == isTaken)
  }

  @Test func `has the paper's tables in their order`() {
    #expect(
      MethodEntry.mvtec.map(\.name) == [
        "student-teacher", "knn", "ocsvm", "kmeans", "ae", "vae", "ssim-ae", "anogan",
        "cnn-dictionary",
      ])
    let oneClass = ["ocgan", "knn", "kmeans", "ocsvm", "ae", "vae", "student-teacher"]
    #expect(MethodEntry.oneClass.map(\.name) == oneClass)
    #expect(MethodEntry.oneClassDefault.map(\.name) == Array(oneClass.dropFirst()))
  }
}

extension MethodOption {
  /// Options of which this one is chosen, and is no method's default.
  fileprivate var sample: MethodOptions {
    var options = MethodOptions()
    switch self {
    case .scales: options.scales = [.p17]
    case .students: options.students = 7
    case .recipe: options.recipe = .paper
    case .epochs: options.epochs = 7
    case .quick: options.quick = true
    case .learningRate: options.learningRate = 0.5
    case .padding: options.padding = .zeros
    case .density: options.density = .full
    case .augment: options.augment = [.turn]
    case .vectors: options.vectors = 7
    case .pca: options.pca = 0.5
    case .centers: options.centers = 7
    case .nu: options.nu = 0.25
    case .gamma: options.gamma = .number(7)
    case .kind: options.kind = .texture
    case .mirror: options.mirror = true
    case .searchSteps: options.searchSteps = 7
    case .encoderDepth: options.encoderDepth = 7
    }
    return options
  }
}
