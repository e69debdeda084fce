import Files
import Foundation
import HTTPTypes
import Hummingbird

/// The files of the pages, which come with the program.
enum Assets {
  private static let types = [
    "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
  ]

  /// The bytes of a file.
  ///
  /// - Throws: A ``Problem`` where there is none of this name.
  static func bytes(_ name: String) throws -> Data {
    guard !name.contains("/"), name != "..",
      let bytes = try contents(ofFile: "\(resourceFolder(ofModule: "WebServer"))/Assets/\(name)")
    else { throw Problem(.notFound, "there is no file \(name)") }
    return bytes
  }

  static func add(to router: Router<ServerContext>) {
    router.get("/assets/:name") { _, context in
      try response(context.parameters.require("name"))
    }
    router.get("/favicon.ico") { _, _ in try response("favicon.svg") }
  }

  private static func response(_ name: String) throws -> Response {
    let bytes = try bytes(name)
    let ending = name.split(separator: ".").last.map(String.init) ?? ""
    return Response(
      status: .ok,
      headers: [
        .contentType: types[ending] ?? "application/octet-stream",
        .cacheControl: "public, max-age=300",
      ],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
