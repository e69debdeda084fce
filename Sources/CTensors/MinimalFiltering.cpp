// Convolutions with fewer products than their definition asks for: Toom and Cook's algorithm, as
// Winograd applied it to filters (Lavin and Gray, 2016), on tiles of n × n pixels, n = 8, 10 or 11.
//
// A tile d and a filter g of side r are evaluated at n points along both sides; one
// product a point takes the place of r², and m = n + 1 − r outputs a side are interpolated from the
// products: y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A. Over many tiles the products are n² matrix products of
// tiles × inputs with inputs × outputs. Of 5 × 5 weights 64 points leave 4 products an output, and 121
// leave 2.5.
#include "Native.hpp"
#include "Recording.hpp"
#include "Scratch.hpp"
#include "Sharing.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

namespace {

/// A line of the cache in floats. Rows and planes lie one more line apart than a power of two, or
/// they would compete for the same places of the cache.
constexpr int64_t line = 16;

/// The filters that there are kernels for have from 2 to so many taps a side.
constexpr int most_taps = 6;

/// The points of the largest tiles.
constexpr int64_t most_points = 11 * 11;

/// The points along a side of a tile of `Size` pixels, pairs ±p, ∞ and, if there is one more, 0; and what
/// the transforms hold for them.
///
/// Eight points are those of the literature. Of ten and eleven, these lose least among small fractions:
/// 2 and 4 · 10⁻⁵ of the outputs' spread.
template <int Size>
struct Points {
  static constexpr int pairs = (Size - 1) / 2;
  /// The first of the pairs; 0 comes before them, ∞ behind.
  static constexpr int first = Size - 1 - 2 * pairs;
  /// A: the powers of p, as many as a tile has outputs.
  float powers[pairs][Size - 1] = {};
  /// G: the same over the product of p's distances from all other points; of 0, its one number.
  float weights[pairs][most_taps] = {}, origin = 0;
  /// B: Π (y − q²) over all pairs, and over all but one; the lowest power of y first, the highest has 1.
  float all[pairs + 1] = {}, others[pairs][pairs] = {};

  constexpr Points() {
    constexpr double of8[] = {1, 0.5, 2, 0, 0}, of10[] = {0.4, 0.8, 1.25, 2.5, 0},
                     of11[] = {0.2, 0.6, 0.875, 4.0 / 3, 2.5};
    const double *at = Size == 8 ? of8 : Size == 10 ? of10 : of11;
    double constant = 1;
    multiply_out(at, -1, all);
    for (int pair = 0; pair < pairs; pair++) {
      multiply_out(at, pair, others[pair]);
      double distances = 2 * at[pair] * (first ? at[pair] : 1), power = 1;
      for (int other = 0; other < pairs; other++) {
        if (other != pair) distances *= at[pair] * at[pair] - at[other] * at[other];
      }
      for (int i = 0; i < Size - 1; i++, power *= at[pair]) {
        powers[pair][i] = static_cast<float>(power);
        if (i < most_taps) weights[pair][i] = static_cast<float>(power / distances);
      }
      constant *= -at[pair] * at[pair];
    }
    origin = static_cast<float>(1 / constant);
  }

 private:
  /// The coefficients of Π (y − q²) over all pairs but `left_out`.
  static constexpr void multiply_out(const double *at, int left_out, float *coefficients) {
    double product[pairs + 1] = {1};
    int degree = 0;
    for (int pair = 0; pair < pairs; pair++) {
      if (pair == left_out) continue;
      degree++;
      for (int power = degree; power >= 0; power--) {
        product[power] =
            (power > 0 ? product[power - 1] : 0) - at[pair] * at[pair] * product[power];
      }
    }
    for (int power = 0; power <= degree; power++) {
      coefficients[power] = static_cast<float>(product[power]);
    }
  }
};

/// Filters, and the tiles that they are applied to.
struct FilterShape {
  int64_t outputs, inputs;
  /// Weights along a side of a filter.
  int64_t taps;
  /// Pixels along a side of a tile, and as many points: 8, with 4 taps and more 10 or 11 too.
  int64_t size;

  int64_t points() const { return size * size; }
  /// Outputs along a side of a tile.
  int64_t side() const { return size + 1 - taps; }

  /// Tiles along a side of one of the dilation² grids that an image falls into.
  int64_t along(int64_t length, int64_t dilation) const {
    return ((length + dilation - 1) / dilation + side() - 1) / side();
  }

