// Convolutions of few channels, such as the colours of an image, that need no more than their
// definition: the pixels of a line of the filter lie side by side, so that a block of outputs is a
// product of lines as they lie with a panel of filters. A pool that follows is computed from two
// lines while they are in the cache; so are its gradients.
#include "CTensors.h"
#include "Native.hpp"
#include "Scratch.hpp"
#include "Sharing.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

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
  /// Which pixel of each pool is the largest; null where nobody asks.
  uint8_t *choices = nullptr;

  /// Lines of the output whose gradients are added up together: always the same, whoever adds them,
  /// so that sums are the same to the bit.
  static constexpr int64_t band = 8;

  int64_t rows() const { return height - side + 1; }
  int64_t columns() const { return width - side + 1; }
  int64_t output_rows() const { return pool ? (rows() - 2) / pool + 1 : rows(); }
  int64_t bands() const { return (output_rows() + band - 1) / band; }
  /// How many numbers filters and bias have.
  int64_t learnt() const { return (side * side * inputs + 1) * outputs; }
  int64_t output_columns() const { return pool ? (columns() - 2) / pool + 1 : columns(); }
};

#define KERNELS "ShallowConvolutionKernels.hpp"
#include "InstructionSets.hpp"

/// The kernels of one instruction set.
struct Kernels {
  decltype(&portable::convolve) convolve;
  decltype(&portable::learn) learn;
  /// How many outputs a panel of its filters holds.
  int64_t columns;
};

/// The kernels that this processor runs, the best first.
const std::vector<Kernels> &all_kernels() {
  static const std::vector<Kernels> all = [] {
    std::vector<Kernels> runnable;
#define ADD(set, available) \
  if (available) runnable.push_back({set::convolve, set::learn, set::columns});
    INSTRUCTION_SETS(ADD)
#undef ADD
    return runnable;
  }();
  return all;
}

/// How filters are packed tells for which kernels they are.
const Kernels &kernels_for(const at::Tensor &packed) {
  check_numbers("packed filters", packed, 5);
  TORCH_CHECK(packed.is_contiguous() && packed.size(1) == packed.size(2),
              "these filters are not as they were packed");
  for (const Kernels &each : all_kernels()) {
    if (each.columns == packed.size(4)) return each;
  }
  TORCH_CHECK(false, "these filters are packed for another processor");
}

/// Filters for the best kernels, `rank` 0, or for the next best ones.
at::Tensor packed_filters(const at::Tensor &weights, int64_t rank) {
  const int64_t count = all_kernels().size();
  TORCH_CHECK(rank >= 0 && rank < count, "there is no instruction set ", rank, ", but ", count);
  check_numbers("weights", weights, 4);
  const int64_t outputs = weights.size(0), panel = all_kernels()[rank].columns;
  TORCH_CHECK(outputs > 0 && outputs % panel == 0 && weights.size(1) > 0 && weights.size(2) > 0 &&
                  weights.size(2) == weights.size(3),
              "no shallow filters of ", weights.sizes());
  return weights.detach()
      .reshape({outputs / panel, panel, weights.size(1), weights.size(2), weights.size(3)})
      .permute({0, 3, 4, 2, 1})
      .contiguous();
}

/// The convolution of images that lie channels-last, with packed filters.
ShallowJob job_of(const at::Tensor &images, const at::Tensor &packed, const at::Tensor &bias,
                  double slope, int64_t pool) {
  check_numbers("images", images, 4);
  TORCH_CHECK(images.size(1) == packed.size(3) && packed.numel() > 0, "no shallow convolution of ",
              images.sizes(), " by ", packed.sizes());
  check_bias(bias, packed.size(0) * packed.size(4));
  check_slope(slope);
  check_pixels("pool's stride", pool, 0);
  const ShallowJob job{images.const_data_ptr<float>(),
                       nullptr,
                       packed.const_data_ptr<float>(),
                       bias.const_data_ptr<float>(),
                       images.size(1),
                       images.size(2),
                       images.size(3),
                       packed.size(0) * packed.size(4),
                       packed.size(1),
                       pool,
                       static_cast<float>(slope)};
  const int64_t least = pool ? 2 : 1;
  TORCH_CHECK(job.rows() >= least && job.columns() >= least, "images of ",
              images.sizes(), " are smaller than the filter");
  return job;
}

