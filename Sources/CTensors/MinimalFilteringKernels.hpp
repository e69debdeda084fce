// The kernels of minimal filtering, for one instruction set: see InstructionSets.hpp.

/// Bᵀ d along one side: eight pixels become their values at the eight points.
inline void transform_pixels(const Vector d[8], Vector t[8]) {
  t[0] = d[6] - d[0] + 5.25f * (d[2] - d[4]);
  t[7] = d[7] - d[1] + 5.25f * (d[3] - d[5]);
  Vector even = d[6] + d[2] - 4.25f * d[4], odd = d[5] + d[1] - 4.25f * d[3];
  t[1] = even + odd;
  t[2] = even - odd;
  even = d[6] + 4 * d[2] - 5 * d[4], odd = 0.5f * d[5] + 2 * d[1] - 2.5f * d[3];
  t[3] = even + odd;
  t[4] = even - odd;
  even = d[6] + 0.25f * d[2] - 1.25f * d[4], odd = 2 * d[5] + 0.5f * d[1] - 2.5f * d[3];
  t[5] = even + odd;
  t[6] = even - odd;
}

/// Aᵀ m along one side: the values at the eight points become `Side` outputs.
template <int Side>
inline void transform_products(const Vector m[8], Vector y[Side]) {
  const Vector sums[3] = {m[1] + m[2], m[3] + m[4], m[5] + m[6]};
  const Vector differences[3] = {m[1] - m[2], m[3] - m[4], m[5] - m[6]};
  float half = 1, twice = 1;
#pragma unroll
  for (int i = 0; i < Side; i++, half *= 0.5f, twice *= 2) {
    const Vector *pairs = i % 2 == 0 ? sums : differences;
    y[i] = pairs[0] + half * pairs[1] + twice * pairs[2];
  }
  y[0] += m[0];
  y[Side - 1] += m[7];
}

/// Vectors that fill a line of the cache: what is read of one is read of the others before it goes.
constexpr int parts = line / lanes;

/// Transforms a tile: 8 × 8 pixels of `channels` numbers, each to be found at `pixels`.
inline void transform_tile(const float *const pixels[points], int64_t channels, float *target,
                           int64_t plane) {
  for (int64_t channel = 0; channel < channels; channel += line) {
    Vector columnwise[parts][8][8];
    for (int column = 0; column < 8; column++) {
      for (int part = 0; part < parts; part++) {
        Vector d[8], t[8];
#pragma unroll
        for (int row = 0; row < 8; row++) {
          d[row] = load(pixels[row * 8 + column] + channel + part * lanes);
        }
        transform_pixels(d, t);
#pragma unroll
        for (int row = 0; row < 8; row++) columnwise[part][row][column] = t[row];
      }
    }
    for (int row = 0; row < 8; row++) {
      for (int part = 0; part < parts; part++) {
        Vector t[8];
        transform_pixels(columnwise[part][row], t);
#pragma unroll
        for (int column = 0; column < 8; column++) {
          store(target + (row * 8 + column) * plane + channel + part * lanes, t[column]);
        }
      }
    }
  }
}

/// Writes the outputs of a tile, `Side` × `Side` pixels, to where `pixels` says; null is outside.
template <int Side>
inline void transform_back(const float *products, int64_t plane, const FilterJob &job,
                           float *const pixels[points]) {
  for (int64_t channel = 0; channel < job.outputs; channel += line) {
    Vector columnwise[parts][Side][8];
    for (int column = 0; column < 8; column++) {
      const float *product = products + column * plane + channel;
      // The planes are more than a processor foresees by itself.
#pragma unroll
      for (int row = 0; row < 8; row++) __builtin_prefetch(product + row * 8 * plane + line);
      for (int part = 0; part < parts; part++) {
        Vector m[8], y[Side];
#pragma unroll
        for (int row = 0; row < 8; row++) m[row] = load(product + row * 8 * plane + part * lanes);
        transform_products<Side>(m, y);
#pragma unroll
        for (int row = 0; row < Side; row++) columnwise[part][row][column] = y[row];
      }
    }
    for (int row = 0; row < Side; row++) {
      for (int part = 0; part < parts; part++) {
        const int64_t first = channel + part * lanes;
        const Vector bias = job.bias ? load(job.bias + first) : Vector(0);
        Vector y[Side];
        transform_products<Side>(columnwise[part][row], y);
#pragma unroll
        for (int column = 0; column < Side; column++) {
          float *pixel = pixels[row * Side + column];
          if (!pixel) continue;
          const Vector sum = y[column] + bias;
          store(pixel + first, __builtin_elementwise_max(sum, job.slope * sum));
        }
      }
    }
  }
}