  /// The products for each input and output that an image of so many outputs takes.
  int64_t products(int64_t height, int64_t width, int64_t dilation) const {
    return points() * dilation * dilation * along(height, dilation) * along(width, dilation);
  }
};

/// Checks, before any arithmetic with it, what a filter of so many weights a side is applied to.
void check_filter(int64_t taps, int64_t dilation, int64_t padding) {
  TORCH_CHECK(taps >= 2 && taps <= most_taps, "no minimal filtering by ", taps, " weights a side");
  // Each of the dilation² grids has a tile at least.
  check_pixels("dilation", dilation, 1, 1 << 10);
  check_pixels("padding", padding, 0);
}

/// The size of tiles for images of any size.
///
/// Filters of 2 and 3 weights a side would have 9 and 8 outputs of ten points, whose high powers lose
/// too much.
int64_t usual_size(int64_t taps) { return taps < 4 ? 8 : 11; }

/// The size of tiles by which images of so many outputs take the fewest products.
int64_t best_size(int64_t height, int64_t width, int64_t taps, int64_t dilation) {
  const auto products = [&](int64_t size) {
    return FilterShape{0, 0, taps, size}.products(height, width, dilation);
  };
  int64_t best = 8;
  for (const int64_t size : {10, 11}) {
    if (size <= usual_size(taps) && products(size) < products(best)) best = size;
  }
  return best;
}

/// One convolution. Images lie channels-last; the filters are transformed and packed.
struct FilterJob {
  FilterShape shape;
  /// Images × rows × columns × inputs.
  const float *input = nullptr;
  /// Images × rows × columns × outputs.
  float *output = nullptr;
  int64_t images, input_height, input_width, output_height, output_width;
  int64_t dilation, padding;
  /// Tiles along the sides of each of the dilation² grids that an image falls into.
  int64_t tile_rows, tile_columns;
  const float *filters = nullptr, *bias = nullptr;
  float slope = 1;

  FilterJob(const at::Tensor &images, const FilterShape &shape, int64_t dilation, int64_t padding)
      : shape(shape), images(images.size(0)), input_height(images.size(2)),
        input_width(images.size(3)), dilation(dilation), padding(padding) {
    const int64_t lost = (shape.taps - 1) * dilation - 2 * padding;
    output_height = input_height - lost;
    output_width = input_width - lost;
    TORCH_CHECK(output_height > 0 && output_width > 0, "images of ", images.sizes(),
                " are smaller than the filter");
    tile_rows = shape.along(output_height, dilation);
    tile_columns = shape.along(output_width, dilation);
  }

  int64_t tiles() const { return images * dilation * dilation * tile_rows * tile_columns; }

  struct Place {
    int64_t image, row, column;
  };

  /// Where the first output of a tile lies.
  Place place(int64_t tile) const {
    const int64_t column = tile % tile_columns;
    tile /= tile_columns;
    const int64_t row = tile % tile_rows;
    tile /= tile_rows;
    const int64_t phase = tile % (dilation * dilation), apart = shape.side() * dilation;
    return {tile / (dilation * dilation), phase / dilation + row * apart,
            phase % dilation + column * apart};
  }

  /// The pixels that a tile sees; `outside` stands for those beyond the border.
  void find_inputs(int64_t tile, const float *outside, const float **pixels) const {
    const Place at = place(tile);
    const float *image = input + at.image * input_height * input_width * shape.inputs;
    for (int64_t i = 0; i < shape.size; i++) {
      for (int64_t j = 0; j < shape.size; j++) {
        const int64_t row = at.row + i * dilation - padding;
        const int64_t column = at.column + j * dilation - padding;
        const bool inside =
            row >= 0 && row < input_height && column >= 0 && column < input_width;
        *pixels++ = inside ? image + (row * input_width + column) * shape.inputs : outside;
      }
    }
  }

