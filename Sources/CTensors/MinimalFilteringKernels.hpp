// The kernels of minimal filtering, for one instruction set: see InstructionSets.hpp.

/// The tiles, and the vectors of outputs, of a block of a product. Wide blocks read tiles, which come from
/// the second cache, seldom: 24 of 32 registers hold sums, or 12 of 16.
constexpr int64_t block_tiles = 6, panel_vectors = lanes < 16 ? 2 : 4;
/// How many outputs a panel of filters holds.
constexpr int64_t panel_outputs = panel_vectors * lanes;

/// Bᵀ d along one side: pixels become their values at the points.
template <int Size>
inline void transform_pixels(const Vector d[Size], Vector t[Size]) {
  constexpr Points<Size> points;
  constexpr int pairs = Points<Size>::pairs, first = Points<Size>::first;
  // Where 0 is a point, the polynomials of all others have it as a root: a power more.
  const Vector *powers = d + first;
  Vector infinity = powers[2 * pairs];
#pragma unroll
  for (int power = 0; power < pairs; power++) infinity += points.all[power] * powers[2 * power];
  t[Size - 1] = infinity;
#pragma unroll
  for (int pair = 0; pair < pairs; pair++) {
    Vector even = powers[2 * pairs - 1], odd = powers[2 * pairs - 2];
#pragma unroll
    for (int power = 0; power < pairs - 1; power++) {
      even += points.others[pair][power] * powers[2 * power + 1];
      odd += points.others[pair][power] * powers[2 * power];
    }
    odd *= points.powers[pair][1];
    t[first + 2 * pair] = even + odd;
    // The distances of −p from all others have the sign of those of p if 0 is one of them.
    t[first + 2 * pair + 1] = first ? even - odd : odd - even;
  }
  if constexpr (first) {
    Vector origin = d[2 * pairs];
#pragma unroll
    for (int power = 0; power < pairs; power++) origin += points.all[power] * d[2 * power];
    t[0] = origin;
  }
}

/// What the values at each pair of points, p and −p, are to even and to odd powers.
template <int Size>
inline void fold_pairs(const Vector values[Size], Vector sums[Points<Size>::pairs],
                       Vector differences[Points<Size>::pairs]) {
  constexpr int first = Points<Size>::first;
#pragma unroll
  for (int pair = 0; pair < Points<Size>::pairs; pair++) {
    sums[pair] = values[first + 2 * pair] + values[first + 2 * pair + 1];
    differences[pair] = values[first + 2 * pair] - values[first + 2 * pair + 1];
  }
}

/// Aᵀ m along one side: the values at the points become `Side` outputs.
template <int Size, int Side>
inline void transform_products(const Vector m[Size], Vector y[Side]) {
  constexpr Points<Size> points;
  constexpr int pairs = Points<Size>::pairs;
  Vector sums[pairs], differences[pairs];
  fold_pairs<Size>(m, sums, differences);
#pragma unroll
  for (int i = 0; i < Side; i++) {
    const Vector *values = i % 2 == 0 ? sums : differences;
    y[i] = points.powers[0][i] * values[0];
#pragma unroll
    for (int pair = 1; pair < pairs; pair++) y[i] += points.powers[pair][i] * values[pair];
  }
  if constexpr (Points<Size>::first) y[0] += m[0];
  y[Side - 1] += m[Size - 1];
}

/// Transforms a square of `From` × `From` values along both sides to `To` × `To`, each a line of the
/// cache: what is read of one vector is read of the others before it goes.
///
/// `find` says where the line at a row and a column lies, and `write` gets the vector that starts at a
/// lane of one.
template <int From, int To, auto transform, typename Find, typename Write>
inline void transform_square(const Find &find, const Write &write) {
  constexpr int parts = line / lanes;
  Vector columnwise[parts][To][From];
  for (int column = 0; column < From; column++) {
    const float *lines[From];
#pragma unroll
    for (int row = 0; row < From; row++) lines[row] = find(row, column);
    for (int part = 0; part < parts; part++) {
      Vector values[From], transformed[To];
#pragma unroll
      for (int row = 0; row < From; row++) {
        values[row] = load(lines[row] + part * lanes);
        // Pixels and planes are more than a processor foresees by itself, here and where they are written.
        // Asked for after what is needed now: what is asked for takes its turn.
        if (part == 0) __builtin_prefetch(lines[row] + line);
      }
      transform(values, transformed);
#pragma unroll
      for (int row = 0; row < To; row++) columnwise[part][row][column] = transformed[row];
    }
  }
  for (int row = 0; row < To; row++) {
    for (int part = 0; part < parts; part++) {
      Vector transformed[To];
      transform(columnwise[part][row], transformed);
#pragma unroll
      for (int column = 0; column < To; column++) {
        write(row, column, part * lanes, transformed[column]);
      }
    }
  }
}

