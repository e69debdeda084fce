// Convolutions with fewer products than their definition asks for: Toom and Cook's algorithm, as
// Winograd applied it to filters (Lavin and Gray, 2016), on tiles of 8 × 8 pixels.
//
// A tile d and a filter g of side r are evaluated at the points 0, ±1, ±½, ±2 and ∞ along both
// sides; one product a point takes the place of r², and m = 9 − r outputs a side are interpolated
// from the products: y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A. Over many tiles the products are 64 matrix
// products of tiles × inputs with inputs × outputs.
#include "CTensors.h"
#include "Native.hpp"
#include "Scratch.hpp"
#include "Sharing.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace {

constexpr int points = 64;
/// A line of the cache in floats. Rows and planes lie one more line apart than a power of two, or
/// they would compete for the same places of the cache.
constexpr int64_t line = 16;

/// The sides of filters.
struct FilterShape {
  int64_t outputs, inputs, side;

  /// What G holds for the points 1, ½ and 2: their powers over the product of their distances from
  /// the other points. Their negatives differ in the sign of odd powers; 0 has −1, and ∞ has 1.
  template <int Taps>
  void fill(float (&powers)[3][Taps]) const {
    const double at[3] = {1, 0.5, 2}, distances[3] = {-4.5, 1.40625, 90};
    for (int i = 0; i < 3; i++) {
      for (int tap = 0; tap < Taps; tap++) {
        powers[i][tap] = static_cast<float>(std::pow(at[i], tap) / distances[i]);
      }
    }
  }
};

/// One convolution. Images lie channels-last; the filters are transformed and packed.
struct FilterJob {
  /// Images × rows × columns × inputs.
  const float *input = nullptr;
  /// Images × rows × columns × outputs.
  float *output = nullptr;
  int64_t images, inputs, input_height, input_width, outputs, output_height, output_width;
  int64_t dilation, padding;
  /// Outputs along a side of a tile.
  int64_t side;
  /// Tiles along the sides of each of the dilation² grids that an image falls into.
  int64_t tile_rows, tile_columns;
  const float *filters = nullptr, *bias = nullptr;
  float slope = 1;

  FilterJob(const at::Tensor &images, int64_t outputs, int64_t filter_side, int64_t dilation,
            int64_t padding)
      : images(images.size(0)), inputs(images.size(1)), input_height(images.size(2)),
        input_width(images.size(3)), outputs(outputs), dilation(dilation), padding(padding),
        side(9 - filter_side) {
    TORCH_CHECK(padding >= 0, "a padding of ", padding);
    const int64_t lost = (filter_side - 1) * dilation - 2 * padding;
    output_height = input_height - lost;
    output_width = input_width - lost;
    TORCH_CHECK(output_height > 0 && output_width > 0, "images of ", images.sizes(),
                " are smaller than the filter");
    const auto along = [&](int64_t length) {
      return ((length + dilation - 1) / dilation + side - 1) / side;
    };
    tile_rows = along(output_height);
    tile_columns = along(output_width);
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
    const int64_t phase = tile % (dilation * dilation);
    return {tile / (dilation * dilation), phase / dilation + row * side * dilation,
            phase % dilation + column * side * dilation};
  }

  /// The 8 × 8 pixels that a tile sees; `outside` stands for those beyond the border.
  void find_inputs(int64_t tile, const float *outside, const float **pixels) const {
    const Place at = place(tile);
    const float *image = input + at.image * input_height * input_width * inputs;
    for (int64_t i = 0; i < 8; i++) {
      for (int64_t j = 0; j < 8; j++) {
        const int64_t row = at.row + i * dilation - padding;
        const int64_t column = at.column + j * dilation - padding;
        const bool inside =
            row >= 0 && row < input_height && column >= 0 && column < input_width;
        pixels[i * 8 + j] = inside ? image + (row * input_width + column) * inputs : outside;
      }
    }
  }

  /// The outputs of a tile; `outside` stands for those beyond the border.
  void find_outputs(int64_t tile, float *outside, float **pixels) const {
    const Place at = place(tile);
    float *image = output + at.image * output_height * output_width * outputs;
    for (int64_t i = 0; i < side; i++) {
      for (int64_t j = 0; j < side; j++) {
        const int64_t row = at.row + i * dilation, column = at.column + j * dilation;
        const bool inside = row < output_height && column < output_width;
        pixels[i * side + j] = inside ? image + (row * output_width + column) * outputs : outside;
      }
    }
  }
};

/// Where the pixels of a block of tiles and their products lie, transformed: 64 planes of tiles ×
/// channels.
struct Planes {
  float *pixels = nullptr, *products = nullptr;
  /// As many zeros as a pixel has channels.
  const float *zeros = nullptr;
  int64_t pixel_plane, product_plane;