/// `rows` tiles times a panel of filters: the products over `depth` inputs, summed.
///
/// On the way it asks for the tiles that follow, and for `depth` / 8 lines of the memory at `next`.
inline void multiply(const float *tiles, int64_t tile_stride, const float *panel, int64_t depth,
                     float *products, int64_t product_stride, const float *next) {
  const float *tile_rows[rows], *following = tiles + rows * tile_stride;
  for (int row = 0; row < rows; row++) tile_rows[row] = tiles + row * tile_stride;
  Vector sums[rows][2] = {};
  for (int64_t input = 0; input < depth; input += 8) {
    __builtin_prefetch(next + 2 * input);
    for (int64_t ahead = 0; ahead < 8 * rows; ahead += line, following += line) {
      __builtin_prefetch(following);
    }
    // All eight at once, and the compiler loads ahead until no registers are left for the sums.
#pragma unroll 4
    for (int64_t step = input; step < input + 8; step++, panel += columns) {
      const Vector left = load(panel), right = load(panel + lanes);
#pragma unroll
      for (int row = 0; row < rows; row++) {
        const Vector tile = Vector(tile_rows[row][step]);
        sums[row][0] += tile * left;
        sums[row][1] += tile * right;
      }
    }
  }
#pragma unroll
  for (int row = 0; row < rows; row++) {
    store(products + row * product_stride, sums[row][0]);
    store(products + row * product_stride + lanes, sums[row][1]);
  }
}

/// The products at one point of `count` tiles, of which there is room for a multiple of `rows`.
inline void multiply_point(const FilterJob &job, int64_t point, int64_t count,
                           const Planes &planes) {
  const float *panel = job.filters + point * job.inputs * job.outputs;
  const float *pixels = planes.pixels + point * planes.pixel_plane;
  float *products = planes.products + point * planes.product_plane;
  for (int64_t output = 0; output < job.outputs; output += columns) {
    const float *next = panel + columns * job.inputs;
    for (int64_t i = 0; i < count; i += rows) {
      multiply(pixels + i * job.inputs, job.inputs, panel, job.inputs,
               products + i * job.outputs + output, job.outputs,
               next + i * columns * job.inputs / count);
    }
    panel = next;
  }
}

/// G g along one side: `Taps` weights become their values at the eight points.
template <int Taps>
inline void transform_weights(const float powers[3][Taps], const Vector g[Taps], Vector t[8]) {
  t[0] = -g[0];
#pragma unroll
  for (int pair = 0; pair < 3; pair++) {
    Vector even = powers[pair][0] * g[0], odd = powers[pair][1] * g[1];
#pragma unroll
    for (int tap = 2; tap < Taps; tap++) (tap % 2 ? odd : even) += powers[pair][tap] * g[tap];
    t[1 + 2 * pair] = even + odd;
    t[2 + 2 * pair] = even - odd;
  }
  t[7] = g[Taps - 1];
}

