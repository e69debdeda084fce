// Memory for large tensors, kept for the next one: the system must clear the pages of a fresh block,
// which costs a twentieth of a training. Kept in the heap, where small blocks come to lie between the
// large ones, it grows to twice of what a map holds at any time.
#include "CTensors.h"

#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <mutex>
#include <unordered_map>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace {

/// Blocks of whole pages from the system. A tensor gets the smallest free block that holds it and is at
/// most twice as large. Where there is none and all blocks would hold an eighth more than tensors ever
/// did at one time, free ones go back to the system first.
class KeptBlocks final : public c10::Allocator {
 public:
  explicit KeptBlocks(c10::Allocator *usual) : usual(usual) {}

  c10::DataPtr allocate(std::size_t bytes) override {
    void *block =
        bytes < least ? usual->raw_allocate(bytes) : take((bytes + page - 1) / page * page);
    return {block, block, &give_back, c10::Device(c10::kCPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }

  void copy_data(void *target, const void *source, std::size_t bytes) const override {
    default_copy_data(target, source, bytes);
  }

  /// Made when the program starts: threads that allocate see it without waiting for each other.
  static KeptBlocks &shared;

 private:
  static constexpr std::size_t least = 1 << 20, page = 1 << 12;

  void *take(std::size_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto fitting = free.lower_bound(bytes);
    if (fitting != free.end() && fitting->first <= 2 * bytes) {
      void *block = fitting->second;
      taken.emplace(block, fitting->first);
      kept -= fitting->first;
      free.erase(fitting);
      return block;
    }
    most = std::max(most, held - kept + bytes);
    while (!free.empty() && held + bytes > most + most / 8) {
      // The largest of those that are too small, or else the smallest of those that are too large.
      auto next = free.lower_bound(bytes);
      if (next != free.begin()) next--;
      munmap(next->second, next->first);
      held -= next->first;
      kept -= next->first;
      free.erase(next);
    }
    void *block = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    TORCH_CHECK(block != MAP_FAILED, "there is no memory for a tensor of ", bytes, " bytes");
#ifdef MADV_HUGEPAGE
    // The pixels that a tile of a convolution sees lie on more pages than a processor keeps in mind.
    madvise(block, bytes, MADV_HUGEPAGE);
#endif
    held += bytes;
    taken.emplace(block, bytes);
    return block;
  }

  static void give_back(void *block) {
    KeptBlocks &blocks = shared;
    std::unique_lock<std::mutex> lock(blocks.mutex);
    const auto found = blocks.taken.find(block);
    if (found == blocks.taken.end()) {
      lock.unlock();
      return blocks.usual->raw_deallocate(block);
    }
    blocks.free.emplace(found->second, block);
    blocks.kept += found->second;
    blocks.taken.erase(found);
  }

  c10::Allocator *const usual;
  std::mutex mutex;
  /// Bytes of all blocks, of the free ones, and the most that were ever not free.
  std::size_t held = 0, kept = 0, most = 0;
  std::multimap<std::size_t, void *> free;
  std::unordered_map<void *, std::size_t> taken;
};

// Tensors may outlive what is destroyed at exit.
KeptBlocks &KeptBlocks::shared = *new KeptBlocks(c10::GetDefaultCPUAllocator());

}  // namespace

void ct_keep_memory(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
  c10::SetCPUAllocator(&KeptBlocks::shared);
}
