import Foundation
import UninformedStudents

extension MVTecResults {
  /// Checks that a report can be written, so that long work does not fail at its end.
  ///
  /// - Throws: What ``writeReport(to:_:)`` would throw because of what is in the folder.
  public static func checkReport(_ folder: String) throws {
    _ = try ReportFolder(folder, images: ["figure"], ending: "png")
  }

  /// Writes a web page with the tables and the figure that opens from disk, and the figure itself.
  ///
  /// - Parameters:
  ///   - folder: Of `index.html` and `figure.png`; it is made where it is missing.
  ///   - figure: The figure.
  /// - Throws: ``ReportError`` and `OriginError` where files of others are in the way, `FileError`
  ///   where something cannot be written.
  public func writeReport(to folder: String, _ figure: QualitativeFigure) throws {
    let files = try ReportFolder(folder, images: ["figure"], ending: "png")
    try files.write(figure.image(), as: "figure")
    let page = """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      \(ReportFolder.generator)
      <title>MVTec AD</title>
      \(ReportPage.style)
      <h1>MVTec AD</h1>
      <p>Seed \(configuration.seed), recipe \(configuration.recipe.rawValue),
      \(configuration.students) students, images of \(configuration.imageSide) pixels;
      \(device.description), \(threads) threads, libtorch \(libtorch).</p>
      <h2>Per-region overlap</h2>
      <p>Up to a false-positive rate of 0.3; in brackets where it lies in 95 of 100 draws of the test
      images; the paper's figure to the right.</p>
      \(methodTable.html)
      \(perImageTable.map {
        """
        <h2>Per-image overlap</h2>
        <p>AUPIMO: with the defects of each image, at false-positive rates of 1e-5 to 1e-4 of the good
        images.</p>
        \($0.html)
        """
      } ?? "")
      <h2>Whole images</h2>
      <p>By the mean of the pixels that stand out most.</p>
      \(imageTable.html)
      <h2>Receptive fields</h2>
      \(scaleTable.html)
      \(studentTable.map { "<h2>Students</h2>\n\($0.html)" } ?? "")
      <h2>Time</h2>
      \(timeTable.html)
      <h2>Images</h2>
      <img src="\(files.name(of: "figure"))" alt="images, ground truth and maps of each method">
      </html>

      """
    try files.write(page)
  }
}
