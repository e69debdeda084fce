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

/// The best kernel that this processor runs.
struct Kernel {
  decltype(&portable::convolve) convolve;
  decltype(&portable::learn) learn;
  /// How many outputs a panel of its filters holds.
  int64_t columns;
};

const Kernel &kernel() {
  static const Kernel best = [] {
#define CHOOSE(set, available) \
  if (available) return Kernel{set::convolve, set::learn, set::columns};
    INSTRUCTION_SETS(CHOOSE)
#undef CHOOSE
  }();
  return best;
}

at::Tensor packed_filters(const at::Tensor &weights) {
  const int64_t outputs = weights.size(0), panel = kernel().columns;
  TORCH_CHECK(outputs % panel == 0 && weights.size(2) == weights.size(3),
              "no shallow filters of ", weights.sizes());
  return weights.detach()
      .reshape({outputs / panel, panel, weights.size(1), weights.size(2), weights.size(3)})
      .permute({0, 3, 4, 2, 1})
      .contiguous();
}

/// The convolution of images that lie channels-last, with packed filters.
ShallowJob job_of(const at::Tensor &images, const at::Tensor &packed, const at::Tensor &bias,
                  double slope, int64_t pool) {
  TORCH_CHECK(images.scalar_type() == at::kFloat && images.is_cpu() && images.dim() == 4 &&
                  images.size(1) == packed.size(3) && packed.size(4) == kernel().columns,
              "no shallow convolution of ", images.sizes(), " by ", packed.sizes());
  TORCH_CHECK(slope >= 0 && slope <= 1, "a slope of ", slope, " makes no leaky rectifier");
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
  TORCH_CHECK(pool >= 0 && job.rows() >= least && job.columns() >= least, "images of ",
              images.sizes(), " are smaller than the filter");
  return job;
}

/// Fills the output of a job.
at::Tensor convolved(ShallowJob &job, const at::Tensor &images) {
  at::Tensor result =
      at::empty({images.size(0), job.outputs, job.output_rows(), job.output_columns()},
                images.options().memory_format(at::MemoryFormat::ChannelsLast));
  job.output = result.mutable_data_ptr<float>();
  share(images.size(0) * job.output_rows(), 16,
        [&](int64_t begin, int64_t end) { kernel().convolve(job, begin, end); });
  return result;
}

/// The convolution of images that are not learnt themselves, and the gradients of its weights.
struct Learning : torch::autograd::Function<Learning> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                            const at::Tensor &weight, const at::Tensor &bias, double slope,
                            int64_t pool) {
    const at::Tensor images = channels_last(input), packed = packed_filters(weight);
    ShallowJob job = job_of(images, packed, bias.contiguous(), slope, pool);
    at::Tensor choices;
    if (pool) {
      choices =
          at::empty({images.size(0), job.output_rows(), job.output_columns(), job.outputs},
                    at::kByte);
      job.choices = choices.mutable_data_ptr<uint8_t>();
    }
    const at::Tensor output = convolved(job, images);
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
    const at::Tensor gradient = channels_last(outputs[0]);
    const int64_t bands = images.size(0) * job.bands();
    at::Tensor sums = at::empty({bands, job.learnt()}, at::kFloat);
    float *target = sums.mutable_data_ptr<float>();
    const float *given = gradient.const_data_ptr<float>();
    share(bands, 1,
          [&](int64_t begin, int64_t end) { kernel().learn(job, given, target, begin, end); });
    const at::Tensor both = sums.sum(0);
    const at::Tensor of_weight =
        both.slice(0, 0, job.learnt() - job.outputs)
            .reshape(packed.sizes())
            .permute({0, 4, 3, 1, 2})
            .reshape({job.outputs, job.inputs, job.side, job.side})
            .contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor of_bias = both.slice(0, job.learnt() - job.outputs).clone();
    return {at::Tensor(), of_weight, of_bias, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

int ct_shallow_filters(const CTTensor *weight, CTTensor **out) {
  return made(out, [&] { return packed_filters(weight->value); });
}

int ct_shallow_conv2d(const CTTensor *input, const CTTensor *filters, const CTTensor *bias,
                      double slope, int pool, CTTensor **out) {
  return made(out, [&] {
    const at::Tensor images = channels_last(input->value), biases = bias->value.contiguous();
    ShallowJob job = job_of(images, filters->value, biases, slope, pool);
    return convolved(job, images);
  });
}

int ct_shallow_conv2d_learning(const CTTensor *input, const CTTensor *weight,
                               const CTTensor *bias, double slope, int pool, CTTensor **out) {
  return made(out, [&]() -> at::Tensor {
    TORCH_CHECK(pool == 0 || pool == 2, "no gradients pass through pools ", pool, " apart");
    // Seldom are the images themselves learnt: then libtorch's operations will do.
    if (input->value.requires_grad()) {
      const at::Tensor output = at::leaky_relu(
          at::conv2d(input->value, weight->value, bias->value), slope);
      return pool ? at::max_pool2d(output, 2) : output;
    }
    return Learning::apply(input->value, weight->value, bias->value, slope,
                           static_cast<int64_t>(pool));
  });
}