/// Packs G g Gᵀ of the filters from `begin` to `end` panels.
///
/// `weights` are outputs × side × side × inputs; with `turned` inputs × side × side × outputs, and each
/// filter is turned by 180°.
template <int Taps>
void pack_filters(const FilterShape &shape, const float *weights, bool turned, float *packed,
                  int64_t begin, int64_t end) {
  float powers[3][Taps];
  shape.fill(powers);
  const int64_t plane = shape.inputs * shape.outputs;
  // Some inputs are gathered first: the planes lie far apart, and take whole lines at a time.
  constexpr int64_t together = 8;
  alignas(64) float gathered[points][together * columns];
  alignas(64) float taps[Taps * Taps][together * columns];
  for (int64_t panel = begin; panel < end; panel++) {
    for (int64_t start = 0; start < shape.inputs; start += together) {
      for (int tap = 0; tap < Taps * Taps; tap++) {
        if (turned) {
          for (int64_t input = 0; input < together; input++) {
            const float *source =
                weights + ((start + input + 1) * Taps * Taps - 1 - tap) * shape.outputs;
            __builtin_memcpy(taps[tap] + input * columns, source + panel * columns,
                             columns * sizeof(float));
          }
          continue;
        }
        for (int64_t output = 0; output < columns; output++) {
          const float *source =
              weights + ((panel * columns + output) * Taps * Taps + tap) * shape.inputs + start;
#pragma unroll
          for (int64_t input = 0; input < together; input++) {
            taps[tap][input * columns + output] = source[input];
          }
        }
      }
      for (int64_t i = 0; i < together * columns; i += lanes) {
        Vector columnwise[8][Taps];
#pragma unroll
        for (int column = 0; column < Taps; column++) {
          Vector g[Taps], t[8];
#pragma unroll
          for (int row = 0; row < Taps; row++) g[row] = load(taps[row * Taps + column] + i);
          transform_weights<Taps>(powers, g, t);
#pragma unroll
          for (int row = 0; row < 8; row++) columnwise[row][column] = t[row];
        }
        for (int row = 0; row < 8; row++) {
          Vector t[8];
          transform_weights<Taps>(powers, columnwise[row], t);
#pragma unroll
          for (int column = 0; column < 8; column++) store(gathered[row * 8 + column] + i, t[column]);
        }
      }
      float *target = packed + (panel * shape.inputs + start) * columns;
      for (int point = 0; point < points; point++, target += plane) {
        __builtin_memcpy(target, gathered[point], sizeof gathered[point]);
      }
    }
  }
}

void pack(const FilterShape &shape, const float *weights, bool turned, float *packed,
          int64_t begin, int64_t end) {
  switch (shape.side) {
    case 2: return pack_filters<2>(shape, weights, turned, packed, begin, end);
    case 3: return pack_filters<3>(shape, weights, turned, packed, begin, end);
    case 4: return pack_filters<4>(shape, weights, turned, packed, begin, end);
    case 5: return pack_filters<5>(shape, weights, turned, packed, begin, end);
    case 6: return pack_filters<6>(shape, weights, turned, packed, begin, end);
  }
}

/// A along one side, the adjoint of ``transform_products``: `Side` gradients become eight.
template <int Side>
inline void transform_gradients(const Vector y[Side], Vector m[8]) {
  Vector even[3] = {Vector(0), Vector(0), Vector(0)}, odd[3] = {Vector(0), Vector(0), Vector(0)};
  float half = 1, twice = 1;
#pragma unroll
  for (int i = 0; i < Side; i++, half *= 0.5f, twice *= 2) {
    Vector *sums = i % 2 == 0 ? even : odd;
    sums[0] += y[i];
    sums[1] += half * y[i];
    sums[2] += twice * y[i];
  }
  m[0] = y[0];
#pragma unroll
  for (int pair = 0; pair < 3; pair++) {
    m[1 + 2 * pair] = even[pair] + odd[pair];
    m[2 + 2 * pair] = even[pair] - odd[pair];
  }
  m[7] = y[Side - 1];
}

