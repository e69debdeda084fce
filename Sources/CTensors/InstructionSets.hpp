// Includes the file KERNELS once for each instruction set, in a namespace of its own, so that its
// kernels are compiled for all sets and chosen when they run.
//
// The file finds the vectors of the set, see Vectors.hpp, and ends with a constant `kernels`. Its type
// `Kernels` has a `panel`: how many outputs a panel of filters holds. No guard: each translation unit
// says what KERNELS and `Kernels` are, then includes this.
#include "Native.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

namespace portable {
#define LANES 4
#include "Vectors.hpp"
#include KERNELS
}  // namespace portable

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
namespace avx2 {
#define LANES 8
#include "Vectors.hpp"
#include KERNELS
}  // namespace avx2
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
namespace avx512 {
#define LANES 16
#include "Vectors.hpp"
#include KERNELS
}  // namespace avx512
#pragma clang attribute pop
#endif

/// The kernels of all sets. A processor that has one has those before it.
constexpr const Kernels *all_kernels[] = {
    &portable::kernels,
#if defined(__x86_64__)
    &avx2::kernels,
    &avx512::kernels,
#endif
};

/// How many sets this processor has, and libtorch's variable allows its kernels and so ours.
int64_t instruction_sets() {
#if defined(__x86_64__)
  static const int64_t count = [] {
    const char *given = std::getenv("ATEN_CPU_CAPABILITY");
    const std::string_view limit = given ? given : "";
    if (limit == "default") return 1;
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 1;
    return limit == "avx2" || !__builtin_cpu_supports("avx512f") ? 2 : 3;
  }();
  return count;
#else
  return 1;
#endif
}

/// The kernels of the best set, `rank` 0, or of the next best ones.
const Kernels &kernels_of(int64_t rank) {
  const int64_t count = instruction_sets();
  TORCH_CHECK(rank >= 0 && rank < count, "there is no instruction set ", rank, ", but ", count);
  return *all_kernels[count - 1 - rank];
}

/// How filters are packed tells for which kernels they are.
const Kernels &kernels_for(const at::Tensor &packed, int64_t axes) {
  check_numbers("packed filters", packed, axes);
  TORCH_CHECK(packed.is_contiguous(), "these filters are not as they were packed");
  for (int64_t rank = 0; rank < instruction_sets(); rank++) {
    if (kernels_of(rank).panel == packed.size(-1)) return kernels_of(rank);
  }
  TORCH_CHECK(false, "these filters are packed for another processor");
}

}  // namespace
