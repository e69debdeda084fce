#include "Sharing.hpp"

#include <ATen/Parallel.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace {

/// Work that threads may join as long as it is open.
struct Job {
  void (*const body)(void *);
  void *const data;
  /// How many threads may still join.
  int seats;
  /// How many that have joined are not done.
  std::atomic<int> inside{0};
};

/// Waits for what mostly comes at once, before a thread could be put to sleep and woken; gives up soon,
/// so that another process gets the processor.
template <typename Condition>
void linger(const Condition &condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(100);
  while (!condition() && std::chrono::steady_clock::now() < end) {
#if defined(__x86_64__)
    for (int i = 0; i < 8; i++) __builtin_ia32_pause();
#elif defined(__aarch64__)
    for (int i = 0; i < 8; i++) asm volatile("yield");
#endif
  }
}

/// Whether this thread does a part of shared work; such work is not shared again.
thread_local bool is_inside = false;

void do_part(const Job &job) {
  is_inside = true;
  job.body(job.data);
  is_inside = false;
}

/// Threads that wait for work, and for nothing else: who shares work does it alone where none of them
/// comes in time, and then waits for those alone that have begun.
class Workers {
 public:
  void run(Job &job) {
    {
      std::lock_guard<std::mutex> lock(mutex);
      jobs.push_back(&job);
      open.store(open.load(std::memory_order_relaxed) + job.seats, std::memory_order_relaxed);
      try {
        for (; idle < open.load(std::memory_order_relaxed); idle++)
          std::thread([this] { work(); }).detach();
      } catch (const std::system_error &) {
        // The system gives no more threads: fewer do the same.
      }
      if (job.seats == 1) came.notify_one(); else came.notify_all();
    }
    do_part(job);
    const auto is_done = [&] { return job.inside.load() == 0; };
    close(job);
    linger(is_done);
    if (is_done()) return;
    std::unique_lock<std::mutex> lock(mutex);
    done.wait(lock, is_done);
  }

 private:
  std::mutex mutex;
  std::condition_variable came, done;
  /// Those with free seats.
  std::vector<Job *> jobs;
  /// The free seats of all, to be looked at without the lock.
  std::atomic<int> open{0};
  int idle = 0;

  void close(Job &job) {
    std::lock_guard<std::mutex> lock(mutex);
    const auto found = std::find(jobs.begin(), jobs.end(), &job);
    if (found == jobs.end()) return;
    jobs.erase(found);
    open.store(open.load(std::memory_order_relaxed) - job.seats, std::memory_order_relaxed);
  }

  void work() {
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
      if (jobs.empty()) {
        lock.unlock();
        linger([&] { return open.load(std::memory_order_relaxed) > 0; });
        lock.lock();
      }
      came.wait(lock, [&] { return !jobs.empty(); });
      Job &job = *jobs.front();
      job.seats--;
      job.inside++;
      open.store(open.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
      if (job.seats == 0) jobs.erase(jobs.begin());
      idle--;
      lock.unlock();
      do_part(job);
      lock.lock();
      idle++;
      // After this the job may be gone.
      if (--job.inside == 0) done.notify_all();
    }
  }
};

/// Never destroyed: its threads wait until the process ends.
Workers &workers() {
  static Workers &workers = *new Workers;
  return workers;
}

}  // namespace

int sharing_threads() {
  return is_inside || at::in_parallel_region() ? 1 : at::get_num_threads();
}

void run_on_threads(int others, void (*body)(void *), void *data) {
  if (others <= 0) return body(data);
  Job job{body, data, others};
  workers().run(job);
}
