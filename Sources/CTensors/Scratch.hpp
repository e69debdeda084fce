// Memory for kernels to work in.
#ifndef SCRATCH_HPP
#define SCRATCH_HPP

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>

/// Memory to work in, aligned to lines of the cache. It is kept for the next time: fresh pages cost
/// more than what is computed in them. And it is not of the heap, which it would cut in two; only the
/// address sanitizer gets it from there, where it sees what is read or written beyond the end.
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch &) = delete;
  ~Scratch() { release(); }

  /// So many numbers of any value, and behind them so many zeros.
  float *numbers(int64_t count, int64_t zero_count) {
    count = (count + 15) / 16 * 16;
    if (count + zero_count > capacity) {
      release();
      const int64_t wanted = count + zero_count;
#if __has_feature(address_sanitizer)
      void *pages = std::malloc(wanted * sizeof(float));
      if (!pages) throw std::bad_alloc();
#else
      void *pages = mmap(nullptr, wanted * sizeof(float), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (pages == MAP_FAILED) throw std::bad_alloc();
#endif
      memory = static_cast<float *>(pages);
      capacity = wanted;
    }
    behind = memory + count;
    std::fill_n(behind, zero_count, 0.0f);
    return memory;
  }
  const float *zeros() const { return behind; }

 private:
  void release() {
#if __has_feature(address_sanitizer)
    std::free(memory);
#else
    if (memory) munmap(memory, capacity * sizeof(float));
#endif
    memory = nullptr;
    capacity = 0;
  }

  float *memory = nullptr;
  int64_t capacity = 0;
  float *behind = nullptr;
};

#endif
