// Operations on every pixel that libtorch does in several passes over memory, done in one. Images lie
// channels-last, 32-bit numbers, on the CPU.
#include "Native.hpp"
#include "Recording.hpp"
#include "Sharing.hpp"

#include <algorithm>

namespace {

// So many on every processor: how sums are rounded depends on it.
#define LANES 4
#include "Vectors.hpp"

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
  at::Tensor result = empty_images({images.size(0), channels, rows, columns});
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
struct LearntPool {
  Tensors forward(at::TensorList inputs) const {
    const at::Tensor images = channels_last(inputs[0]);
    return {pooled(images, 2, 1), images};
  }

  Tensors backward(const Record &, const Tensors &results, const at::Tensor &gradient) const {
    const at::Tensor &output = results[0], &images = results[1];
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
      const Vector most = load(largest + pool);
      const Integers value = (Integers)load(given + pool);
      Integers open = ~Integers(0);
#pragma unroll
      for (const int64_t pixel :
           {corner, corner + channels, corner + below, corner + below + channels}) {
        const Integers isIt = open & (load(source + pixel) == most);
        store(target + pixel, (Vector)(isIt & value));
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

float sum(Vector values) {
  float all = 0;
  for (int64_t lane = 0; lane < lanes; lane++) all += values[lane];
  return all;
}

/// Some rows, N x C x h x W, of images N x C x H x W of which there are two scores a pixel,
/// N x 2 x H x W.
struct Band {
  int64_t images, channels, rows, height, width, first, plane;

  Band(const at::Tensor &band, int64_t first, const at::Tensor &whole, const at::Tensor &scores)
      : images(band.size(0)), channels(band.size(1)), rows(band.size(2)), height(whole.size(2)),
        width(band.size(3)), first(first), plane(height * width) {
    for (const at::Tensor &each : {band, whole, scores}) check_numbers("samples", each, 4);
    TORCH_CHECK(first >= 0 && first <= height - rows && channels % lanes == 0 &&
                    whole.sizes() == at::IntArrayRef({images, channels, height, width}) &&
                    scores.sizes() == at::IntArrayRef({images, 2, height, width}) &&
                    whole.is_contiguous(at::MemoryFormat::ChannelsLast) && scores.is_contiguous(),
                "rows of ", band.sizes(), " from ", first, " on are not part of ", whole.sizes());
  }

  /// Calls `work` with where each pixel lies in the band, in the whole, and its first score.
  template <typename Work>
  void for_each_pixel(const Work &work) const {
    share(images * rows * width, 512, [&](int64_t begin, int64_t end) {
      for (int64_t pixel = begin; pixel < end; pixel++) {
        const int64_t image = pixel / (rows * width);
        const int64_t place = first * width + pixel % (rows * width);
        work(pixel * channels, (image * plane + place) * channels, image * 2 * plane + place);
      }
    });
  }
};

}  // namespace

int ct_max_pool2x2(const CTTensor *input, int stride, int dilation, CTTensor **out) {
  return made(out, [&]() -> at::Tensor {
    const at::Tensor &images = input->value;
    check_pixels("stride", stride, 1);
    check_pixels("dilation", dilation, 1);
    const bool isOurs =
        images.is_cpu() && images.scalar_type() == at::kFloat && images.dim() == 4;
    const bool learns = at::GradMode::is_enabled() && images.requires_grad();
    if (isOurs && !learns) return pooled(images, stride, dilation);
    if (isOurs && stride == 2 && dilation == 1 && images.size(1) % lanes == 0) {
      return recorded(LearntPool{}, {images});
    }
    return at::max_pool2d(images, 2, stride, 0, dilation);
  });
}

int ct_add_sample(const CTTensor *sample, int64_t row, int number, int count, CTTensor *mean,
                  CTTensor *distances) {
  return guarded([&] {
    const at::Tensor rows = channels_last(sample->value);
    const Band band(rows, row, mean->value, distances->value);
    TORCH_CHECK(number >= 0 && number < count, "sample ", number, " of ", count);
    const float *samples = rows.const_data_ptr<float>();
    float *means = mean->value.mutable_data_ptr<float>();
    float *scores = distances->value.mutable_data_ptr<float>();
    // Welford (1962): what each sample adds to the squared distances from the mean of all.
    const float share = 1 / float(number + 1), weight = number * share / float(count);
    band.for_each_pixel([&](int64_t source, int64_t place, int64_t error) {
      Vector spread = 0;
      for (int64_t channel = 0; channel < band.channels; channel += lanes) {
        const Vector value = load(samples + source + channel);
        const Vector middle = number == 0 ? value : load(means + place + channel);
        const Vector away = value - middle;
        spread += away * away;
        store(means + place + channel, middle + share * away);
      }
      const float before = number == 0 ? 0 : scores[error + band.plane];
      scores[error + band.plane] = before + weight * sum(spread);
    });
  });
}

int ct_compare_mean(const CTTensor *target, int64_t row, const CTTensor *shift,
                    const CTTensor *deviation, const CTTensor *mean, CTTensor *distances) {
  return guarded([&] {
    const at::Tensor rows = channels_last(target->value);
    const Band band(rows, row, mean->value, distances->value);
    for (const at::Tensor &each : {shift->value, deviation->value}) {
      check_numbers("what targets are normalised by", each, each.dim());
      TORCH_CHECK(each.numel() == band.channels, "targets of ", band.channels,
                  " are normalised by ", each.sizes());
    }
    const at::Tensor shifts = shift->value.contiguous();
    const at::Tensor scales = deviation->value.reciprocal().contiguous();
    const float *shifted = shifts.const_data_ptr<float>(), *scaled = scales.const_data_ptr<float>();
    const float *goals = rows.const_data_ptr<float>();
    const float *means = mean->value.const_data_ptr<float>();
    float *scores = distances->value.mutable_data_ptr<float>();
    band.for_each_pixel([&](int64_t source, int64_t place, int64_t error) {
      Vector squares = 0;
      for (int64_t channel = 0; channel < band.channels; channel += lanes) {
        const Vector wanted =
            (load(goals + source + channel) - load(shifted + channel)) * load(scaled + channel);
        const Vector away = load(means + place + channel) - wanted;
        squares += away * away;
      }
      scores[error] = sum(squares);
    });
  });
}
