// The kernels of shallow convolutions, for one instruction set: see InstructionSets.hpp.

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
    store(target + targets[row], __builtin_elementwise_max(sums[row][0], job.slope * sums[row][0]));
    store(target + targets[row] + lanes,
          __builtin_elementwise_max(sums[row][1], job.slope * sums[row][1]));
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

/// The largest of each 2 × 2 pixels of two lines.
inline void pool_lines(const ShallowJob &job, const float *upper, const float *lower,
                       float *target) {
  for (int64_t column = 0; column < job.output_columns(); column++) {
    const int64_t left = column * job.pool * job.outputs, right = left + job.outputs;
    for (int64_t output = 0; output < job.outputs; output += lanes) {
      const Vector above = __builtin_elementwise_max(load(upper + left + output),
                                                     load(upper + right + output));
      const Vector below = __builtin_elementwise_max(load(lower + left + output),
                                                     load(lower + right + output));
      store(target + column * job.outputs + output, __builtin_elementwise_max(above, below));
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
    float *target = job.output + line * job.output_columns() * job.outputs;
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
    pool_lines(job, lines + upper % 2 * length, lines + newest % 2 * length, target);
  }
}