  /// The outputs of a tile; `outside` stands for those beyond the border.
  void find_outputs(int64_t tile, float *outside, float **pixels) const {
    const Place at = place(tile);
    float *image = output + at.image * output_height * output_width * shape.outputs;
    for (int64_t i = 0; i < shape.side(); i++) {
      for (int64_t j = 0; j < shape.side(); j++) {
        const int64_t row = at.row + i * dilation, column = at.column + j * dilation;
        const bool inside = row < output_height && column < output_width;
        *pixels++ = inside ? image + (row * output_width + column) * shape.outputs : outside;
      }
    }
  }
};

/// Inputs whose products are summed in one go: a long sum loses more than a sum of short ones.
constexpr int64_t inputs_together = 64;

/// Inputs whose filters are packed at a time.
constexpr int64_t inputs_packed = 4;

/// Where the pixels of a block of tiles and their products lie, transformed: a plane of tiles × channels
/// for each point; of pixels the first ``inputs_together`` channels of all tiles, then those that follow.
///
/// Products take the place of pixels that are multiplied already, so that all fit the third level of the
/// cache, and what is written lies in the second one.
struct Planes {
  const int64_t tiles;
  /// From one plane to the next.
  const int64_t plane;
  const int64_t points, threads;
  /// The first plane of pixels; the others follow.
  float *const pixels;
  /// Where the products at each point lie.
  float *products[most_points] = {};
  /// As many zeros as a pixel has channels.
  const float *const zeros;

  Planes(const FilterJob &job, int64_t tiles, Scratch &scratch)
      : tiles(tiles), plane(tiles * std::max(job.shape.inputs, job.shape.outputs) + line),
        points(job.shape.points()), threads(sharing_threads()),
        pixels(scratch.numbers((points + threads) * plane, job.shape.inputs)),
        zeros(scratch.zeros()) {}

  /// Before a block: nothing is multiplied yet, and each thread has a plane for its first products.
  void start() {
    spare.clear();
    for (int64_t i = 0; i < threads; i++) spare.push_back(pixels + (points + i) * plane);
  }

  /// A plane that nobody needs any more.
  float *take_spare() {
    std::lock_guard<std::mutex> lock(mutex);
    float *plane = spare.back();
    spare.pop_back();
    return plane;
  }

  void leave_spare(float *plane) {
    std::lock_guard<std::mutex> lock(mutex);
    spare.push_back(plane);
  }

 private:
  std::mutex mutex;
  std::vector<float *> spare;
};

/// The kernels that transform, for one shape of filters and tiles.
struct Transforms {
  /// The first and the last stage of a convolution, for the tiles from `begin` to `end` of a block that
  /// starts at the tile `first`.
  void (*gather)(const FilterJob &, const Planes &, int64_t first, int64_t begin, int64_t end);
  void (*scatter)(const FilterJob &, const Planes &, int64_t first, int64_t begin, int64_t end);
  void (*pack)(const FilterShape &, const float *weights, float *packed, int64_t begin,
               int64_t end);
  /// Pixels and gradients of the outputs, before their products are summed to gradients of filters.
  void (*transform)(const FilterJob &, float *pixels, float *gradients, int64_t begin,
                    int64_t end);
  void (*unpack_gradients)(const FilterShape &, const float *products, float *weights,
                           int64_t begin, int64_t end);
};

/// The kernels of one instruction set.
struct Kernels {
  int64_t panel, block_tiles;
  /// The stage between them, for the points from `begin` to `end`.
  void (*multiply_points)(const FilterJob &, Planes &, int64_t count, int64_t begin, int64_t end);
  void (*multiply_gradients)(const FilterJob &, const float *pixels, const float *gradients,
                             float *products, int64_t begin, int64_t end);
  /// Throws where there are none for a shape.
  const Transforms &(*transforms)(const FilterShape &);
};

}  // namespace

#define KERNELS "MinimalFilteringKernels.hpp"
#include "InstructionSets.hpp"

