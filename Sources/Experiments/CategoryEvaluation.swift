public import UninformedStudents

/// How well a model tells the good and the defective images of a category apart.
public struct CategoryEvaluation: Codable, Sendable, Equatable {
  /// The area under the ROC curve of image scores; nil where only one kind of image is there.
  public let imageROCAUC: Double?
  /// The area under the ROC curve of pixel scores; nil where there are no masks.
  public let pixelROCAUC: Double?
  /// Per-region overlap: the normalised area up to a false-positive rate of 0.3.
  public let pro: Double?
  /// AUPIMO: the mean overlap with the defects of an image at false-positive rates of 1e-5 to 1e-4 of the
  /// pixels of good images; nil where these are too few.
  public let aupimo: Double?
  /// How many test images there are.
  public let images: Int
  /// How many of them show a defect.
  public let anomalousImages: Int
  /// The same figures for each kind of defect, against all good images.
  public let classes: [DefectClass]
  /// Seconds to map one image; nil in files of results, which keep times elsewhere.
  public var secondsPerImage: Double?
  /// The confidence interval of ``imageROCAUC``, by drawing images with replacement.
  public let imageROCAUCInterval: ConfidenceInterval?
  /// The confidence interval of ``pixelROCAUC``.
  public let pixelROCAUCInterval: ConfidenceInterval?
  /// The confidence interval of ``pro``.
  public let proInterval: ConfidenceInterval?
  /// The confidence interval of ``aupimo``.
  public let aupimoInterval: ConfidenceInterval?
  /// What is decided about the images; nil where no threshold was given.
  public let decisions: ImageDecisions?
  /// What was passed over or left out, a line each; nil where nothing was.
  public var warnings: [String]?

  /// The figures of one kind of defect.
  public struct DefectClass: Codable, Sendable, Equatable {
    /// The name of its folder.
    public let name: String
    /// How many images show it.
    public let images: Int
    /// As of the category.
    public let imageROCAUC: Double?
    /// As of the category.
    public let pixelROCAUC: Double?
    /// As of the category.
    public let pro: Double?
    /// As of the category.
    public let aupimo: Double?
    /// The images that are called anomalous; nil where no threshold was given.
    public let found: Proportion?
  }
}
