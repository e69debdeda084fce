public import CStudents
import UninformedStudents

// What `students.h` declares and describes. The compiler does not compare the two; the tests do.

/// Opens a model.
@_cdecl("students_open")
public func openModel(
  _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<students_open_options>?,
  _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> students_status {
  answering {
    guard let model else { throw Refusal("model: NULL; pass the address of a pointer") }
    model.pointee = nil
    guard let path else { throw Refusal("path: NULL; name a .students file") }
    guard let path = String(validatingCString: path), !path.isEmpty else {
      throw Refusal("path: empty, or not UTF-8")
    }
    let opened = try OpenModel(contentsOf: path, OpenOptions(options))
    model.pointee = OpenModels.add(opened)
  }
}

/// Closes a model.
@_cdecl("students_free")
public func freeModel(_ model: OpaquePointer?) {
  OpenModels.remove(model)
}

/// Gives what a model is.
@_cdecl("students_info")
public func modelInfo(
  _ model: OpaquePointer?, _ info: UnsafeMutablePointer<UnsafePointer<students_model_info>?>?
) -> students_status {
  answering {
    guard let info else { throw Refusal("info: NULL; pass the address of a pointer") }
    info.pointee = nil
    info.pointee = try OpenModels.model(model).info.pointer
  }
}

/// Inspects pixels.
@_cdecl("students_inspect")
public func inspectPixels(
  _ model: OpaquePointer?, _ pixels: UnsafeRawPointer?, _ width: Int32, _ height: Int32,
  _ rowStride: Int64, _ format: students_format,
  _ options: UnsafePointer<students_inspect_options>?,
  _ result: UnsafeMutablePointer<UnsafeMutablePointer<students_result>?>?
) -> students_status {
  answering {
    guard let result else { throw Refusal("result: NULL; pass the address of a pointer") }
    result.pointee = nil
    let model = try OpenModels.model(model)
    let options = try InspectOptions(options)
    let pixels = try PixelsInMemory(pixels, width, height, rowStride, format)
    let image = try pixels.image(
      maxPixels: model.maxPixels, reading: model.inspector.model.reading)
    let verdict = try waiting { [inspector = model.inspector] in
      try await inspector.inspect(image, falseAlarms: options.falseAlarms).keepingMapAlone()
    }
    result.pointee = try makeResult(verdict, options)
  }
}

/// Frees a verdict.
@_cdecl("students_result_free")
public func freeResult(_ result: UnsafeMutablePointer<students_result>?) {
  UnsafeMutableRawPointer(result)?.deallocate()
}