/// Writes a vector of a line, and asks for the next line.
inline void store_ahead(float *address, int64_t lane, Vector vector) {
  store(address + lane, vector);
  if (lane == 0) __builtin_prefetch(address + line, 1);
}

/// Transforms the channels from `begin` to `end` of a tile whose pixels are found at `pixels`.
template <int Size>
inline void transform_tile(const float *const pixels[Size * Size], int64_t begin, int64_t end,
                           float *target, int64_t plane) {
  for (int64_t channel = begin; channel < end; channel += line, target += line) {
    transform_square<Size, Size, transform_pixels<Size>>(
        [&](int row, int column) { return pixels[row * Size + column] + channel; },
        [&](int row, int column, int64_t lane, Vector value) {
          store_ahead(target + (row * Size + column) * plane, lane, value);
        });
  }
}

/// Writes the outputs of a tile, `Side` × `Side` pixels, to where `pixels` says; null is outside. Its
/// products start at `place` in the plane of each point.
template <int Size, int Side>
inline void transform_back(float *const planes[Size * Size], int64_t place, const FilterJob &job,
                           float *const pixels[Side * Side]) {
  const float slope = job.slope, *bias = job.bias;
  for (int64_t channel = 0; channel < job.shape.outputs; channel += line, bias += line) {
    transform_square<Size, Side, transform_products<Size, Side>>(
        [&](int row, int column) { return planes[row * Size + column] + place + channel; },
        [&](int row, int column, int64_t lane, Vector sum) {
          float *pixel = pixels[row * Side + column];
          if (pixel) store_ahead(pixel + channel, lane, rectified(sum + load(bias + lane), slope));
        });
  }
}

/// Some tiles times a panel of filters: the products over `depth` inputs, summed and, with `adding`,
/// added to what stands at `products`.
///
/// On the way it asks for the tiles that follow, and for a block's share of the memory at `next`.
inline void multiply(const float *tiles, const float *panel, int64_t depth, float *products,
                     int64_t product_stride, bool adding, const float *next) {
  // Three tiles are within reach of one address.
  constexpr int reach = 3;
  static_assert(block_tiles % reach == 0);
  const float *reached[block_tiles / reach], *following = tiles + block_tiles * depth;
#pragma unroll
  for (int i = 0; i < block_tiles / reach; i++) reached[i] = tiles + i * reach * depth;
  Vector sums[block_tiles][panel_vectors] = {};
  for (int64_t input = 0; input < depth; input += 8) {
    for (int64_t ahead = 0; ahead < panel_vectors / 2; ahead++, next += line) {
      __builtin_prefetch(next);
    }
    for (int64_t ahead = 0; ahead < 8 * block_tiles; ahead += line, following += line) {
      __builtin_prefetch(following);
    }
    // More steps at once, and the compiler loads ahead until no registers are left for the sums.
#pragma unroll 1
    for (int half = 0; half < 2; half++, panel += 4 * panel_outputs) {
#pragma unroll
      for (int step = 0; step < 4; step++) {
        Vector filters[panel_vectors];
#pragma unroll
        for (int i = 0; i < panel_vectors; i++) {
          filters[i] = load(panel + step * panel_outputs + i * lanes);
        }
#pragma unroll
        for (int row = 0; row < block_tiles; row++) {
          const Vector tile = Vector(reached[row / reach][row % reach * depth + step]);
#pragma unroll
          for (int i = 0; i < panel_vectors; i++) sums[row][i] += tile * filters[i];
        }
      }
#pragma unroll
      for (int i = 0; i < block_tiles / reach; i++) reached[i] += 4;
    }
  }
#pragma unroll
  for (int row = 0; row < block_tiles; row++, products += product_stride) {
#pragma unroll
    for (int i = 0; i < panel_vectors; i++) {
      if (adding) sums[row][i] += load(products + i * lanes);
      store(products + i * lanes, sums[row][i]);
    }
  }
}

