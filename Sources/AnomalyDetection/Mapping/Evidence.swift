public import Networks

/// What a detector says of an image: the anomaly map, and what it is made of.
public struct Evidence: Sendable, Equatable {
  /// How anomalous each pixel is, all taken together.
  public let map: AnomalyMap
  /// What was fused into the map; empty for methods with a single measure.
  public let components: [Component]

  /// One of the measures that are fused.
  public struct Component: Sendable, Equatable {
    /// What is measured.
    public enum Quantity: String, Codable, Sendable {
      /// How far the students are from the teacher: something they have never seen.
      case regressionError
      /// How far the students are from each other: something they cannot tell.
      case predictiveUncertainty
    }

    /// The patches that were used.
    public let receptiveField: ReceptiveField
    /// What was measured of them.
    public let quantity: Quantity
    /// A score a pixel, row by row, in deviations of good pixels; 0 is ordinary, and stands also where
    /// nobody looked.
    public let scores: [Float]
    /// Whether each pixel was computed; nil where all were.
    public let isKnown: [Bool]?

    /// A measure.
    public init(
      _ receptiveField: ReceptiveField, _ quantity: Quantity, scores: [Float],
      isKnown: [Bool]? = nil
    ) {
      self.receptiveField = receptiveField
      self.quantity = quantity
      self.scores = scores
      self.isKnown = isKnown
    }
  }

  /// A map with what it is made of.
  public init(_ map: AnomalyMap, components: [Component] = []) {
    self.map = map
    self.components = components
  }

  /// The evidence of an image of which some pixels never decide; nil for none.
  func ignoring(_ isIgnored: [Bool]?) -> Evidence {
    Evidence(map.ignoring(isIgnored), components: components)
  }
}
