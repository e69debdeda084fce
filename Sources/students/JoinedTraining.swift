import Files
import Foundation
import UninformedStudents

/// Makes the model of a training whose students several workers have trained.
///
/// - Parameter output: The model.
/// - Throws: What the parts lack, and what the training throws.
func joinTraining(_ output: String) async throws {
  let made = try MadePieces.joined(of: output)
  let here = FileManager.default.currentDirectoryPath
  let path = output.hasPrefix("/") ? output : SystemPath.joined(here, output)
  guard FileManager.default.changeCurrentDirectoryPath(made.folder) else {
    throw CommandError(
      "\(made.folder): no such folder, where the workers were started and their paths begin; join where it is"
    )
  }
  var training = try Train.parse(made.arguments)
  training.output = path
  // As the workers, also where nothing was said and this machine has others.
  training.compute.threads = made.threads
  training.compute.device = made.device
  try await training.train(on: training.compute.prepared(), takesPieces: true)
}