/// The products at one point of `count` tiles, of which there is room for a multiple of a block's.
inline void multiply_point(const FilterJob &job, int64_t point, int64_t count, Planes &planes) {
  const int64_t inputs = job.shape.inputs, outputs = job.shape.outputs;
  const float *panel = job.filters + point * inputs * outputs;
  float *pixels = planes.pixels + point * planes.plane;
  float *products = planes.products[point] = planes.take_spare();
  for (int64_t output = 0; output < outputs; output += panel_outputs) {
    for (int64_t first = 0; first < inputs; first += inputs_together) {
      const int64_t depth = std::min(inputs_together, inputs - first);
      const float *next = panel + panel_outputs * depth, *tiles = pixels + first * planes.tiles;
      for (int64_t i = 0; i < count; i += block_tiles) {
        multiply(tiles + i * depth, panel, depth, products + i * outputs + output, outputs,
                 first > 0, next + i * panel_outputs * depth / count);
      }
      panel = next;
    }
  }
  planes.leave_spare(pixels);
}

/// G g along one side: `Taps` weights become their values at the points.
template <int Size, int Taps>
inline void transform_weights(const Vector g[Taps], Vector t[Size]) {
  constexpr Points<Size> points;
  constexpr int first = Points<Size>::first;
  if constexpr (first) t[0] = points.origin * g[0];
#pragma unroll
  for (int pair = 0; pair < Points<Size>::pairs; pair++) {
    const float *factors = points.weights[pair];
    Vector even = factors[0] * g[0], odd = factors[1] * g[1];
#pragma unroll
    for (int tap = 2; tap < Taps; tap++) (tap % 2 ? odd : even) += factors[tap] * g[tap];
    t[first + 2 * pair] = even + odd;
    t[first + 2 * pair + 1] = even - odd;
  }
  t[Size - 1] = g[Taps - 1];
}

/// Packs G g Gᵀ of filters that lie in panels. A part is ``inputs_packed`` inputs of a panel.
template <int Size, int Taps>
void pack(const FilterShape &shape, const float *weights, float *packed, int64_t begin,
          int64_t end) {
  constexpr int64_t part_size = inputs_packed * panel_outputs;
  const int64_t depth = shape.inputs * panel_outputs, plane = shape.inputs * shape.outputs;
  // They are gathered first: the planes lie far apart, and take whole lines at a time.
  alignas(64) float gathered[Size * Size][part_size];
  for (int64_t part = begin; part < end; part++) {
    const int64_t panel = part * part_size / depth, start = part * part_size % depth;
    const float *taps = weights + panel * Taps * Taps * depth + start;
    for (int64_t i = 0; i < part_size; i += line) {
      transform_square<Taps, Size, transform_weights<Size, Taps>>(
          [&](int row, int column) { return taps + (row * Taps + column) * depth + i; },
          [&](int row, int column, int64_t lane, Vector value) {
            store(gathered[row * Size + column] + i + lane, value);
          });
    }
    float *target = packed + part * part_size;
    for (int point = 0; point < Size * Size; point++, target += plane) {
      __builtin_memcpy(target, gathered[point], sizeof gathered[point]);
    }
  }
}

/// A along one side, the adjoint of ``transform_products``: `Side` gradients become as many as there are
/// points.
template <int Size, int Side>
inline void transform_gradients(const Vector y[Side], Vector m[Size]) {
  constexpr Points<Size> points;
  constexpr int first = Points<Size>::first;
  if constexpr (first) m[0] = y[0];
#pragma unroll
  for (int pair = 0; pair < Points<Size>::pairs; pair++) {
    const float *powers = points.powers[pair];
    Vector even = y[0], odd = powers[1] * y[1];
#pragma unroll
    for (int i = 2; i < Side; i++) (i % 2 ? odd : even) += powers[i] * y[i];
    m[first + 2 * pair] = even + odd;
    m[first + 2 * pair + 1] = even - odd;
  }
  m[Size - 1] = y[Side - 1];
}

