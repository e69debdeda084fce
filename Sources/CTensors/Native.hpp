// What the files of this target share: the tensor behind the C face, and where exceptions end.
#ifndef NATIVE_HPP
#define NATIVE_HPP

#include "CTensors.h"

#include <ATen/ATen.h>

#include <string>

struct CTTensor {
  at::Tensor value;
};

/// What ct_error() gives: the message of the last exception on this thread.
inline thread_local std::string last_error;

/// A batch of images with the channels of each pixel side by side.
inline at::Tensor channels_last(const at::Tensor &tensor) {
  return tensor.contiguous(at::MemoryFormat::ChannelsLast);
}

/// Room for images of such axes, the channels of each pixel side by side.
inline at::Tensor empty_images(at::IntArrayRef axes) {
  return at::empty(axes, at::kFloat, at::MemoryFormat::ChannelsLast);
}

/// Weights, outputs × inputs × side × side, as our kernels read them: panels × side × side × inputs ×
/// outputs of a panel.
inline at::Tensor in_panels(const at::Tensor &weights, int64_t panel) {
  return weights.detach()
      .reshape({weights.size(0) / panel, panel, weights.size(1), weights.size(2), weights.size(3)})
      .permute({0, 3, 4, 2, 1})
      .contiguous();
}

/// Checks what our kernels are given, which read memory as this says: 32-bit numbers on the CPU.
inline void check_numbers(const char *what, const at::Tensor &tensor, int64_t rank) {
  TORCH_CHECK(tensor.is_cpu() && tensor.layout() == at::kStrided &&
                  tensor.scalar_type() == at::kFloat && tensor.dim() == rank,
              what, " must be float32 on the CPU and have ", rank, " axes, not ",
              tensor.scalar_type(), " on ", tensor.device(), " of ", tensor.sizes());
}

inline void check_bias(const at::Tensor &bias, int64_t outputs) {
  check_numbers("a bias", bias, 1);
  TORCH_CHECK(bias.size(0) == outputs, "a bias of ", bias.size(0), " numbers for ", outputs,
              " outputs");
}

/// Checks a slope of a leaky rectifier, which the kernels compute as a maximum.
inline void check_slope(double slope) {
  TORCH_CHECK(slope >= 0 && slope <= 1, "a slope of ", slope, " makes no leaky rectifier");
}

/// Checks a dilation, stride or padding: so few pixels that no product of lengths overflows.
inline void check_pixels(const char *what, int64_t pixels, int64_t least,
                         int64_t most = 1 << 15) {
  TORCH_CHECK(pixels >= least && pixels <= most, "a ", what, " of ", pixels, ", not ", least,
              " to ", most);
}

// The one place where an exception ends: nothing is thrown through C.
template <typename Body>
int guarded(Body body) noexcept {
  try {
    body();
    return 0;
  } catch (const c10::Error &error) {
    last_error = error.what_without_backtrace();
  } catch (const std::exception &error) {
    last_error = error.what();
  } catch (...) {
    last_error = "unknown native error";
  }
  return 1;
}

template <typename Body>
int made(CTTensor **out, Body body) noexcept {
  return guarded([&] { *out = new CTTensor{body()}; });
}

#endif
