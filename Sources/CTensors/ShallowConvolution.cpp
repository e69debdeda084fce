// Convolutions of few channels, such as the colours of an image, that need no more than their
// definition: the pixels of a line of the filter lie side by side, so that a block of outputs is a
// product of lines as they lie with a panel of filters. A pool that follows is computed from two
// lines while they are in the cache.
#include "CTensors.h"
#include "Native.hpp"
#include "Scratch.hpp"
#include "Sharing.hpp"

#include <ATen/ATen.h>

#include <algorithm>

namespace {

/// One convolution of stride 1 without padding. Images lie channels-last; the filters are packed.
struct ShallowJob {
  /// Images × height × width × inputs.
  const float *input;
  /// Images × output rows × output columns × outputs.
  float *output;
  /// Panels × side × side × inputs × outputs of a panel.
  const float *filters;
  const float *bias;
  int64_t inputs, height, width, outputs, side;
  /// How far apart the pools of 2 × 2 lie that follow; 0 for none.
  int64_t pool;
  float slope;

  int64_t rows() const { return height - side + 1; }
  int64_t columns() const { return width - side + 1; }
  int64_t output_rows() const { return pool ? (rows() - 2) / pool + 1 : rows(); }
  int64_t output_columns() const { return pool ? (columns() - 2) / pool + 1 : columns(); }
};

#define KERNELS "ShallowConvolutionKernels.hpp"
#include "InstructionSets.hpp"

/// The best kernel that this processor runs.
struct Kernel {
  decltype(&portable::convolve) convolve;
  /// How many outputs a panel of its filters holds.
  int64_t columns;
};

const Kernel &kernel() {
  static const Kernel best = [] {
#define CHOOSE(set, available) \
  if (available) return Kernel{set::convolve, set::columns};
    INSTRUCTION_SETS(CHOOSE)
#undef CHOOSE
  }();
  return best;
}

}  // namespace

int ct_shallow_filters(const CTTensor *weight, CTTensor **out) {
  return made(out, [&] {
    const at::Tensor &weights = weight->value;
    const int64_t outputs = weights.size(0), panel = kernel().columns;
    TORCH_CHECK(outputs % panel == 0 && weights.size(2) == weights.size(3),
                "no shallow filters of ", weights.sizes());
    return weights.detach()
        .reshape({outputs / panel, panel, weights.size(1), weights.size(2), weights.size(3)})
        .permute({0, 3, 4, 2, 1})
        .contiguous();
  });
}

int ct_shallow_conv2d(const CTTensor *input, const CTTensor *filters, const CTTensor *bias,
                      double slope, int pool, CTTensor **out) {
  return made(out, [&] {
    const at::Tensor images = channels_last(input->value), packed = filters->value,
                     biases = bias->value.contiguous();
    TORCH_CHECK(images.scalar_type() == at::kFloat && images.is_cpu() && images.dim() == 4 &&
                    images.size(1) == packed.size(3) && packed.size(4) == kernel().columns,
                "no shallow convolution of ", images.sizes(), " by ", packed.sizes());
    TORCH_CHECK(slope >= 0 && slope <= 1, "a slope of ", slope, " makes no leaky rectifier");
    ShallowJob job{images.const_data_ptr<float>(),
                   nullptr,
                   packed.const_data_ptr<float>(),
                   biases.const_data_ptr<float>(),
                   images.size(1),
                   images.size(2),
                   images.size(3),
                   packed.size(0) * packed.size(4),
                   packed.size(1),
                   pool,
                   static_cast<float>(slope)};
    const int64_t least = pool ? 2 : 1;
    TORCH_CHECK(pool >= 0 && job.rows() >= least && job.columns() >= least, "images of ",
                images.sizes(), " are smaller than the filter");
    at::Tensor result =
        at::empty({images.size(0), job.outputs, job.output_rows(), job.output_columns()},
                  images.options().memory_format(at::MemoryFormat::ChannelsLast));
    job.output = result.mutable_data_ptr<float>();
    share(images.size(0) * job.output_rows(), 16,
          [&](int64_t begin, int64_t end) { kernel().convolve(job, begin, end); });
    return result;
  });
}