/// Transforms the gradients of a tile's outputs, each to be found at `pixels`.
template <int Size, int Side>
inline void transform_tile_gradients(const float *const pixels[Side * Side], int64_t channels,
                                     float *target, int64_t plane) {
  for (int64_t channel = 0; channel < channels; channel += line) {
    transform_square<Side, Size, transform_gradients<Size, Side>>(
        [&](int row, int column) { return pixels[row * Side + column] + channel; },
        [&](int row, int column, int64_t lane, Vector value) {
          store(target + (row * Size + column) * plane + channel + lane, value);
        });
  }
}

/// Transforms pixels and gradients of the tiles from `begin` to `end`, for ``multiply_gradients``.
template <int Size, int Taps>
void transform(const FilterJob &job, float *pixels, float *gradients, int64_t begin, int64_t end) {
  constexpr int side = Size + 1 - Taps;
  const int64_t pixel_row = job.shape.inputs + line, gradient_row = job.shape.outputs + line;
  static thread_local Scratch scratch;
  float *zeros = scratch.numbers(0, std::max(job.shape.inputs, job.shape.outputs));
  for (int64_t tile = begin; tile < end; tile++) {
    const float *seen[Size * Size];
    job.find_inputs(tile, zeros, seen);
    transform_tile<Size>(seen, 0, job.shape.inputs, pixels + tile * pixel_row,
                         job.tiles() * pixel_row);
    float *given[side * side];
    job.find_outputs(tile, zeros, given);
    transform_tile_gradients<Size, side>(given, job.shape.outputs,
                                         gradients + tile * gradient_row,
                                         job.tiles() * gradient_row);
  }
}

/// Four outputs times a panel of inputs: gradients times pixels, summed over `tiles` tiles and, with
/// `adding`, added to what stands at `products`.
inline void multiply_panel(const float *gradients, int64_t gradient_row, const float *pixels,
                           int64_t pixel_row, int64_t tiles, float *products,
                           int64_t product_row, bool adding) {
  Vector sums[4][2] = {};
  for (int64_t tile = 0; tile < tiles; tile++) {
    const Vector left = load(pixels), right = load(pixels + lanes);
#pragma unroll
    for (int row = 0; row < 4; row++) {
      const Vector factor = Vector(gradients[row]);
      sums[row][0] += factor * left;
      sums[row][1] += factor * right;
    }
    pixels += pixel_row;
    gradients += gradient_row;
  }
#pragma unroll
  for (int row = 0; row < 4; row++, products += product_row) {
    if (adding) {
      sums[row][0] += load(products);
      sums[row][1] += load(products + lanes);
    }
    store(products, sums[row][0]);
    store(products + lanes, sums[row][1]);
  }
}

/// The gradients of the transformed filters at the points from `begin` to `end`: points × outputs ×
/// inputs.
void multiply_gradients(const FilterJob &job, const float *pixels, const float *gradients,
                        float *products, int64_t begin, int64_t end) {
  // So many tiles that a line of their gradients and a panel of their pixels stay in the cache.
  constexpr int64_t together = 160;
  const int64_t tiles = job.tiles();
  const int64_t pixel_row = job.shape.inputs + line, gradient_row = job.shape.outputs + line;
  for (int64_t point = begin; point < end; point++) {
    float *plane = products + point * job.shape.inputs * job.shape.outputs;
    for (int64_t first = 0; first < tiles; first += together) {
      const int64_t count = std::min(together, tiles - first);
      const float *pixel = pixels + (point * tiles + first) * pixel_row;
      const float *gradient = gradients + (point * tiles + first) * gradient_row;
      for (int64_t outputs = 0; outputs < job.shape.outputs; outputs += line) {
        for (int64_t input = 0; input < job.shape.inputs; input += 2 * lanes) {
          for (int64_t output = outputs; output < outputs + line; output += 4) {
            multiply_panel(gradient + output, gradient_row, pixel + input, pixel_row, count,
                           plane + output * job.shape.inputs + input, job.shape.inputs, first > 0);
          }
        }
      }
    }
  }
}

