import Files
import Foundation
import UninformedStudents

/// Makes the model of a training whose students several workers have trained.
///
/// - Parameters:
///   - made: What the workers have left.
///   - output: The model.
/// - Throws: What the training throws.
func joinTraining(_ made: MadePieces.Content, as output: String) async throws {
  let here = FileManager.default.currentDirectoryPath
  let path = output.hasPrefix("/") ? output : SystemPath.joined(here, output)
  guard FileManager.default.changeCurrentDirectoryPath(made.folder) else {
    throw CommandError(
      "\(made.folder): no such folder; the workers were started there, so join on a machine that has it"
    )
  }
  var training = try Train.parse(made.arguments)
  training.output = path
  // As the workers, also where nothing was said and this machine has others.
  training.compute.threads = made.threads
  training.compute.device = made.device
  try await training.train(on: training.compute.prepared(), takesPieces: true)
}
