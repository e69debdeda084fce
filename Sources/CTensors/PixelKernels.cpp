// Operations on every pixel that libtorch does in several passes over memory, done in one. Images lie
// channels-last, 32-bit numbers, on the CPU.
#include "Native.hpp"
#include "Sharing.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstring>

namespace {

typedef float Lanes __attribute__((ext_vector_type(4)));
/// Lanes with all bits set, or none.
typedef int32_t Choice __attribute__((ext_vector_type(4)));
constexpr int64_t lanes = 4;

Lanes load(const float *address) {
  Lanes lanes;
  std::memcpy(&lanes, address, sizeof lanes);
  return lanes;
}

void store(float *address, Lanes lanes) { std::memcpy(address, &lanes, sizeof lanes); }

/// The larger number; none is a number that is not one.
inline float larger(float a, float b) { return a > b || a != a ? a : b; }

/// The largest of each 2 × 2 pixels that lie `dilation` apart, every `stride`.
at::Tensor pooled(const at::Tensor &input, int64_t stride, int64_t dilation) {
  const at::Tensor images = channels_last(input);
  const int64_t channels = images.size(1), height = images.size(2), width = images.size(3);
  const int64_t rows = (height - dilation - 1) / stride + 1;
  const int64_t columns = (width - dilation - 1) / stride + 1;
  TORCH_CHECK(height > dilation && width > dilation, "images of ", images.sizes(),
              " are smaller than the pool");
  at::Tensor result = at::empty({images.size(0), channels, rows, columns},
                                images.options().memory_format(at::MemoryFormat::ChannelsLast));
  const float *source = images.const_data_ptr<float>();
  float *target = result.mutable_data_ptr<float>();
  share(images.size(0) * rows, 4, [&](int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; line++) {
      const float *upper =
          source + (line / rows * height + line % rows * stride) * width * channels;
      const float *lower = upper + dilation * width * channels;
      float *out = target + line * columns * channels;
      for (int64_t column = 0; column < columns; column++) {
        const int64_t left = column * stride * channels, right = left + dilation * channels;
        for (int64_t channel = 0; channel < channels; channel++) {
          out[column * channels + channel] =
              larger(larger(upper[left + channel], upper[right + channel]),
                     larger(lower[left + channel], lower[right + channel]));
        }
      }
    }
  });
  return result;
}

/// A pool of 2 × 2 pixels side by side, whose gradient goes to the first that is the largest.
struct LearningPool : torch::autograd::Function<LearningPool> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input) {
    const at::Tensor images = channels_last(input);
    const at::Tensor output = pooled(images, 2, 1);
    context->save_for_backward({images, output});
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 const torch::autograd::variable_list &outputs) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &images = saved[0], &output = saved[1];
    const at::Tensor gradient = channels_last(outputs[0]);
    const int64_t channels = images.size(1), height = images.size(2), width = images.size(3);
    const int64_t rows = output.size(2), columns = output.size(3);
    at::Tensor result = at::empty_like(images, at::MemoryFormat::ChannelsLast);
    const float *source = images.const_data_ptr<float>();
    const float *largest = output.const_data_ptr<float>();
    const float *given = gradient.const_data_ptr<float>();
    float *target = result.mutable_data_ptr<float>();
    const int64_t below = width * channels;
    // The gradients of one pool: all of the lanes that no pixel has yet taken.
    const auto spread = [&](int64_t corner, int64_t pool) {
      const Lanes most = load(largest + pool);
      const Choice value = (Choice)load(given + pool);
      Choice open = ~Choice(0);
#pragma unroll
      for (const int64_t pixel :
           {corner, corner + channels, corner + below, corner + below + channels}) {
        const Choice isIt = open & (load(source + pixel) == most);
        store(target + pixel, (Lanes)(isIt & value));
        open &= ~isIt;
      }
    };
    share(images.size(0) * rows, 4, [&](int64_t begin, int64_t end) {
      for (int64_t line = begin; line < end; line++) {
        const int64_t first = (line / rows * height + line % rows * 2) * below;
        for (int64_t column = 0; column < columns; column++) {
          for (int64_t channel = 0; channel < channels; channel += lanes) {
            spread(first + 2 * column * channels + channel,
                   (line * columns + column) * channels + channel);
          }
        }
        // What no pool has seen: a last column, and a last line.
        const int64_t seen = 2 * columns * channels;
        std::fill(target + first + seen, target + first + below, 0.0f);
        std::fill(target + first + below + seen, target + first + 2 * below, 0.0f);
        if (line % rows == rows - 1 && height % 2) {
          std::fill_n(target + first + 2 * below, below, 0.0f);
        }
      }
    });
    return {result};
  }
};

}  // namespace

