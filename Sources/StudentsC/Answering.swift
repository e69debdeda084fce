import CStudents
import Dispatch
import Images
import Synchronization
import UninformedStudents

/// What a caller did wrong, as one line.
struct Refusal: Error, CustomStringConvertible {
  let status: students_status
  let description: String

  init(_ description: String, status: Int = STUDENTS_BAD_ARGUMENT) {
    self.status = students_status(status)
    self.description = description
  }

  /// Another error, with the status that a step gives to all of its errors.
  init(_ error: any Error, status: Int) {
    self.init("\(error)", status: status)
  }
}

/// Does what a function of the library is for; what it throws becomes a status, and a message for this
/// thread.
func answering(_ body: () throws -> Void) -> students_status {
  do {
    try body()
    return students_status(STUDENTS_OK)
  } catch {
    students_keep_error("\(error)")
    return status(of: error)
  }
}

private func status(of error: any Error) -> students_status {
  switch error {
  case let refusal as Refusal: refusal.status
  case is ImageFileError, is FramingError: students_status(STUDENTS_BAD_IMAGE)
  default: students_status(STUDENTS_FAILED)
  }
}

/// Waits on the thread of the caller, which is none of the cooperative pool, until asynchronous work is
/// done.
func waiting<Value: Sendable>(
  _ work: @escaping @Sendable () async throws -> Value
) throws -> Value {
  let errand = Errand(work)
  let isDone = DispatchSemaphore(value: 0)
  Task.detached {
    await errand.run()
    isDone.signal()
  }
  isDone.wait()
  return try errand.takeAnswer()
}

/// Asynchronous work, and what it gives.
///
/// It holds neither longer than needed: a task that is done may live on for a moment, and a model that its caller
/// has closed must not, nor an image.
private final class Errand<Value: Sendable>: Sendable {
  private let work: Mutex<(@Sendable () async throws -> Value)?>
  private let answer = Mutex<Result<Value, any Error>?>(nil)

  init(_ work: @escaping @Sendable () async throws -> Value) { self.work = Mutex(work) }

  func run() async {
    guard let work = work.withLock({ $0.take() }) else { return }
    let found: Result<Value, any Error>
    do { found = .success(try await work()) } catch { found = .failure(error) }
    answer.withLock { $0 = found }
  }

  func takeAnswer() throws -> Value {
    guard let found = answer.withLock({ $0.take() }) else { throw CancellationError() }
    return try found.get()
  }
}
