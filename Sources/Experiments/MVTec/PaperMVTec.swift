import UninformedStudents

/// The per-region overlap of each category of MVTec AD in the paper.
///
/// Bergmann et al. (2020), Tables 1 and 2: normalised area up to a false-positive rate of 0.3.
enum PaperMVTec {
  /// The paper's figure; nil where it has none.
  ///
  /// - Parameters:
  ///   - category: The name of the category's folder.
  ///   - method: The method.
  ///   - scales: Its receptive fields: the paper has p = 65 and all three, by category.
  /// - Returns: In 0…1.
  static func pro(
    _ category: String, _ method: MethodEntry, scales: [ReceptiveField]
  ) -> Double? {
    let name = category.lowercased().filter(\.isLetter)
    guard let place = categories.firstIndex(of: name) else { return nil }
    let row = scales.count == 3 ? "multi-scale" : method.name
    guard scales == [.p65] || scales.count == 3 || !method.usesTeacher else { return nil }
    return rows[row].map { Double($0[place]) / 1000 }
  }

  private static let categories = [
    "carpet", "grid", "leather", "tile", "wood", "bottle", "cable", "capsule", "hazelnut",
    "metalnut", "pill", "screw", "toothbrush", "transistor", "zipper",
  ]

  /// In thousandths, category by category.
  ///
  /// The shallow methods' zipper repeats their carpet, which looks like a misprint.
  private static let rows: [String: [Int]] = [
    "student-teacher": [
      695, 819, 819, 912, 725, 918, 865, 916, 937, 895, 935, 928, 863, 701, 933,
    ],
    "knn": [512, 228, 446, 822, 502, 898, 806, 631, 861, 705, 725, 604, 675, 680, 512],
    "ocsvm": [355, 125, 306, 722, 336, 850, 431, 554, 616, 319, 544, 644, 538, 496, 355],
    "kmeans": [253, 107, 308, 779, 411, 495, 513, 387, 698, 351, 514, 550, 337, 399, 253],
    "ae": [456, 582, 819, 897, 727, 910, 825, 862, 917, 830, 893, 754, 822, 728, 839],
    "vae": [501, 224, 635, 870, 628, 897, 654, 526, 878, 576, 769, 559, 693, 626, 549],
    "ssim-ae": [647, 849, 561, 175, 605, 834, 478, 860, 916, 603, 830, 887, 784, 725, 665],
    "anogan": [204, 226, 378, 177, 386, 620, 383, 306, 698, 320, 776, 466, 749, 549, 467],
    "cnn-dictionary": [
      469, 183, 641, 797, 621, 742, 558, 306, 844, 358, 460, 277, 151, 628, 703,
    ],
    "multi-scale": [
      879, 952, 945, 946, 911, 931, 818, 968, 965, 942, 961, 942, 933, 666, 951,
    ],
  ]
}
