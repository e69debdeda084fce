import UninformedStudents

/// The ROC-AUC of each class in the paper.
///
/// Bergmann et al. (2020), supplement, Tables 2 and 3.
enum PaperOneClass {
  /// The paper's figure; nil where it has none.
  ///
  /// - Parameters:
  ///   - dataset: The data set.
  ///   - method: The method.
  ///   - name: The class.
  ///   - losses: Those of the students' teacher; nil for other methods.
  /// - Returns: In 0…1.
  static func rocAUC(
    _ dataset: OneClassDataset, _ method: MethodEntry, _ name: String, losses: String?
  ) -> Double? {
    guard let number = dataset.classes.firstIndex(of: name) else { return nil }
    let row = losses.map { "ours \($0)" } ?? method.name
    return tables[dataset]?[row].map { Double($0[number]) / 1000 }
  }

  /// In thousandths, class by class.
  private static let tables: [OneClassDataset: [String: [Int]]] = [
    .mnist: [
      "ocgan": [998, 999, 942, 963, 975, 980, 991, 981, 939, 981],
      "knn": [989, 998, 962, 970, 980, 955, 979, 981, 968, 971],
      "kmeans": [973, 995, 898, 948, 960, 920, 948, 948, 940, 927],
      "ocsvm": [980, 998, 887, 944, 964, 909, 949, 957, 935, 940],
      "ae": [992, 999, 967, 980, 988, 970, 988, 987, 978, 983],
      "vae": [983, 998, 915, 941, 969, 925, 964, 940, 955, 945],
      "ours k,c": [999, 999, 990, 993, 992, 993, 997, 995, 986, 991],
      "ours k,m,c": [999, 999, 988, 992, 988, 993, 997, 995, 984, 991],
      "ours m,c": [999, 999, 992, 992, 988, 993, 997, 995, 988, 992],
      "ours k": [999, 999, 989, 990, 990, 990, 997, 993, 981, 989],
    ],
    .cifar10: [
      "ocgan": [757, 531, 640, 620, 723, 620, 723, 575, 820, 554],
      "knn": [792, 860, 746, 729, 815, 797, 876, 836, 856, 882],
      "kmeans": [673, 822, 665, 676, 742, 746, 828, 780, 817, 843],
      "ocsvm": [651, 785, 618, 679, 733, 730, 797, 760, 799, 836],
      "ae": [747, 862, 690, 698, 788, 759, 849, 824, 812, 869],
      "vae": [705, 819, 605, 700, 734, 731, 797, 751, 801, 859],
      "ours k,c": [789, 849, 734, 748, 851, 793, 892, 830, 862, 848],
      "ours k,m,c": [784, 836, 706, 742, 826, 768, 870, 815, 857, 831],
      "ours m,c": [804, 855, 706, 709, 798, 738, 860, 797, 849, 824],
      "ours k": [766, 817, 715, 736, 855, 763, 885, 819, 838, 827],
    ],
  ]
}
