// The vectors of one instruction set: see InstructionSets.hpp.
typedef float Vector __attribute__((ext_vector_type(LANES)));
/// As many integers, such as what comparing vectors gives: all bits or none.
typedef int32_t Integers __attribute__((ext_vector_type(LANES)));
typedef uint8_t Bytes __attribute__((ext_vector_type(LANES)));

constexpr int64_t lanes = LANES;
constexpr int64_t rows = ROWS;
/// How many outputs a panel of filters holds.
constexpr int64_t columns = 2 * lanes;

inline Vector load(const float *address) {
  Vector vector;
  __builtin_memcpy(&vector, address, sizeof vector);
  return vector;
}

inline void store(float *address, Vector vector) {
  __builtin_memcpy(address, &vector, sizeof vector);
}
