/// Why an image cannot be had from its address.
public enum DownloadError: Error, CustomStringConvertible, Equatable {
  /// The address cannot be read; with the reason.
  case malformed(String, String)
  /// A variable of the environment cannot be used; with the reason.
  case environment(String, String)
  /// There is nothing of this name.
  case notFound(String, String)
  /// The server does not let it be read; with the status, and whether the request was signed.
  case denied(String, String, isSigned: Bool?)
  /// The bucket lies in another region.
  case otherRegion(String, String)
  /// The server answers with something else; also at the last try.
  case refused(String, String)
  /// There is no connection, or it broke; with the reason.
  case broken(String, String)
  /// It took more seconds than are allowed.
  case tooSlow(String, seconds: Double)
  /// The certificate is not trusted.
  case untrusted(String)
  /// No authority is known by which a certificate could be trusted.
  case noCertificates(String)
  /// There were too many redirects, or one to what is not taken.
  case astray(String)
  /// What answers is not HTTP, or breaks its rules.
  case noWebServer(String)
  /// A proxy does not connect; with its status.
  case proxy(String, String)
  /// There are more bytes than are allowed.
  case tooManyBytes(String, limit: Int)

  /// One line for the user.
  public var description: String {
    switch self {
    case .malformed(let name, let reason): "\(name): \(reason)"
    case .environment(let variable, let reason): "\(variable) \(reason)"
    case .notFound(let name, let status): "\(name): not found (\(status))"
    case .denied(let name, let status, .some(false)):
      "\(name): access denied (\(status)); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    case .denied(let name, let status, .some(true)):
      "\(name): access denied (\(status)); check the AWS_… keys, their rights, and this machine's clock"
    case .denied(let name, let status, nil):
      "\(name): access denied (\(status)); a signed address may have expired"
    case .otherRegion(let name, let region):
      "\(name): the bucket is in another region; set AWS_REGION=\(region)"
    case .refused(let name, let status): "\(name): the server answers \(status)"
    case .broken(let name, let reason): "\(name): the answer broke off (\(reason))"
    case .tooSlow(let name, let seconds):
      "\(name): took longer than \(seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)") s"
    case .untrusted(let name):
      "\(name): its certificate is not trusted; set SSL_CERT_FILE to a file of trusted certificates"
    case .noCertificates(let name):
      "\(name): this machine has no certificates of authorities; set SSL_CERT_FILE to a file of them"
    case .noWebServer(let name):
      "\(name): what answers is not a web server, or its answer is malformed"
    case .proxy(let name, let status):
      "\(name): the proxy answers \(status); check https_proxy, http_proxy and no_proxy"
    case .astray(let name):
      "\(name): too many redirects, or one that is not followed: to another protocol, from HTTPS to "
        + "HTTP, or with a user name"
    case .tooManyBytes(let name, let limit):
      "\(name): more than \((limit >> 20) + 1) MB, the limit for an image of the allowed number of pixels"
    }
  }
}
