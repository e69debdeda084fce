// The vectors of one instruction set, of LANES floats. No guard: each set has them in a namespace of its
// own, see InstructionSets.hpp.
typedef float Vector __attribute__((ext_vector_type(LANES)));
/// As many integers, such as what comparing vectors gives: all bits or none.
typedef int32_t Integers __attribute__((ext_vector_type(LANES)));
typedef uint8_t Bytes __attribute__((ext_vector_type(LANES)));

constexpr int64_t lanes = LANES;
#undef LANES

template <typename Lanes = Vector, typename Number>
inline Lanes load(const Number *address) {
  static_assert(sizeof(Lanes) == lanes * sizeof(Number));
  Lanes vector;
  __builtin_memcpy(&vector, address, sizeof vector);
  return vector;
}

template <typename Lanes, typename Number>
inline void store(Number *address, Lanes vector) {
  static_assert(sizeof(Lanes) == lanes * sizeof(Number));
  __builtin_memcpy(address, &vector, sizeof vector);
}

/// A leaky rectifier, whose slope is at most 1.
inline Vector rectified(Vector sum, float slope) {
  return __builtin_elementwise_max(sum, slope * sum);
}