  Planes(const FilterJob &job, int64_t tiles)
      : pixel_plane(tiles * job.inputs + line), product_plane(tiles * job.outputs + line) {}

  /// The numbers of all planes.
  int64_t size() const { return points * (pixel_plane + product_plane); }
};

#define KERNELS "MinimalFilteringKernels.hpp"
#include "InstructionSets.hpp"

/// The kernels of one instruction set.
struct Kernels {
  int64_t rows, columns;
  decltype(&portable::gather) gather;
  decltype(&portable::multiply_points) multiply_points;
  decltype(&portable::scatter) scatter;
  decltype(&portable::pack) pack;
  decltype(&portable::transform) transform;
  decltype(&portable::multiply_gradients) multiply_gradients;
  decltype(&portable::unpack_gradients) unpack_gradients;
};

/// The kernels that this processor runs, the best first.
const std::vector<Kernels> &all_kernels() {
  static const std::vector<Kernels> all = [] {
    std::vector<Kernels> runnable;
#define ADD(set, available)                                                                   \
  if (available) {                                                                            \
    runnable.push_back({set::rows, set::columns, set::gather, set::multiply_points,           \
                        set::scatter, set::pack, set::transform, set::multiply_gradients,     \
                        set::unpack_gradients});                                              \
  }
    INSTRUCTION_SETS(ADD)
#undef ADD
    return runnable;
  }();
  return all;
}

/// How filters are packed tells for which kernels they are.
const Kernels &kernels_for(const at::Tensor &packed) {
  for (const Kernels &each : all_kernels()) {
    if (each.columns == packed.size(3)) return each;
  }
  TORCH_CHECK(false, "these filters are packed for another processor");
}

at::Tensor empty_images(const at::Tensor &like, at::IntArrayRef sizes) {
  return at::empty(sizes, like.options().memory_format(at::MemoryFormat::ChannelsLast));
}

/// Filters of 64 points × panels × inputs × outputs of a panel; with `backward` those that give the
/// gradient of the input: turned, with inputs and outputs exchanged.
at::Tensor packed_filters(const at::Tensor &weight, const Kernels &kernels, bool backward) {
  TORCH_CHECK(ct_filters_fit(weight.size(0), weight.size(1), weight.size(2)),
              "no minimal filtering by ", weight.sizes());
  const at::Tensor weights = channels_last(weight);
  const int64_t outputs = weight.size(0), inputs = weight.size(1);
  const FilterShape shape{backward ? inputs : outputs, backward ? outputs : inputs,
                          weight.size(2)};
  const int64_t panels = shape.outputs / kernels.columns;
  at::Tensor packed =
      at::empty({points, panels, shape.inputs, kernels.columns}, weight.options());
  const float *source = weights.const_data_ptr<float>();
  float *target = packed.mutable_data_ptr<float>();
  share(panels, 1, [&](int64_t begin, int64_t end) {
    kernels.pack(shape, source, backward, target, begin, end);
  });
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
  const int64_t most = std::max<int64_t>(144, 24 * at::get_num_threads());
  const int64_t tiles = job.tiles();
  const int64_t blocks = (tiles + most - 1) / most;
  const int64_t even = (tiles + blocks - 1) / blocks;
  const int64_t block = (even + kernels.rows - 1) / kernels.rows * kernels.rows;
  static thread_local Scratch scratch;
  Planes planes(job, block);
  planes.pixels = scratch.numbers(planes.size(), job.inputs);
  planes.products = planes.pixels + points * planes.pixel_plane;
  planes.zeros = scratch.zeros();
  for (int64_t first = 0; first < tiles; first += block) {
    const int64_t count = std::min(block, tiles - first);
    share(count, 8, [&](int64_t begin, int64_t end) {
      kernels.gather(job, planes, first, begin, end);
    });
    share(points, 1, [&](int64_t begin, int64_t end) {
      kernels.multiply_points(job, planes, count, begin, end);
    });
    share(count, 8, [&](int64_t begin, int64_t end) {
      kernels.scatter(job, planes, first, begin, end);
    });
  }
}

/// The convolution by packed filters of `side` × `side`, plus `bias`, which may be undefined, and a
/// leaky rectifier. `padding` zeros stand around the images.
at::Tensor filtered(const at::Tensor &input, const at::Tensor &packed, const at::Tensor &bias,
                    int64_t side, int64_t dilation, int64_t padding, double slope) {
  const Kernels &kernels = kernels_for(packed);
  TORCH_CHECK(input.scalar_type() == at::kFloat && input.is_cpu() && input.dim() == 4 &&
                  input.size(1) == packed.size(2),
              "no minimal filtering of ", input.sizes(), " by ", packed.sizes());
  TORCH_CHECK(slope >= 0 && slope <= 1, "a slope of ", slope, " makes no leaky rectifier");
  const at::Tensor images = channels_last(input);
  const at::Tensor biases = bias.defined() ? bias.contiguous() : bias;
  FilterJob job(images, packed.size(1) * packed.size(3), side, dilation, padding);
  at::Tensor result =
      empty_images(images, {job.images, job.outputs, job.output_height, job.output_width});
  job.input = images.const_data_ptr<float>();
  job.output = result.mutable_data_ptr<float>();
  job.filters = packed.const_data_ptr<float>();
  if (biases.defined()) job.bias = biases.const_data_ptr<float>();
  job.slope = static_cast<float>(slope);
  filter_tiles(job, kernels);
  return result;
}

