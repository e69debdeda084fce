// Includes the file KERNELS once for each instruction set, inside a namespace of its own, so that its
// kernels are compiled for all and chosen when they run. It finds the vectors that follow here, LANES
// (the floats of a vector) and ROWS (of a block of a product). No guard: each translation unit says
// KERNELS first. INSTRUCTION_SETS names them for a macro, the best first, and whether this processor
// has them and the user allows them.
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// What libtorch's variable allows its kernels, and so ours: 0 for "default", 1 for "avx2", else 2.
inline int allowed_instructions() {
  const char *given = std::getenv("ATEN_CPU_CAPABILITY");
  const std::string_view limit = given ? given : "";
  return limit == "default" ? 0 : limit == "avx2" ? 1 : 2;
}

namespace portable {
#define LANES 4
#define ROWS 6
#include "Vectors.hpp"
#include KERNELS
#undef LANES
#undef ROWS
}  // namespace portable

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
namespace avx2 {
#define LANES 8
#define ROWS 6
#include "Vectors.hpp"
#include KERNELS
#undef LANES
#undef ROWS
}  // namespace avx2
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
namespace avx512 {
#define LANES 16
#define ROWS 12
#include "Vectors.hpp"
#include KERNELS
#undef LANES
#undef ROWS
}  // namespace avx512
#pragma clang attribute pop
#define INSTRUCTION_SETS(use)                                                     \
  use(avx512, allowed_instructions() > 1 && __builtin_cpu_supports("avx512f"))    \
  use(avx2, allowed_instructions() > 0 && __builtin_cpu_supports("avx2") &&       \
                __builtin_cpu_supports("fma"))                                    \
  use(portable, true)
#else
#define INSTRUCTION_SETS(use) use(portable, true)
#endif
