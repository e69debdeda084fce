import Experiments
import Files
import UninformedStudents

/// An error as the command line tells it: in the library's words, and what to do about it here.
func told(_ error: any Error) -> String {
  ["\(error)", remedy(for: error)].compactMap(\.self).joined(separator: "; ")
}

/// What a user of the command line can do about an error; nil where the error itself says it.
///
/// The library knows nothing of options and commands.
func remedy(for error: any Error) -> String? {
  switch error {
  case let error as FileContentError: remedy(for: error.error)
  case let error as ImageFileError: remedy(error)
  case let error as CalibrationError: remedy(error)
  case let error as GoodImagesError: remedy(error)
  case MappingError.noDensity: "leave out --density"
  case ONNXError.looksAgain:
    "'students calibrate MODEL GOOD --held-out --density strided' makes a model whose maps are fixed"
  case ExportError.needsCamera: "give the size of the camera's frames with --input"
  case ExportError.notHalved:
    "'students calibrate MODEL GOOD --held-out --half' makes a model with 16 bits that is calibrated for them"
  case ExportError.otherPrecision: "'students calibrate --precision fp32' makes a model for that"
  case ProofError.none:
    "'students calibrate MODEL GOOD --held-out --proof' makes a model that does"
  case MappingError.notFinite:
    "'students info' checks the model, and fp32 is the safest --precision"
  case ProcessGroupError.lost: "with --resume they continue from the last checkpoint"
  case CheckpointError.damagedPart: nil
  case is CheckpointError: "leave out --resume then"
  case TrainingError.noTeacher:
    "make one with 'students teach', or choose other --scales"
  case TrainingError.noEncoder: "name one with --encoder, such as resnet18.pth"
  case TeacherTrainingError.noEncoder: "name one with --encoder, or use --losses m,c"
  case is TeacherFileError: "make one with 'students teach'"
  case is BundledTeacherError: "--teacher names them"
  case ModelFileError.foreign: "make one with 'students train'"
  case is OutputClaimError: "name it with --output"
  case ExperimentError.foreignResults, ExperimentError.otherResults: "name it with --output"
  default: nil
  }
}

private func remedy(_ error: ImageFileError) -> String? {
  switch error {
  case .tooLarge(_, let pixels, _): "pass --max-pixels \(pixels) to raise it"
  case .tooMuchMemory(_, let bytes, _):
    "pass --max-pixels \(ImageFileError.pixels(bytes)) to raise it"
  case .tooManyBytes: "pass --max-pixels to raise the limit"
  case .needsRange, .outOfRange: "pass them as --value-range LOW,HIGH"
  default: nil
  }
}

private func remedy(_ error: CalibrationError) -> String? {
  guard case .notCalibrated(let precision, let density, _) = error else { return nil }
  return "'students calibrate --precision \(precision.rawValue)"
    + (density.map { " --density \($0.rawValue)" } ?? "") + "' makes a model for that"
}

private func remedy(_ error: GoodImagesError) -> String? {
  switch error {
  case .learntFrom: "or pass --held-out to take the images of the folder that were held out"
  case .otherContent: "leave out --held-out to calibrate on them as new images"
  default: nil
  }
}
