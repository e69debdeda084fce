import CTensors

extension Tensor {
  /// A copy that gradients are taken with respect to.
  public func parameter() throws -> Tensor {
    try made { ct_parameter(pointer, &$0) }
  }

  /// The same values, with no memory of how they came about.
  public func detached() throws -> Tensor {
    try made { ct_detach(pointer, &$0) }
  }

  /// The derivatives of this number with respect to each parameter, in the order given.
  ///
  /// - Throws: ``TensorError`` where this tensor does not depend on a parameter.
  public func gradients(for parameters: [Tensor]) throws -> [Tensor] {
    var out = [OpaquePointer?](repeating: nil, count: parameters.count)
    try withPointers(parameters) { pointers in
      try check(ct_gradients(pointer, pointers.baseAddress, Int32(clamping: pointers.count), &out))
    }
    return out.compactMap { $0 }.map { Tensor(Handle($0)) }
  }
}

/// Runs `body` without recording what gradients would need.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  let before = ct_set_recording(false)
  defer { _ = ct_set_recording(before) }
  return try body()
}