/// The gradient of the weights, outputs × inputs × side × side.
at::Tensor filter_gradient(const at::Tensor &input, const at::Tensor &gradient, int64_t side,
                           int64_t dilation) {
  const Kernels &kernels = all_kernels().front();
  const at::Tensor images = channels_last(input), gradients = channels_last(gradient);
  FilterJob job(images, gradients.size(1), side, dilation, 0);
  job.input = images.const_data_ptr<float>();
  job.output = const_cast<float *>(gradients.const_data_ptr<float>());
  const int64_t tiles = job.tiles();
  at::Tensor pixels = at::empty({points, tiles, job.inputs + line}, at::kFloat);
  at::Tensor transformed = at::empty({points, tiles, job.outputs + line}, at::kFloat);
  at::Tensor products = at::empty({points, job.outputs, job.inputs}, at::kFloat);
  float *pixel = pixels.mutable_data_ptr<float>();
  float *transformed_gradient = transformed.mutable_data_ptr<float>();
  float *product = products.mutable_data_ptr<float>();
  share(tiles, 8, [&](int64_t begin, int64_t end) {
    kernels.transform(job, pixel, transformed_gradient, begin, end);
  });
  share(points, 1, [&](int64_t begin, int64_t end) {
    kernels.multiply_gradients(job, pixel, transformed_gradient, product, begin, end);
  });
  at::Tensor result = empty_images(images, {job.outputs, job.inputs, side, side});
  float *target = result.mutable_data_ptr<float>();
  const FilterShape shape{job.outputs, job.inputs, side};
  share(job.outputs, 8, [&](int64_t begin, int64_t end) {
    kernels.unpack_gradients(shape, product, target, begin, end);
  });
  return result;
}

/// The convolution and its gradients.
struct Learning : torch::autograd::Function<Learning> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            const at::Tensor &weight, const at::Tensor &bias, int64_t dilation,
                            double slope) {
    const at::Tensor images = channels_last(input);
    const at::Tensor output =
        filtered(images, packed_filters(weight, all_kernels().front(), false), bias,
                 weight.size(2), dilation, 0, slope);
    context->save_for_backward({images, weight, output});
    context->saved_data["dilation"] = dilation;
    context->saved_data["slope"] = slope;
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 const torch::autograd::variable_list &outputs) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1], &output = saved[2];
    const int64_t dilation = context->saved_data["dilation"].toInt();
    const double slope = context->saved_data["slope"].toDouble();
    const int64_t side = weight.size(2);
    at::Tensor gradient = channels_last(outputs[0]);
    // A rectifier keeps the sign of what enters it.
    if (slope != 1) gradient = at::leaky_relu_backward(gradient, output, slope, true);
    at::Tensor ofInput, ofWeight;
    if (context->needs_input_grad(0)) {
      ofInput = filtered(gradient, packed_filters(weight, all_kernels().front(), true), {}, side,
                         dilation, (side - 1) * dilation, 1);
    }
    if (context->needs_input_grad(1)) {
      ofWeight = filter_gradient(input, gradient, side, dilation);
    }
    return {ofInput, ofWeight, gradient.sum({0, 2, 3}), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

int ct_instruction_sets(void) { return static_cast<int>(all_kernels().size()); }

bool ct_filters_fit(int64_t outputs, int64_t inputs, int64_t side) {
  return side >= 2 && side <= 6 && outputs % 32 == 0 && inputs % 32 == 0;
}

int ct_filters(const CTTensor *weight, int rank, CTTensor **out) {
  return made(out, [&] {
    TORCH_CHECK(rank >= 0 && rank < ct_instruction_sets(), "there is no instruction set ", rank);
    return packed_filters(weight->value.detach(), all_kernels()[rank], false);
  });
}

int ct_filter2d(const CTTensor *input, const CTTensor *filters, const CTTensor *bias, int64_t side,
                int64_t dilation, int64_t padding, double slope, CTTensor **out) {
  return made(out, [&] {
    return filtered(input->value, filters->value, bias->value, side, dilation, padding, slope);
  });
}

int ct_filter2d_learning(const CTTensor *input, const CTTensor *weight, const CTTensor *bias,
                         int64_t dilation, double slope, CTTensor **out) {
  return made(out, [&] {
    return Learning::apply(input->value, weight->value, bias->value, dilation, slope);
  });
}