/// Gᵀ t along one side, the adjoint of ``transform_weights``: gradients at the points become `Taps`.
template <int Size, int Taps>
inline void transform_weight_gradients(const Vector t[Size], Vector g[Taps]) {
  constexpr Points<Size> points;
  constexpr int pairs = Points<Size>::pairs;
  Vector sums[pairs], differences[pairs];
  fold_pairs<Size>(t, sums, differences);
#pragma unroll
  for (int tap = 0; tap < Taps; tap++) {
    const Vector *values = tap % 2 == 0 ? sums : differences;
    g[tap] = points.weights[0][tap] * values[0];
#pragma unroll
    for (int pair = 1; pair < pairs; pair++) g[tap] += points.weights[pair][tap] * values[pair];
  }
  if constexpr (Points<Size>::first) g[0] += points.origin * t[0];
  g[Taps - 1] += t[Size - 1];
}

/// From the gradients of transformed filters those of the weights, outputs × side × side × inputs,
/// of the outputs from `begin` to `end`.
template <int Size, int Taps>
void unpack_gradients(const FilterShape &shape, const float *products, float *weights,
                      int64_t begin, int64_t end) {
  const int64_t plane = shape.inputs * shape.outputs;
  for (int64_t output = begin; output < end; output++) {
    float *filter = weights + output * Taps * Taps * shape.inputs;
    for (int64_t input = 0; input < shape.inputs; input += line) {
      const float *product = products + output * shape.inputs + input;
      // Rows and columns change places, and again.
      transform_square<Size, Taps, transform_weight_gradients<Size, Taps>>(
          [&](int column, int row) { return product + (row * Size + column) * plane; },
          [&](int column, int row, int64_t lane, Vector gradient) {
            store(filter + (row * Taps + column) * shape.inputs + input + lane, gradient);
          });
    }
  }
}

template <int Size, int Taps>
void gather(const FilterJob &job, const Planes &planes, int64_t first, int64_t begin, int64_t end) {
  for (int64_t tile = begin; tile < end; tile++) {
    const float *pixels[Size * Size];
    job.find_inputs(first + tile, planes.zeros, pixels);
    for (int64_t channel = 0; channel < job.shape.inputs; channel += inputs_together) {
      const int64_t next = std::min(channel + inputs_together, job.shape.inputs);
      float *target = planes.pixels + channel * planes.tiles + tile * (next - channel);
      transform_tile<Size>(pixels, channel, next, target, planes.plane);
    }
  }
}

void multiply_points(const FilterJob &job, Planes &planes, int64_t count, int64_t begin,
                     int64_t end) {
  for (int64_t point = begin; point < end; point++) multiply_point(job, point, count, planes);
}

template <int Size, int Taps>
void scatter(const FilterJob &job, const Planes &planes, int64_t first, int64_t begin,
             int64_t end) {
  constexpr int side = Size + 1 - Taps;
  for (int64_t tile = begin; tile < end; tile++) {
    float *pixels[side * side];
    job.find_outputs(first + tile, nullptr, pixels);
    transform_back<Size, side>(planes.products, tile * job.shape.outputs, job, pixels);
  }
}

template <int Size, int Taps>
constexpr Transforms transforms_of{gather<Size, Taps>, scatter<Size, Taps>, pack<Size, Taps>,
                                   transform<Size, Taps>, unpack_gradients<Size, Taps>};

const Transforms &transforms(const FilterShape &shape) {
  switch (shape.size * 100 + shape.taps) {
    case 802: return transforms_of<8, 2>;
    case 803: return transforms_of<8, 3>;
    case 804: return transforms_of<8, 4>;
    case 805: return transforms_of<8, 5>;
    case 806: return transforms_of<8, 6>;
    case 1004: return transforms_of<10, 4>;
    case 1005: return transforms_of<10, 5>;
    case 1006: return transforms_of<10, 6>;
    case 1104: return transforms_of<11, 4>;
    case 1105: return transforms_of<11, 5>;
    case 1106: return transforms_of<11, 6>;
  }
  TORCH_CHECK(false, "there is no kernel for ", shape.taps, " weights a side on tiles of ",
              shape.size, " pixels");
}

constexpr Kernels kernels{panel_outputs, block_tiles, multiply_points, multiply_gradients,
                          transforms};
