import FileFormats
import TestSupport
import Testing

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      FormatFault.unreadable("permission denied; check its permissions"), FormatFault.truncated,
      FormatFault.malformed("its header is no JSON"), FormatFault.tooMuch("a header of 900 MB"),
      FormatFault.unsuitable("a model saved as TorchScript", instead: "save its state_dict"),
    ], "FileFormats")
}
