// Convolutions of few channels, such as the colours of an image, that need no more than their
// definition: the pixels of a line of the filter lie side by side, so that a block of outputs is a
// product of lines as they lie with a panel of filters. A pool that follows is computed from two
// lines while they are in the cache; so are its gradients.
#include "Native.hpp"
#include "Recording.hpp"
#include "Scratch.hpp"
#include "Sharing.hpp"

#include <algorithm>
#include <vector>

namespace {

/// One convolution of stride 1 without padding. Images lie channels-last; the filters are packed.
struct ShallowJob {
  /// Images × height × width × inputs.
  const float *input;
  /// Images × output rows × output columns × outputs.
  float *output = nullptr;
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
  int64_t output_columns() const { return pool ? (columns() - 2) / pool + 1 : columns(); }
  int64_t bands() const { return (output_rows() + band - 1) / band; }
  /// How many numbers filters and bias have.
  int64_t learnt() const { return (side * side * inputs + 1) * outputs; }
};

/// The kernels of one instruction set.
struct Kernels {
  int64_t panel;
  void (*convolve)(const ShallowJob &, int64_t begin, int64_t end);
  void (*learn)(const ShallowJob &, const float *gradients, float *sums, int64_t begin,
                int64_t end);
};

}  // namespace

#define KERNELS "ShallowConvolutionKernels.hpp"
#include "InstructionSets.hpp"

namespace {

at::Tensor packed_filters(const at::Tensor &weights, const Kernels &kernels) {
  check_numbers("weights", weights, 4);
  TORCH_CHECK(weights.size(0) > 0 && weights.size(0) % kernels.panel == 0 && weights.size(1) > 0 &&
                  weights.size(2) > 0 && weights.size(2) == weights.size(3),
              "no shallow filters of ", weights.sizes());
  return in_panels(weights, kernels.panel);
}

/// The convolution of images that lie channels-last, with packed filters.
ShallowJob job_of(const at::Tensor &images, const at::Tensor &packed, const at::Tensor &bias,
                  double slope, int64_t pool) {
  check_numbers("images", images, 4);
  TORCH_CHECK(images.size(1) == packed.size(3) && packed.size(1) == packed.size(2) &&
                  packed.numel() > 0,
              "no shallow convolution of ", images.sizes(), " by ", packed.sizes());
  check_bias(bias, packed.size(0) * packed.size(4));
  check_slope(slope);
  check_pixels("pool's stride", pool, 0);
  const ShallowJob job{.input = images.const_data_ptr<float>(),
                       .filters = packed.const_data_ptr<float>(),
                       .bias = bias.const_data_ptr<float>(),
                       .inputs = images.size(1),
                       .height = images.size(2),
                       .width = images.size(3),
                       .outputs = packed.size(0) * packed.size(4),
                       .side = packed.size(1),
                       .pool = pool,
                       .slope = static_cast<float>(slope)};
  const int64_t least = pool ? 2 : 1;
  TORCH_CHECK(job.rows() >= least && job.columns() >= least, "images of ",
              images.sizes(), " are smaller than the filter");
  return job;
}

/// Fills the output of a job.
at::Tensor convolved(ShallowJob &job, const at::Tensor &images, const Kernels &kernels) {
  at::Tensor result =
      empty_images({images.size(0), job.outputs, job.output_rows(), job.output_columns()});
  job.output = result.mutable_data_ptr<float>();
  share(images.size(0) * job.output_rows(), 16,
        [&](int64_t begin, int64_t end) { kernels.convolve(job, begin, end); });
  return result;
}

/// The convolution of images that are not learnt themselves, and the gradients of its weights.
struct LearntConvolution {
  double slope;
  int64_t pool, instructions;

  Tensors forward(at::TensorList inputs) const {
    const Kernels &kernels = kernels_of(instructions);
    const at::Tensor images = channels_last(inputs[0]), bias = inputs[2].contiguous();
    const at::Tensor packed = packed_filters(inputs[1], kernels);
    ShallowJob job = job_of(images, packed, bias, slope, pool);
    at::Tensor choices;
    if (pool) {
      choices =
          at::empty({images.size(0), job.output_rows(), job.output_columns(), job.outputs},
                    at::kByte);
      job.choices = choices.mutable_data_ptr<uint8_t>();
    }
    return {convolved(job, images, kernels), images, packed, bias, choices};
  }

  Tensors backward(const Record &, const Tensors &results, const at::Tensor &gradient) const {
    const at::Tensor &images = results[1], &packed = results[2];
    ShallowJob job = job_of(images, packed, results[3], slope, pool);
    job.output = const_cast<float *>(results[0].const_data_ptr<float>());
    if (pool) job.choices = const_cast<uint8_t *>(results[4].const_data_ptr<uint8_t>());
    const Kernels &kernels = kernels_of(instructions);
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
    return {at::Tensor(), of_weight, of_bias};
  }
};

}  // namespace

int ct_shallow_filters(const CTTensor *weight, int rank, CTTensor **out) {
  return made(out, [&] { return packed_filters(weight->value, kernels_of(rank)); });
}

int ct_shallow_conv2d(const CTTensor *input, const CTTensor *filters, const CTTensor *bias,
                      double slope, int pool, CTTensor **out) {
  return made(out, [&] {
    const at::Tensor images = channels_last(input->value), biases = bias->value.contiguous();
    const Kernels &kernels = kernels_for(filters->value, 5);
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
    return recorded(LearntConvolution{slope, pool, rank},
                    {input->value, weight->value, bias->value});
  });
}