namespace {

/// Filters of points × panels × inputs × outputs of a panel, for tiles of a size; with `backward` those
/// that give the gradient of the input: turned, with inputs and outputs exchanged.
at::Tensor packed_filters(const at::Tensor &weight, const Kernels &kernels, int64_t size,
                          bool backward) {
  check_numbers("weights", weight, 4);
  TORCH_CHECK(weight.size(2) == weight.size(3) &&
                  ct_filters_fit(weight.size(0), weight.size(1), weight.size(2)),
              "no minimal filtering by ", weight.sizes());
  const at::Tensor weights = backward ? weight.transpose(0, 1).flip({2, 3}) : weight;
  const FilterShape shape{weights.size(0), weights.size(1), weights.size(2), size};
  const at::Tensor panels = in_panels(weights, kernels.panel);
  at::Tensor packed =
      at::empty({shape.points(), panels.size(0), shape.inputs, kernels.panel}, at::kFloat);
  const float *source = panels.const_data_ptr<float>();
  float *target = packed.mutable_data_ptr<float>();
  const auto pack = kernels.transforms(shape).pack;
  share(panels.size(0) * shape.inputs / inputs_packed, 4,
        [&](int64_t begin, int64_t end) { pack(shape, source, target, begin, end); });
  return packed;
}

/// The convolution, a block of tiles at a time: all threads transform its pixels, then multiply them,
/// each at other points, then transform the products back.
///
/// So a filter is read by one thread, once for a block, and what lies between the stages does not grow
/// with the number of threads.
void filter_tiles(const FilterJob &job, const Kernels &kernels) {
  // Many tiles are worth the reading of all filters and give each thread some, and few stay in the
  // cache.
  const int64_t most = std::max<int64_t>(144, 24 * sharing_threads());
  const int64_t points = job.shape.points(), tiles = job.tiles();
  if (tiles == 0) return;
  const int64_t blocks = (tiles + most - 1) / most;
  const int64_t even = (tiles + blocks - 1) / blocks;
  const int64_t each = kernels.block_tiles, block = (even + each - 1) / each * each;
  static thread_local Scratch scratch;
  Planes planes(job, block, scratch);
  const Transforms &transforms = kernels.transforms(job.shape);
  for (int64_t first = 0; first < tiles; first += block) {
    const int64_t count = std::min(block, tiles - first);
    planes.start();
    share(count, 8, [&](int64_t begin, int64_t end) {
      transforms.gather(job, planes, first, begin, end);
    });
    share(points, 1, [&](int64_t begin, int64_t end) {
      kernels.multiply_points(job, planes, count, begin, end);
    });
    share(count, 8, [&](int64_t begin, int64_t end) {
      transforms.scatter(job, planes, first, begin, end);
    });
  }
}

/// The convolution by packed filters of `side` × `side`, plus `bias`, and a leaky rectifier. `padding`
/// zeros stand around the images.
at::Tensor filtered(const at::Tensor &input, const at::Tensor &packed, const at::Tensor &bias,
                    int64_t side, int64_t dilation, int64_t padding, double slope) {
  const Kernels &kernels = kernels_for(packed, 4);
  check_numbers("images", input, 4);
  check_filter(side, dilation, padding);
  check_slope(slope);
  const FilterShape shape{packed.size(1) * packed.size(3), packed.size(2), side,
                          std::lround(std::sqrt(packed.size(0)))};
  TORCH_CHECK(shape.points() == packed.size(0) && input.size(1) == shape.inputs &&
                  ct_filters_fit(shape.outputs, shape.inputs, side),
              "no minimal filtering of ", input.sizes(), " by ", packed.sizes());
  check_bias(bias, shape.outputs);
  const at::Tensor images = channels_last(input), biases = bias.contiguous();
  FilterJob job(images, shape, dilation, padding);
  at::Tensor result =
      empty_images({job.images, shape.outputs, job.output_height, job.output_width});
  job.input = images.const_data_ptr<float>();
  job.output = result.mutable_data_ptr<float>();
  job.filters = packed.const_data_ptr<float>();
  job.bias = biases.const_data_ptr<float>();
  job.slope = static_cast<float>(slope);
  filter_tiles(job, kernels);
  return result;
}

/// The gradient of the weights, outputs × inputs × side × side, by that of what the images became.
at::Tensor filter_gradient(const at::Tensor &images, const at::Tensor &gradient, int64_t side,
                           int64_t dilation, const Kernels &kernels) {
  const at::Tensor gradients = channels_last(gradient);
  const FilterShape shape{gradients.size(1), images.size(1), side,
                          best_size(gradients.size(2), gradients.size(3), side, dilation)};
  FilterJob job(images, shape, dilation, 0);
  at::Tensor result = empty_images({shape.outputs, shape.inputs, side, side});
  if (job.images == 0) return result.zero_();
  job.input = images.const_data_ptr<float>();
  job.output = const_cast<float *>(gradients.const_data_ptr<float>());
  const int64_t tiles = job.tiles(), points = shape.points();
  at::Tensor pixels = at::empty({points, tiles, shape.inputs + line}, at::kFloat);
  at::Tensor transformed = at::empty({points, tiles, shape.outputs + line}, at::kFloat);
  at::Tensor products = at::empty({points, shape.outputs, shape.inputs}, at::kFloat);
  float *pixel = pixels.mutable_data_ptr<float>();
  float *transformed_gradient = transformed.mutable_data_ptr<float>();
  float *product = products.mutable_data_ptr<float>();
  const Transforms &transforms = kernels.transforms(shape);
  share(tiles, 8, [&](int64_t begin, int64_t end) {
    transforms.transform(job, pixel, transformed_gradient, begin, end);
  });
  share(points, 1, [&](int64_t begin, int64_t end) {
    kernels.multiply_gradients(job, pixel, transformed_gradient, product, begin, end);
  });
  float *target = result.mutable_data_ptr<float>();
  share(shape.outputs, 8, [&](int64_t begin, int64_t end) {
    transforms.unpack_gradients(shape, product, target, begin, end);
  });
  return result;
}

/// The convolution and its gradients.
struct LearntConvolution {
  int64_t dilation;
  double slope;
  int64_t instructions;

