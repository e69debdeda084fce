import TestSupport
import Testing
@testable import Serving

@Test func `snapshot of error messages`() throws {
  try expectSnapshot(
    of: [
      QueueError.full(retryAfter: 5), QueueError.late(.seconds(30)),
      ServiceError.noModel("bolt", served: ["ring", "screw"]),
      ServiceError.badModel("ring", reason: "ring.students: not a model of this program"),
      ServiceError.notMoved("done/a.png", reason: "the disk is full"),
      ServiceError.otherImageOfKey("7/1"), ServiceError.fixedRate("ring"),
      ServiceError.notReviewed(3, of: 40), ServiceError.notKept(3, of: 40),
      ServiceError.noneGood(of: 0), ServiceError.noneGood(of: 40),
      ServedModelError.judgesOtherwise("ring.students", "3 of 8 scores differ"),
      HistoryError(path: "data/history.sqlite", reason: "file is not a database"),
    ], "Serving")
}
