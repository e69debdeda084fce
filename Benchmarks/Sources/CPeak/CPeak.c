#include "CPeak.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

// So many independent sums that none waits for the one before: twelve of them, which with two
// operands fit the sixteen registers of AVX2.
#define ROUNDS 100000
#define LOOP(name, lanes, features)                                          \
  typedef float name##_vector __attribute__((ext_vector_type(lanes)));       \
  features static double name(void) {                                        \
    name##_vector sums[12];                                                  \
    for (int i = 0; i < 12; i++) sums[i] = (name##_vector)(float)i;          \
    name##_vector a = (name##_vector)(0.999f), b = (name##_vector)(0.001f);  \
    for (int round = 0; round < ROUNDS; round++) {                           \
      _Pragma("unroll") for (int i = 0; i < 12; i++) sums[i] = sums[i] * a + b; \
    }                                                                        \
    name##_vector sum = sums[0];                                             \
    for (int i = 1; i < 12; i++) sum += sums[i];                             \
    volatile float kept = sum[0];                                            \
    (void)kept;                                                              \
    return 2.0 * lanes * 12 * ROUNDS;                                        \
  }

#if defined(__x86_64__)
LOOP(wide, 16, __attribute__((target("avx512f"))))
LOOP(middle, 8, __attribute__((target("avx2,fma"))))
#endif
LOOP(narrow, 4, )

typedef struct {
  double (*loop)(void);
  double until, operations;
} Work;

static void *run(void *data) {
  Work *work = data;
  while (now() < work->until) work->operations += work->loop();
  return NULL;
}

double peak_operations(int threads, double seconds) {
  double (*loop)(void) = narrow;
#if defined(__x86_64__)
  // With libtorch's kernels, and ours, the peak is limited too.
  const char *limit = getenv("ATEN_CPU_CAPABILITY");
  if (!limit) limit = "";
  if (strcmp(limit, "default") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    loop = middle;
    if (strcmp(limit, "avx2") && __builtin_cpu_supports("avx512f")) loop = wide;
  }
#endif
  Work work[256];
  pthread_t handles[256];
  if (threads > 256) threads = 256;
  double start = now();
  for (int i = 0; i < threads; i++) {
    work[i] = (Work){loop, start + seconds, 0};
    pthread_create(&handles[i], NULL, run, &work[i]);
  }
  double operations = 0;
  for (int i = 0; i < threads; i++) {
    pthread_join(handles[i], NULL);
    operations += work[i].operations;
  }
  return operations / (now() - start);
}