  Tensors forward(at::TensorList inputs) const {
    const at::Tensor &weight = inputs[1];
    check_numbers("images", inputs[0], 4);
    check_numbers("weights", weight, 4);
    check_filter(weight.size(2), dilation, 0);
    const at::Tensor images = channels_last(inputs[0]);
    const int64_t side = weight.size(2), lost = (side - 1) * dilation;
    const int64_t size = best_size(images.size(2) - lost, images.size(3) - lost, side, dilation);
    const at::Tensor packed = packed_filters(weight, kernels_of(instructions), size, false);
    return {filtered(images, packed, inputs[2], side, dilation, 0, slope), images, weight};
  }

  Tensors backward(const Record &record, const Tensors &results, at::Tensor gradient) const {
    const at::Tensor &images = results[1], &weight = results[2];
    const Kernels &kernels = kernels_of(instructions);
    const int64_t side = weight.size(2);
    // A rectifier keeps the sign of what enters it.
    if (slope != 1) gradient = at::leaky_relu_backward(gradient, results[0], slope, true);
    at::Tensor of_images, of_weight;
    if (record.needs_input_grad(0)) {
      const int64_t size = best_size(images.size(2), images.size(3), side, dilation);
      const at::Tensor packed = packed_filters(weight, kernels, size, true);
      const at::Tensor no_bias = at::zeros({images.size(1)}, at::kFloat);
      of_images =
          filtered(gradient, packed, no_bias, side, dilation, (side - 1) * dilation, 1);
    }
    if (record.needs_input_grad(1)) {
      of_weight = filter_gradient(images, gradient, side, dilation, kernels);
    }
    return {of_images, of_weight, gradient.sum({0, 2, 3})};
  }
};

}  // namespace

int ct_instruction_sets(void) { return static_cast<int>(instruction_sets()); }

bool ct_filters_fit(int64_t outputs, int64_t inputs, int64_t side) {
  return side >= 2 && side <= most_taps && outputs > 0 && inputs > 0 && outputs % 64 == 0 &&
         inputs % 64 == 0;
}

int64_t ct_filter_products(int64_t height, int64_t width, int64_t side, int64_t dilation,
                           bool learning) {
  constexpr int64_t most = 1 << 24;
  if (height < 1 || width < 1 || height > most || width > most || side < 2 || side > most_taps ||
      dilation < 1 || dilation > most) {
    return -1;
  }
  const int64_t size = learning ? best_size(height, width, side, dilation) : usual_size(side);
  return FilterShape{0, 0, side, size}.products(height, width, dilation);
}

int ct_filters(const CTTensor *weight, int rank, CTTensor **out) {
  return made(out, [&] {
    check_numbers("weights", weight->value, 4);
    return packed_filters(weight->value, kernels_of(rank), usual_size(weight->value.size(2)),
                          false);
  });
}

int ct_filter2d(const CTTensor *input, const CTTensor *filters, const CTTensor *bias, int64_t side,
                int64_t dilation, int64_t padding, double slope, CTTensor **out) {
  return made(out, [&] {
    return filtered(input->value, filters->value, bias->value, side, dilation, padding, slope);
  });
}

int ct_filter2d_learning(const CTTensor *input, const CTTensor *weight, const CTTensor *bias,
                         int64_t dilation, double slope, int rank, CTTensor **out) {
  return made(out, [&] {
    return recorded(LearntConvolution{dilation, slope, rank},
                    {input->value, weight->value, bias->value});
  });
}
