import Files
import Foundation
import HTTPTypes
import Hummingbird

/// Who may ask: all where there is no token, otherwise those who bring it, as a bearer or in the cookie that
/// signing in gives.
struct Access<Context: RequestContext>: RouterMiddleware {
  /// The token that is wanted; nil for none.
  let token: String?

  /// What is answered to everybody: whether the service lives, and what the page to sign in needs.
  private static var open: Set<String> {
    ["/health", "/ready", "/sign-in", "/assets/style.css", "/favicon.ico", "/assets/favicon.svg"]
  }

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    // A page of somebody else's, open in the same browser, must not change anything here.
    if request.method != .get, request.method != .head, let origin = request.headers[.origin],
      origin.split(separator: "/").last.map(String.init) != request.head.authority
    {
      throw Problem(
        .forbidden,
        "sent from a page at \(origin), which is not this service; use the pages of this service")
    }
    guard let token, !Self.open.contains(request.uri.path) else {
      return try await next(request, context)
    }
    if let given = request.headers[.authorization], given.hasPrefix("Bearer "),
      Self.isSame(String(given.dropFirst(7)), token)
    {
      return try await next(request, context)
    }
    if let cookie = request.cookies[Self.cookie]?.value, Self.isSame(cookie, Self.proof(of: token))
    {
      return try await next(request, context)
    }
    if request.method == .get, request.headers[.accept]?.contains("text/html") ?? false {
      return Response(status: .seeOther, headers: [.location: "/sign-in"])
    }
    var problem = Problem(
      .unauthorized, "send the token of --token-file as 'Authorization: Bearer …'"
    ).response
    problem.headers[.wwwAuthenticate] = "Bearer"
    return problem
  }

  static var cookie: String { "students-session" }

  /// What a browser keeps instead of the token itself.
  static func proof(of token: String) -> String {
    Digest.digits(of: ["students", "session", token])
  }

  /// Compares without telling by its time how much is right.
  static func isSame(_ one: String, _ other: String) -> Bool {
    let (one, other) = (Digest.digits(of: [one]), Digest.digits(of: [other]))
    return zip(one.utf8, other.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
