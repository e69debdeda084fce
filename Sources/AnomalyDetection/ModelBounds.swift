/// What settings of a model file may be: more than anybody has use for, and little enough that no
/// file makes a reader work or take memory without end.
///
/// Tensors need no such bounds: a file must hold them.
package enum ModelBounds {
  /// Pixels along a side of the images that a model looks at.
  package static let imageSide = 1...8192
  /// Pixels along a side of images before they are resized.
  package static let pictureSide = 1...1_000_000
  /// Images that a model was trained on.
  package static let images = 0...1_000_000_000
  /// Numbers of a code between networks.
  package static let latent = 1...65_536
  /// Channels of the first layer of a network.
  package static let width = 1...4096
  /// Layers of a network.
  package static let layers = 1...64
  /// Pixels along a side of a crop.
  package static let cropSide = 1...1024
  /// Pixels along a side of a patch that a pretrained network describes.
  package static let describedSide = 1...129
  /// Pixels along a side that images are zoomed to, to be cut into crops.
  package static let zoom = 1...4096
  /// Crops along a side of an image.
  package static let cropsAlongSide = 1...256
  /// Passes of a variational autoencoder.
  package static let passes = 1...1000
  /// Steps of the search for the nearest crop that a network can make.
  package static let searchSteps = 1...1_000_000
}