/// Transforms the gradients of a tile's outputs, each to be found at `pixels`.
template <int Side>
inline void transform_tile_gradients(const float *const pixels[points], int64_t channels,
                                     float *target, int64_t plane) {
  for (int64_t channel = 0; channel < channels; channel += lanes) {
    Vector columnwise[8][Side];
    for (int column = 0; column < Side; column++) {
      Vector y[Side], m[8];
#pragma unroll
      for (int row = 0; row < Side; row++) y[row] = load(pixels[row * Side + column] + channel);
      transform_gradients<Side>(y, m);
#pragma unroll
      for (int row = 0; row < 8; row++) columnwise[row][column] = m[row];
    }
    for (int row = 0; row < 8; row++) {
      Vector m[8];
      transform_gradients<Side>(columnwise[row], m);
#pragma unroll
      for (int column = 0; column < 8; column++) {
        store(target + (row * 8 + column) * plane + channel, m[column]);
      }
    }
  }
}

/// Transforms pixels and gradients of the tiles from `begin` to `end`, for ``multiply_gradients``.
template <int Side>
void transform_both(const FilterJob &job, float *pixels, float *gradients, int64_t begin,
                    int64_t end) {
  const int64_t pixel_row = job.inputs + line, gradient_row = job.outputs + line;
  static thread_local Scratch scratch;
  float *zeros = scratch.numbers(0, std::max(job.inputs, job.outputs));
  for (int64_t tile = begin; tile < end; tile++) {
    const float *seen[points];
    job.find_inputs(tile, zeros, seen);
    transform_tile(seen, job.inputs, pixels + tile * pixel_row, job.tiles() * pixel_row);
    float *given[points];
    job.find_outputs(tile, zeros, given);
    transform_tile_gradients<Side>(given, job.outputs, gradients + tile * gradient_row,
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

/// The gradients of the transformed filters at the points from `begin` to `end`: 64 × outputs ×
/// inputs.
void multiply_gradients(const FilterJob &job, const float *pixels, const float *gradients,
                        float *products, int64_t begin, int64_t end) {
  // So many tiles that a line of their gradients and a panel of their pixels stay in the cache.
  constexpr int64_t together = 160;
  const int64_t tiles = job.tiles();
  const int64_t pixel_row = job.inputs + line, gradient_row = job.outputs + line;
  for (int64_t point = begin; point < end; point++) {
    float *plane = products + point * job.inputs * job.outputs;
    for (int64_t first = 0; first < tiles; first += together) {
      const int64_t count = std::min(together, tiles - first);
      const float *pixel = pixels + (point * tiles + first) * pixel_row;
      const float *gradient = gradients + (point * tiles + first) * gradient_row;
      for (int64_t outputs = 0; outputs < job.outputs; outputs += line) {
        for (int64_t input = 0; input < job.inputs; input += columns) {
          for (int64_t output = outputs; output < outputs + line; output += 4) {
            multiply_panel(gradient + output, gradient_row, pixel + input, pixel_row, count,
                           plane + output * job.inputs + input, job.inputs, first > 0);
          }
        }
      }
    }
  }
}

/// Gᵀ t along one side, the adjoint of ``transform_weights``: eight gradients become `Taps`.
template <int Taps>
inline void transform_weight_gradients(const float powers[3][Taps], const Vector t[8],
                                       Vector g[Taps]) {
  const Vector sums[3] = {t[1] + t[2], t[3] + t[4], t[5] + t[6]};
  const Vector differences[3] = {t[1] - t[2], t[3] - t[4], t[5] - t[6]};
#pragma unroll
  for (int tap = 0; tap < Taps; tap++) {
    const Vector *pairs = tap % 2 == 0 ? sums : differences;
    g[tap] = powers[0][tap] * pairs[0] + powers[1][tap] * pairs[1] + powers[2][tap] * pairs[2];
  }
  g[0] -= t[0];
  g[Taps - 1] += t[7];
}

/// From the gradients of transformed filters those of the weights, outputs × side × side × inputs,
/// of the outputs from `begin` to `end`.
template <int Taps>
void transform_filter_gradients(const FilterShape &shape, const float *products, float *weights,
                                int64_t begin, int64_t end) {
  float powers[3][Taps];
  shape.fill(powers);
  const int64_t plane = shape.inputs * shape.outputs;
  for (int64_t output = begin; output < end; output++) {
    float *filter = weights + output * Taps * Taps * shape.inputs;
    for (int64_t input = 0; input < shape.inputs; input += lanes) {
      const float *product = products + output * shape.inputs + input;
      Vector rowwise[8][Taps];
      for (int row = 0; row < 8; row++) {
        Vector t[8];
#pragma unroll
        for (int column = 0; column < 8; column++) t[column] = load(product + (row * 8 + column) * plane);
        transform_weight_gradients<Taps>(powers, t, rowwise[row]);
      }
#pragma unroll
      for (int column = 0; column < Taps; column++) {
        Vector t[8], g[Taps];
#pragma unroll
        for (int row = 0; row < 8; row++) t[row] = rowwise[row][column];
        transform_weight_gradients<Taps>(powers, t, g);
#pragma unroll
        for (int row = 0; row < Taps; row++) {
          store(filter + (row * Taps + column) * shape.inputs + input, g[row]);
        }
      }
    }
  }
}

void unpack_gradients(const FilterShape &shape, const float *products, float *weights,
                      int64_t begin, int64_t end) {
  switch (shape.side) {
    case 2: return transform_filter_gradients<2>(shape, products, weights, begin, end);
    case 3: return transform_filter_gradients<3>(shape, products, weights, begin, end);
    case 4: return transform_filter_gradients<4>(shape, products, weights, begin, end);
    case 5: return transform_filter_gradients<5>(shape, products, weights, begin, end);
    case 6: return transform_filter_gradients<6>(shape, products, weights, begin, end);
  }
}

/// The three stages of a convolution, each for all tiles of a block before the next: of its tiles, the
/// points and its tiles again, those from `begin` to `end`. The block starts at the tile `first`.
void gather(const FilterJob &job, const Planes &planes, int64_t first, int64_t begin, int64_t end) {
  for (int64_t tile = begin; tile < end; tile++) {
    const float *pixels[points];
    job.find_inputs(first + tile, planes.zeros, pixels);
    transform_tile(pixels, job.inputs, planes.pixels + tile * job.inputs, planes.pixel_plane);
  }
}

void multiply_points(const FilterJob &job, const Planes &planes, int64_t count, int64_t begin,
                     int64_t end) {
  for (int64_t point = begin; point < end; point++) multiply_point(job, point, count, planes);
}

template <int Side>
void transform_outputs(const FilterJob &job, const Planes &planes, int64_t first, int64_t begin,
                       int64_t end) {
  for (int64_t tile = begin; tile < end; tile++) {
    float *pixels[points];
    job.find_outputs(first + tile, nullptr, pixels);
    transform_back<Side>(planes.products + tile * job.outputs, planes.product_plane, job, pixels);
  }
}

void scatter(const FilterJob &job, const Planes &planes, int64_t first, int64_t begin,
             int64_t end) {
  switch (job.side) {
    case 3: return transform_outputs<3>(job, planes, first, begin, end);
    case 4: return transform_outputs<4>(job, planes, first, begin, end);
    case 5: return transform_outputs<5>(job, planes, first, begin, end);
    case 6: return transform_outputs<6>(job, planes, first, begin, end);
    case 7: return transform_outputs<7>(job, planes, first, begin, end);
  }
}

void transform(const FilterJob &job, float *pixels, float *gradients, int64_t begin, int64_t end) {
  switch (job.side) {
    case 3: return transform_both<3>(job, pixels, gradients, begin, end);
    case 4: return transform_both<4>(job, pixels, gradients, begin, end);
    case 5: return transform_both<5>(job, pixels, gradients, begin, end);
    case 6: return transform_both<6>(job, pixels, gradients, begin, end);
    case 7: return transform_both<7>(job, pixels, gradients, begin, end);
  }
}
