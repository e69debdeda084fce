// The kernels of shallow convolutions, for one instruction set: see InstructionSets.hpp.

/// The pixels, or taps, and the outputs of a block of a product: 24 of 32 registers hold sums, or 12 of 16.
constexpr int64_t rows = lanes < 16 ? 6 : 12, columns = 2 * lanes;

/// `rows` pixels of a line times a panel of the filters. `pixels` says where in the line they begin.
inline void multiply(const ShallowJob &job, const float *source, const int64_t pixels[rows],
                     const float *panel, const float *bias, float *target,
                     const int64_t targets[rows]) {
  const int64_t depth = job.side * job.inputs;
  Vector sums[rows][2];
#pragma unroll
  for (int row = 0; row < rows; row++) {
    sums[row][0] = load(bias);
    sums[row][1] = load(bias + lanes);
  }
  const float *seen[rows];
#pragma unroll
  for (int row = 0; row < rows; row++) seen[row] = source + pixels[row];
  for (int64_t down = 0; down < job.side; down++) {
    for (int64_t step = 0; step < depth; step++, panel += columns) {
      const Vector left = load(panel), right = load(panel + lanes);
#pragma unroll
      for (int row = 0; row < rows; row++) {
        const Vector pixel = Vector(seen[row][step]);
        sums[row][0] += pixel * left;
        sums[row][1] += pixel * right;
      }
    }
#pragma unroll
    for (int row = 0; row < rows; row++) seen[row] += job.width * job.inputs;
  }
#pragma unroll
  for (int row = 0; row < rows; row++) {
    store(target + targets[row], rectified(sums[row][0], job.slope));
    store(target + targets[row] + lanes, rectified(sums[row][1], job.slope));
  }
}

/// One line of the convolution, of the window whose first line is at `source`.
inline void convolve_line(const ShallowJob &job, const float *source, float *target) {
  // So many pixels that a panel of their outputs stays in the cache nearest to the processor.
  constexpr int64_t together = 4 * rows;
  const int64_t filter = job.side * job.side * job.inputs;
  for (int64_t first = 0; first < job.columns(); first += together) {
    const int64_t end = std::min(first + together, job.columns());
    for (int64_t output = 0; output < job.outputs; output += columns) {
      for (int64_t column = first; column < end; column += rows) {
        int64_t pixels[rows], targets[rows];
        for (int row = 0; row < rows; row++) {
          // The last pixel stands in for those beyond the border.
          const int64_t pixel = std::min(column + row, job.columns() - 1);
          pixels[row] = pixel * job.inputs;
          targets[row] = pixel * job.outputs + output;
        }
        multiply(job, source, pixels, job.filters + output * filter, job.bias + output, target,
                 targets);
      }
    }
  }
}

/// The largest of each 2 × 2 pixels of two lines; `choices`, unless null, gets which it is, the first
/// of equals: 0 and 1 above, 2 and 3 below.
inline void pool_lines(const ShallowJob &job, const float *upper, const float *lower,
                       float *target, uint8_t *choices) {
  for (int64_t column = 0; column < job.output_columns(); column++) {
    const int64_t left = column * job.pool * job.outputs, right = left + job.outputs;
    for (int64_t output = 0; output < job.outputs; output += lanes) {
      const Vector seen[4] = {load(upper + left + output), load(upper + right + output),
                              load(lower + left + output), load(lower + right + output)};
      const Vector most =
          __builtin_elementwise_max(__builtin_elementwise_max(seen[0], seen[1]),
                                    __builtin_elementwise_max(seen[2], seen[3]));
      store(target + column * job.outputs + output, most);
      if (!choices) continue;
      const Integers not_first = seen[0] != most, not_second = seen[1] != most,
                     not_third = seen[2] != most;
      store(choices + column * job.outputs + output,
            __builtin_convertvector(not_first & (1 + (not_second & (1 + (not_third & 1)))), Bytes));
    }
  }
}

/// The lines of the output from `begin` to `end`, counted through all images.
void convolve(const ShallowJob &job, int64_t begin, int64_t end) {
  const int64_t length = job.columns() * job.outputs;
  static thread_local Scratch scratch;
  float *const lines = job.pool ? scratch.numbers(2 * length, 0) : nullptr;
  const auto source = [&](int64_t image, int64_t row) {
    return job.input + (image * job.height + row) * job.width * job.inputs;
  };
  // The line of the convolution that lies at lines + row % 2 × length, from its image's first on.
  int64_t newest = -1;
  for (int64_t line = begin; line < end; line++) {
    const int64_t image = line / job.output_rows(), row = line % job.output_rows();
    const int64_t place = line * job.output_columns() * job.outputs;
    float *target = job.output + place;
    if (!job.pool) {
      convolve_line(job, source(image, row), target);
      continue;
    }
    const int64_t upper = row * job.pool;
    if (row == 0) newest = -1;
    for (int64_t next = std::max(upper, newest + 1); next <= upper + 1; next++) {
      convolve_line(job, source(image, next), lines + next % 2 * length);
    }
    newest = upper + 1;
    pool_lines(job, lines + upper % 2 * length, lines + newest % 2 * length, target,
               job.choices ? job.choices + place : nullptr);
  }
}

