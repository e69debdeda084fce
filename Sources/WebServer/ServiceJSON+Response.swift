import HTTPTypes
import Hummingbird
import Serving

extension ServiceJSON {
  /// A value as an answer that nobody keeps.
  static func response(
    _ value: some Encodable, status: HTTPResponse.Status = .ok
  ) throws -> Response {
    Response(
      status: status,
      headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: try data(value))))
  }
}