/// Fills the output of a job.
at::Tensor convolved(ShallowJob &job, const at::Tensor &images, const Kernels &kernels) {
  at::Tensor result =
      at::empty({images.size(0), job.outputs, job.output_rows(), job.output_columns()},
                images.options().memory_format(at::MemoryFormat::ChannelsLast));
  job.output = result.mutable_data_ptr<float>();
  share(images.size(0) * job.output_rows(), 16,
        [&](int64_t begin, int64_t end) { kernels.convolve(job, begin, end); });
  return result;
}

/// The convolution of images that are not learnt themselves, and the gradients of its weights.
struct Learning : torch::autograd::Function<Learning> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            const at::Tensor &weight, const at::Tensor &bias, double slope,
                            int64_t pool, int64_t instructions) {
    const at::Tensor images = channels_last(input), packed = packed_filters(weight, instructions);
    ShallowJob job = job_of(images, packed, bias.contiguous(), slope, pool);
    at::Tensor choices;
    if (pool) {
      choices =
          at::empty({images.size(0), job.output_rows(), job.output_columns(), job.outputs},
                    at::kByte);
      job.choices = choices.mutable_data_ptr<uint8_t>();
    }
    const at::Tensor output = convolved(job, images, kernels_for(packed));
    context->save_for_backward({images, packed, bias, output, choices});
    context->saved_data["slope"] = slope;
    context->saved_data["pool"] = pool;
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 const torch::autograd::variable_list &outputs) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &images = saved[0], &packed = saved[1], &output = saved[3];
    ShallowJob job =
        job_of(images, packed, saved[2].contiguous(), context->saved_data["slope"].toDouble(),
               context->saved_data["pool"].toInt());
    job.output = const_cast<float *>(output.const_data_ptr<float>());
    if (job.pool) job.choices = const_cast<uint8_t *>(saved[4].const_data_ptr<uint8_t>());
    check_numbers("gradients", outputs[0], 4);
    const at::Tensor gradient = channels_last(outputs[0]);
    TORCH_CHECK(gradient.sizes() == output.sizes(), "gradients of ", gradient.sizes(), " for ",
                output.sizes());
    const Kernels &kernels = kernels_for(packed);
    const int64_t bands = images.size(0) * job.bands();
    at::Tensor sums = at::empty({bands, job.learnt()}, at::kFloat);
    float *target = sums.mutable_data_ptr<float>();
    const float *given = gradient.const_data_ptr<float>();
    share(bands, 1,
          [&](int64_t begin, int64_t end) { kernels.learn(job, given, target, begin, end); });
    const at::Tensor both = sums.sum(0);
    const at::Tensor of_weight =
        both.slice(0, 0, job.learnt() - job.outputs)
            .reshape(packed.sizes())
            .permute({0, 4, 3, 1, 2})
            .reshape({job.outputs, job.inputs, job.side, job.side})
            .contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor of_bias = both.slice(0, job.learnt() - job.outputs).clone();
    return {at::Tensor(), of_weight, of_bias, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

int ct_shallow_filters(const CTTensor *weight, int rank, CTTensor **out) {
  return made(out, [&] { return packed_filters(weight->value, rank); });
}

int ct_shallow_conv2d(const CTTensor *input, const CTTensor *filters, const CTTensor *bias,
                      double slope, int pool, CTTensor **out) {
  return made(out, [&] {
    const at::Tensor images = channels_last(input->value), biases = bias->value.contiguous();
    const Kernels &kernels = kernels_for(filters->value);
    ShallowJob job = job_of(images, filters->value, biases, slope, pool);
    return convolved(job, images, kernels);
  });
}

int ct_shallow_conv2d_learning(const CTTensor *input, const CTTensor *weight,
                               const CTTensor *bias, double slope, int pool, int rank,
                               CTTensor **out) {
  return made(out, [&]() -> at::Tensor {
    TORCH_CHECK(pool == 0 || pool == 2, "no gradients pass through pools ", pool, " apart");
    // Seldom are the images themselves learnt: then libtorch's operations will do.
    if (input->value.requires_grad()) {
      const at::Tensor output = at::leaky_relu(
          at::conv2d(input->value, weight->value, bias->value), slope);
      return pool ? at::max_pool2d(output, 2) : output;
    }
    return Learning::apply(input->value, weight->value, bias->value, slope,
                           static_cast<int64_t>(pool), static_cast<int64_t>(rank));
  });
}
