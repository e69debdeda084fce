import Files

/// The names of the heat maps of images: `part.heatmap.png` of `part.jpg`.
///
/// No image that somebody took has such a name, so that maps may lie beside the images.
func heatMapNames(_ paths: [String]) -> [String] {
  uniqueFileNames(paths, ending: ".heatmap.png", of: SystemPath.stem)
}

/// The names of the maps of images: `part.tiff` of `part.jpg`.
func mapNames(_ paths: [String]) -> [String] {
  uniqueFileNames(paths, ending: ".tiff", of: SystemPath.stem)
}

/// The names of the images that explain others: `part.explained.png` of `part.jpg`.
func explanationNames(_ paths: [String]) -> [String] {
  uniqueFileNames(paths, ending: ".explained.png", of: SystemPath.stem)
}