int ct_max_pool2x2(const CTTensor *input, int stride, int dilation, CTTensor **out) {
  return made(out, [&]() -> at::Tensor {
    const at::Tensor &images = input->value;
    const bool isOurs =
        images.is_cpu() && images.scalar_type() == at::kFloat && images.dim() == 4;
    const bool learns = at::GradMode::is_enabled() && images.requires_grad();
    if (isOurs && !learns) return pooled(images, stride, dilation);
    if (isOurs && stride == 2 && dilation == 1 && images.size(1) % lanes == 0) {
      return LearningPool::apply(images);
    }
    return at::max_pool2d(images, 2, stride, 0, dilation);
  });
}

int ct_scores(const CTTensor *const *answers, int count, const CTTensor *target,
              const CTTensor *mean, const CTTensor *deviation, CTTensor **out) {
  return made(out, [&] {
    const at::Tensor goal = channels_last(target->value);
    std::vector<at::Tensor> all;
    std::vector<const float *> sources;
    for (int i = 0; i < count; i++) {
      all.push_back(channels_last(answers[i]->value));
      TORCH_CHECK(all[i].sizes() == goal.sizes() && all[i].is_cpu() &&
                      all[i].scalar_type() == at::kFloat,
                  "an answer of ", all[i].sizes(), " to a target of ", goal.sizes());
      sources.push_back(all[i].const_data_ptr<float>());
    }
    const int64_t channels = goal.size(1);
    TORCH_CHECK(count > 0 && channels % lanes == 0 && goal.scalar_type() == at::kFloat &&
                    mean->value.numel() == channels && deviation->value.numel() == channels,
                "no scores of ", count, " answers of ", goal.sizes());
    const at::Tensor shift = mean->value.contiguous();
    const at::Tensor scale = deviation->value.reciprocal().contiguous();
    const float *shifts = shift.const_data_ptr<float>(), *scales = scale.const_data_ptr<float>();
    const float *goals = goal.const_data_ptr<float>();
    const int64_t height = goal.size(2), width = goal.size(3), plane = height * width;
    at::Tensor result = at::empty({goal.size(0), 2, height, width}, goal.options());
    float *scores = result.mutable_data_ptr<float>();
    share(goal.size(0) * plane, 512, [&](int64_t begin, int64_t end) {
      for (int64_t pixel = begin; pixel < end; pixel++) {
        Lanes error = 0, spread = 0;
        for (int64_t channel = 0; channel < channels; channel += lanes) {
          const int64_t place = pixel * channels + channel;
          Lanes sum = load(sources[0] + place);
          for (int i = 1; i < count; i++) sum += load(sources[i] + place);
          const Lanes middle = sum / float(count);
          const Lanes wanted =
              (load(goals + place) - load(shifts + channel)) * load(scales + channel);
          error += (middle - wanted) * (middle - wanted);
          for (int i = 0; i < count; i++) {
            const Lanes away = load(sources[i] + place) - middle;
            spread += away * away;
          }
        }
        float errors = 0, spreads = 0;
        for (int64_t lane = 0; lane < lanes; lane++) {
          errors += error[lane];
          spreads += spread[lane];
        }
        float *score = scores + (pixel / plane * 2) * plane + pixel % plane;
        score[0] = errors;
        score[plane] = spreads / float(count);
      }
    });
    return result;
  });
}
