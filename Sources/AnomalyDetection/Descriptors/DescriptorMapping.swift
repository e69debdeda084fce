package import Tensors

/// How descriptors are mapped over an image.
package struct DescriptorMapping: Sendable, Equatable {
  /// Where they are computed.
  package var density: Density
  /// What stands beyond the border.
  package var padding: Padding
  /// What the networks compute with.
  package var precision: ScalarType
  /// Where they do.
  package var device: Device

  package init(
    density: Density, padding: Padding, precision: ScalarType = .float32, device: Device = .cpu
  ) {
    self.density = density
    self.padding = padding
    self.precision = precision
    self.device = device
  }

  /// The same on another device, with other numbers.
  package func running(on device: Device, precision: ScalarType) -> DescriptorMapping {
    DescriptorMapping(density: density, padding: padding, precision: precision, device: device)
  }

  /// The same at another density.
  package func at(_ density: Density) -> DescriptorMapping {
    var mapping = self
    mapping.density = density
    return mapping
  }
}