/// From the gradients of a line of the output those of what the rectifier was given: one line, or the
/// two that were pooled, of which one pixel of four has any. Adds them to `bias`.
inline void spread_gradients(const ShallowJob &job, const float *gradients, int64_t place,
                             float *lines, float *bias) {
  const int64_t length = job.columns() * job.outputs;
  for (int64_t column = 0; column < job.output_columns(); column++) {
    for (int64_t output = 0; output < job.outputs; output += lanes) {
      const int64_t at = place + column * job.outputs + output;
      const Vector gradient = load(gradients + at);
      // A rectifier keeps the sign of what enters it.
      const Integers positive = load(job.output + at) > 0;
      const Integers value = (positive & (Integers)gradient) |
                             (~positive & (Integers)(job.slope * gradient));
      store(bias + output, load(bias + output) + (Vector)value);
      if (!job.pool) {
        store(lines + column * job.outputs + output, (Vector)value);
        continue;
      }
      const Integers chosen = __builtin_convertvector(load<Bytes>(job.choices + at), Integers);
#pragma unroll
      for (int pixel = 0; pixel < 4; pixel++) {
        store(lines + pixel / 2 * length + (2 * column + pixel % 2) * job.outputs + output,
              (Vector)((chosen == pixel) & value));
      }
    }
  }
}

/// Adds the products of a line's gradients with what each tap of the filter saw to `products`, which
/// lie as packed filters do.
inline void add_products(const ShallowJob &job, const float *source, const float *line,
                         float *products) {
  const int64_t depth = job.side * job.inputs, taps = job.side * depth;
  for (int64_t output = 0; output < job.outputs; output += columns) {
    for (int64_t tap = 0; tap < taps; tap += rows) {
      float *product = products + (output * taps) + tap * columns;
      const float *seen[rows];
      Vector sums[rows][2];
#pragma unroll
      for (int row = 0; row < rows; row++) {
        // The last tap stands in for those that there are not.
        const int64_t each = std::min(tap + row, taps - 1);
        seen[row] = source + each / depth * job.width * job.inputs + each % depth;
        sums[row][0] = load(product + (each - tap) * columns);
        sums[row][1] = load(product + (each - tap) * columns + lanes);
      }
      const float *gradient = line + output;
      for (int64_t column = 0; column < job.columns(); column++, gradient += job.outputs) {
        const Vector left = load(gradient), right = load(gradient + lanes);
#pragma unroll
        for (int row = 0; row < rows; row++) {
          const Vector pixel = Vector(seen[row][column * job.inputs]);
          sums[row][0] += pixel * left;
          sums[row][1] += pixel * right;
        }
      }
      for (int row = 0; row < rows && tap + row < taps; row++) {
        store(product + row * columns, sums[row][0]);
        store(product + row * columns + lanes, sums[row][1]);
      }
    }
  }
}

/// The gradients of filters and bias, one behind the other, from each of the bands from `begin` to
/// `end`, counted through all images.
void learn(const ShallowJob &job, const float *gradients, float *sums, int64_t begin,
           int64_t end) {
  const int64_t length = job.columns() * job.outputs, lines_of_output = job.pool ? 2 : 1;
  static thread_local Scratch scratch;
  float *const lines = scratch.numbers(2 * length, 0);
  // No pool sees the last of an odd number of columns.
  std::fill_n(lines, 2 * length, 0.0f);
  for (int64_t band = begin; band < end; band++) {
    const int64_t image = band / job.bands(), first = band % job.bands() * job.band;
    float *products = sums + band * job.learnt(), *bias = products + job.learnt() - job.outputs;
    std::fill_n(products, job.learnt(), 0.0f);
    for (int64_t row = first; row < std::min(first + job.band, job.output_rows()); row++) {
      const int64_t line = image * job.output_rows() + row;
      spread_gradients(job, gradients, line * job.output_columns() * job.outputs, lines, bias);
      for (int64_t i = 0; i < lines_of_output; i++) {
        const int64_t seen = image * job.height + row * lines_of_output + i;
        add_products(job, job.input + seen * job.width * job.inputs, lines + i * length, products);
      }
    }
  }
}

constexpr Kernels kernels{columns, convolve, learn};
