import ONNX
import TestSupport
import Testing

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      ONNXError.tooLarge(3 << 30), ONNXError.noOperators("ocgan"), ONNXError.looksAgain,
    ], "ONNX")
}
