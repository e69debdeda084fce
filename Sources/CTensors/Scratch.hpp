// Memory for kernels to work in.
#ifndef SCRATCH_HPP
#define SCRATCH_HPP

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

/// Memory to work in, aligned to lines of the cache. It is kept for the next time: fresh pages cost
/// more than what is computed in them.
class Scratch {
 public:
  /// So many numbers of any value, and behind them so many zeros.
  float *numbers(int64_t count, int64_t zero_count) {
    count = (count + 15) / 16 * 16;
    if (count + zero_count > capacity) {
      capacity = (count + zero_count + 15) / 16 * 16;
      memory.reset(static_cast<float *>(std::aligned_alloc(64, capacity * sizeof(float))));
      if (!memory) {
        capacity = 0;
        throw std::bad_alloc();
      }
      std::fill_n(memory.get(), capacity, 0.0f);
    }
    behind = memory.get() + count;
    std::fill_n(behind, zero_count, 0.0f);
    return memory.get();
  }
  const float *zeros() const { return behind; }

 private:
  struct Free {
    void operator()(float *address) const { std::free(address); }
  };
  std::unique_ptr<float, Free> memory;
  int64_t capacity = 0;
  float *behind = nullptr;
};

#endif
