import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection whose request goes on although it is answered.
///
/// Whatever has been answered, too large an image as well as an unknown address, Hummingbird reads the rest of the
/// request, however long that is. Here the answer says that the connection closes, and the rest may come for a moment
/// longer: a client that is still sending would not see the answer if the connection were reset at once.
final class UnreadBodies: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// How long the rest of a request may come after its answer.
  private static let time = TimeAmount.seconds(2)

  /// Whether the present request has not come to its end.
  private var isComing = false
  /// Whether the answer that is being written says that the connection closes.
  private var saysClose = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head: isComing = true
    case .body: break
    case .end: isComing = false
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head) where isComing && head.status.kind != .informational:
      saysClose = true
      head.headerFields[.connection] = "close"
      return context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end where saysClose:
      let (channel, wait) = (context.channel, isComing ? Self.time : .zero)
      let written = promise ?? context.eventLoop.makePromise()
      written.futureResult.whenComplete { _ in
        channel.eventLoop.scheduleTask(in: wait) { channel.close(promise: nil) }
      }
      context.write(data, promise: written)
    case .head, .body, .end: context.write(data, promise: promise)
    }
  }
}
