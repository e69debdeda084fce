// Work that several threads share. libtorch's own at::parallel_for shares nothing in code that is
// compiled without OpenMP, as SwiftPM compiles this; and its threads wait for each other by spinning,
// and for all of their number: beside another busy process that costs several times what it takes.
#ifndef SHARING_HPP
#define SHARING_HPP

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

/// How many threads work that this thread shares may take; as many as libtorch's operations.
int sharing_threads();

/// Runs a body on this thread, and on as many others as come before this one is done with it, at most
/// `others`. It must not throw.
void run_on_threads(int others, void (*body)(void *), void *data);

/// Calls `work` with the parts of 0 up to `count`, each of at most `part`, on all threads. Whoever is
/// free takes the next part.
template <typename Work>
void share(int64_t count, int64_t part, const Work &work) {
  struct Shared {
    const Work &work;
    const int64_t count, part;
    std::atomic<int64_t> next{0};
    std::atomic_flag failed;
    std::exception_ptr error;
  } shared{work, count, part};
  const int64_t parts = (count + part - 1) / part;
  run_on_threads(
      static_cast<int>(std::min<int64_t>(parts, sharing_threads())) - 1,
      [](void *data) {
        auto &shared = *static_cast<Shared *>(data);
        try {
          for (;;) {
            const int64_t begin = shared.next.fetch_add(shared.part);
            if (begin >= shared.count) return;
            shared.work(begin, std::min(begin + shared.part, shared.count));
          }
        } catch (...) {
          if (!shared.failed.test_and_set()) shared.error = std::current_exception();
        }
      },
      &shared);
  if (shared.error) std::rethrow_exception(shared.error);
}

#endif
