// Work for all threads of libtorch. Its own at::parallel_for shares nothing in code that is compiled
// without OpenMP, as SwiftPM compiles this.
#ifndef SHARING_HPP
#define SHARING_HPP

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

/// Runs a body on each of `count` threads: those that libtorch's operations keep ready, where its
/// OpenMP can be asked for them. The thread sanitizer does not see how those wait for each other.
inline void run_on_threads(int count, void (*body)(void *), void *data) {
  if (count == 1) return body(data);
#if !__has_feature(thread_sanitizer)
  using Parallel = void (*)(void (*)(void *), void *, unsigned, unsigned);
  static const auto parallel = reinterpret_cast<Parallel>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  if (parallel) return parallel(body, data, static_cast<unsigned>(count), 0);
#endif
  std::vector<std::thread> threads;
  for (int i = 1; i < count; i++) threads.emplace_back(body, data);
  body(data);
  for (auto &thread : threads) thread.join();
}

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
  const int64_t threads = at::in_parallel_region() ? 1 : at::get_num_threads();
  run_on_threads(
      static_cast<int>(std::max<int64_t>(1, std::min(parts, threads))),
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
