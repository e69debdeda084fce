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
