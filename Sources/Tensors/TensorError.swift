import CTensors

/// What libtorch refused, in its own words.
public struct TensorError: Error, CustomStringConvertible {
  /// The first line of libtorch's message.
  public let description: String
}

/// Throws the message of a native call that did not return 0.
func check(_ status: Int32) throws {
  guard status != 0 else { return }
  let message = String(cString: ct_error())
  let firstLine = message.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? message
  throw TensorError(description: "libtorch: \(firstLine)")
}

/// Calls native code that makes one tensor.
func made(_ call: (inout OpaquePointer?) -> Int32) throws -> Tensor {
  var out: OpaquePointer?
  try check(call(&out))
  guard let out else { throw TensorError(description: "libtorch: no tensor came back") }
  return Tensor(Tensor.Handle(out))
}
