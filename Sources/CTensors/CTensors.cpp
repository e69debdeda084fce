#include "CTensors.h"
#include "Native.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

namespace {

/// So many numbers that a caller lends.
at::IntArrayRef lent(const int64_t *numbers, int64_t count) {
  TORCH_CHECK(count >= 0 && (count == 0 || numbers), "no list of ", count, " numbers");
  return {numbers, static_cast<size_t>(count)};
}

at::IntArrayRef sides(const int64_t *shape, int rank) {
  TORCH_CHECK(rank <= 64, "a shape of ", rank, " axes");
  return lent(shape, rank);
}

at::ScalarType type(CTScalar scalar) {
  switch (scalar) {
    case CTFloat32: return at::kFloat;
    case CTFloat64: return at::kDouble;
    case CTFloat16: return at::kHalf;
    case CTBFloat16: return at::kBFloat16;
    case CTInt64: return at::kLong;
    case CTUInt8: return at::kByte;
    case CTBool: return at::kBool;
  }
  TORCH_CHECK(false, "unknown scalar type ", static_cast<int>(scalar));
}

// A CUDA build registers its kernels when its library is loaded, and a binary that was linked
// against a CPU build does not load it by itself.
void load_cuda() {
  static std::once_flag once;
  std::call_once(once, [] { dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL); });
}

at::Device device(CTDevice device) {
  TORCH_CHECK(device.index >= 0 && device.index < 128, "no card has the number ", device.index);
  auto index = static_cast<c10::DeviceIndex>(device.index);
  switch (device.kind) {
    case CTCPU: return at::kCPU;
    case CTCUDA: load_cuda(); return at::Device(at::kCUDA, index);
    case CTMPS: return at::Device(at::kMPS, index);
  }
  TORCH_CHECK(false, "unknown device ", static_cast<int>(device.kind));
}

std::vector<at::Tensor> values(const CTTensor *const *tensors, int count) {
  TORCH_CHECK(count >= 0 && (count == 0 || tensors), "no list of ", count, " tensors");
  std::vector<at::Tensor> result;
  result.reserve(count);
  for (int i = 0; i < count; i++) result.push_back(tensors[i]->value);
  return result;
}

}  // namespace

const char *ct_error(void) { return last_error.c_str(); }
const char *ct_version(void) { return TORCH_VERSION; }
void ct_free(CTTensor *tensor) { delete tensor; }

// Machine.

int ct_set_threads(int count) {
  return guarded([&] {
    // Where the system gives no more, libtorch's OpenMP ends the process.
    TORCH_CHECK(count >= 1 && count <= 1024, count, " threads, not 1 to 1024");
    at::set_num_threads(count);
  });
}
int ct_threads(void) { return at::get_num_threads(); }

int ct_allow_tf32(bool allowed) {
  return guarded([&] {
    at::globalContext().setAllowTF32CuDNN(allowed);
    at::globalContext().setAllowTF32CuBLAS(allowed);
  });
}

int ct_device_count(CTDeviceKind kind) {
  int count = 0;
  guarded([&] {
    if (kind == CTCUDA) load_cuda();
    if (kind == CTCPU || (kind == CTMPS && at::hasMPS())) count = 1;
    if (kind == CTCUDA && at::hasCUDA()) count = at::detail::getCUDAHooks().deviceCount();
  });
  return count;
}

int ct_synchronize(CTDevice where) {
  // Reading one element waits for everything queued before it.
  return guarded([&] {
    if (where.kind != CTCPU) at::zeros({1}, at::TensorOptions(device(where))).item<float>();
  });
}

size_t ct_resident_bytes(void) {
  long pages = 0, resident = 0;
  if (FILE *file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return static_cast<size_t>(resident) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

bool ct_set_recording(bool recording) {
  bool before = at::GradMode::is_enabled();
  at::GradMode::set_enabled(recording);
  return before;
}

// Creation.

int ct_from_bytes(const void *bytes, size_t byte_count, CTScalar scalar, const int64_t *shape,
                  int rank, CTTensor **out) {
  return made(out, [&] {
    at::Tensor tensor = at::empty(sides(shape, rank), type(scalar));
    TORCH_CHECK(tensor.nbytes() == byte_count, "a tensor of this shape needs ", tensor.nbytes(),
                " bytes, not ", byte_count);
    TORCH_CHECK(byte_count == 0 || bytes, "no bytes for a tensor of ", byte_count);
    if (byte_count > 0) std::memcpy(tensor.mutable_data_ptr(), bytes, byte_count);
    return tensor;
  });
}

int ct_full(double value, CTScalar scalar, const int64_t *shape, int rank, CTDevice kind,
            CTTensor **out) {
  return made(out, [&] {
    return at::full(sides(shape, rank), value, at::TensorOptions(type(scalar)).device(device(kind)));
  });
}

int ct_identity(int64_t size, CTScalar scalar, CTTensor **out) {
  return made(out, [&] { return at::eye(size, type(scalar)); });
}
int ct_normal(uint64_t seed, const int64_t *shape, int rank, CTTensor **out) {
  return made(out, [&] {
    return at::normal(0.0, 1.0, sides(shape, rank), at::detail::createCPUGenerator(seed));
  });
}

int ct_uniform(uint64_t seed, const int64_t *shape, int rank, CTTensor **out) {
  return made(out, [&] { return at::rand(sides(shape, rank), at::detail::createCPUGenerator(seed)); });
}

// Reading.

int ct_rank(const CTTensor *tensor) { return static_cast<int>(tensor->value.dim()); }
int64_t ct_side(const CTTensor *tensor, int axis) {
  return axis >= 0 && axis < tensor->value.dim() ? tensor->value.sizes()[axis] : -1;
}

CTScalar ct_scalar(const CTTensor *tensor) {
  switch (tensor->value.scalar_type()) {
    case at::kDouble: return CTFloat64;
    case at::kHalf: return CTFloat16;
    case at::kBFloat16: return CTBFloat16;
    case at::kLong: return CTInt64;
    case at::kByte: return CTUInt8;
    case at::kBool: return CTBool;
    default: return CTFloat32;
  }
}

CTDevice ct_device(const CTTensor *tensor) {
  at::Device where = tensor->value.device();
  CTDeviceKind kind = where.is_cuda() ? CTCUDA : where.is_mps() ? CTMPS : CTCPU;
  return {kind, kind == CTCPU || !where.has_index() ? 0 : where.index()};
}

int ct_copy(const CTTensor *tensor, CTScalar scalar, void *bytes, size_t byte_count) {
  return guarded([&] {
    at::Tensor host = tensor->value.detach().to(at::kCPU, type(scalar)).contiguous();
    TORCH_CHECK(host.nbytes() == byte_count, "the tensor holds ", host.nbytes(), " bytes, not ",
                byte_count);
    TORCH_CHECK(byte_count == 0 || bytes, "no room for ", byte_count, " bytes");
    if (byte_count > 0) std::memcpy(bytes, host.const_data_ptr(), byte_count);
  });
}

// Conversion and views.

int ct_to_scalar(const CTTensor *tensor, CTScalar scalar, CTTensor **out) {
  return made(out, [&] { return tensor->value.to(type(scalar)); });
}
int ct_to_device(const CTTensor *tensor, CTDevice kind, CTTensor **out) {
  return made(out, [&] { return tensor->value.to(device(kind)); });
}
int ct_channels_last(const CTTensor *tensor, CTTensor **out) {
  return made(out, [&] { return tensor->value.contiguous(at::MemoryFormat::ChannelsLast); });
}
int ct_contiguous(const CTTensor *tensor, CTTensor **out) {
  return made(out, [&] { return tensor->value.contiguous(); });
}
int ct_clone(const CTTensor *tensor, CTTensor **out) {
  return made(out, [&] { return tensor->value.clone(); });
}
int ct_detach(const CTTensor *tensor, CTTensor **out) {
  return made(out, [&] { return tensor->value.detach(); });
}
int ct_parameter(const CTTensor *tensor, CTTensor **out) {
  return made(out, [&] { return tensor->value.detach().clone().requires_grad_(true); });
}
int ct_reshape(const CTTensor *tensor, const int64_t *shape, int rank, CTTensor **out) {
  return made(out, [&] { return tensor->value.reshape(sides(shape, rank)); });
}
int ct_permute(const CTTensor *tensor, const int64_t *axes, int rank, CTTensor **out) {
  return made(out, [&] { return tensor->value.permute(sides(axes, rank)); });
}
int ct_narrow(const CTTensor *tensor, int axis, int64_t start, int64_t length, int64_t step,
              CTTensor **out) {
  return made(out, [&] {
    int64_t side = tensor->value.size(axis);
    TORCH_CHECK(start >= 0 && length >= 0 && step > 0, "start ", start, ", length ", length,
                " and step ", step, " make no slice");
    TORCH_CHECK(length == 0 ? start <= side : start < side && length - 1 <= (side - 1 - start) / step,
                "a slice of ", length, " from ", start, " by ", step, " goes beyond the axis's ",
                side);
    int64_t end = length == 0 ? start : start + (length - 1) * step + 1;
    return tensor->value.slice(axis, start, end, step);
  });
}
int ct_index(const CTTensor *tensor, int axis, const int64_t *indices, int64_t count,
             CTTensor **out) {
  return made(out, [&] {
    const at::IntArrayRef given = lent(indices, count);
    at::Tensor index = at::empty({count}, at::kLong);
    std::copy(given.begin(), given.end(), index.mutable_data_ptr<int64_t>());
    return tensor->value.index_select(axis, index.to(tensor->value.device()));
  });
}
int ct_concatenate(const CTTensor *const *tensors, int count, int axis, CTTensor **out) {
  return made(out, [&] { return at::cat(values(tensors, count), axis); });
}
int ct_stack(const CTTensor *const *tensors, int count, int axis, CTTensor **out) {
  return made(out, [&] { return at::stack(values(tensors, count), axis); });
}
int ct_write(CTTensor *target, const CTTensor *source, const int64_t *offsets, int rank) {
  return guarded([&] {
    at::Tensor part = target->value;
    const at::IntArrayRef starts = sides(offsets, rank);
    TORCH_CHECK(rank == part.dim() && rank == source->value.dim(), rank, " offsets for a part of ",
                source->value.sizes(), " of ", part.sizes());
    for (int axis = 0; axis < rank; axis++) {
      part = part.narrow(axis, starts[axis], source->value.size(axis));
    }
    part.copy_(source->value);
  });
}

// Arithmetic.

namespace {
template <typename Other>
at::Tensor arithmetic(CTBinary operation, const at::Tensor &a, const Other &b) {
  switch (operation) {
    case CTAdd: return a + b;
    case CTSubtract: return a - b;
    case CTMultiply: return a * b;
    case CTDivide: return a / b;
    default: TORCH_CHECK(false, "unknown operation ", static_cast<int>(operation));
  }
}
}  // namespace

int ct_binary(CTBinary operation, const CTTensor *a, const CTTensor *b, CTTensor **out) {
  return made(out, [&] {
    if (operation == CTMaximum) return at::maximum(a->value, b->value);
    if (operation == CTMinimum) return at::minimum(a->value, b->value);
    return arithmetic(operation, a->value, b->value);
  });
}
int ct_binary_scalar(CTBinary operation, const CTTensor *a, double b, CTTensor **out) {
  return made(out, [&] {
    if (operation == CTMaximum) return at::clamp_min(a->value, b);
    if (operation == CTMinimum) return at::clamp_max(a->value, b);
    return arithmetic(operation, a->value, at::Scalar(b));
  });
}
int ct_unary(CTUnary operation, const CTTensor *a, CTTensor **out) {
  return made(out, [&]() -> at::Tensor {
    switch (operation) {
      case CTNegate: return at::neg(a->value);
      case CTSquare: return at::square(a->value);
      case CTSquareRoot: return at::sqrt(a->value);
      case CTExp: return at::exp(a->value);
      case CTLog: return at::log(a->value);
      case CTTanh: return at::tanh(a->value);
      case CTSigmoid: return at::sigmoid(a->value);
      case CTSoftplus: return at::softplus(a->value);
      case CTAbsolute: return at::abs(a->value);
      case CTIsFinite: return at::isfinite(a->value);
    }
    TORCH_CHECK(false, "unknown operation ", static_cast<int>(operation));
  });
}
int ct_clamp(const CTTensor *a, double low, double high, CTTensor **out) {
  return made(out, [&] { return at::clamp(a->value, low, high); });
}
int ct_leaky_relu(const CTTensor *a, double slope, CTTensor **out) {
  return made(out, [&] { return at::leaky_relu(a->value, slope); });
}
int ct_matmul(const CTTensor *a, const CTTensor *b, CTTensor **out) {
  return made(out, [&] { return at::matmul(a->value, b->value); });
}

int ct_solve(const CTTensor *a, const CTTensor *b, CTTensor **out) {
  return made(out, [&] { return at::linalg_solve(a->value, b->value); });
}

int ct_eigen_symmetric(const CTTensor *a, CTTensor **values, CTTensor **vectors) {
  return guarded([&] {
    auto [eigenvalues, eigenvectors] = at::linalg_eigh(a->value);
    *values = new CTTensor{eigenvalues};
    *vectors = new CTTensor{eigenvectors};
  });
}

int ct_reduce(CTReduction reduction, const CTTensor *a, const int64_t *axes, int count, bool keep,
              CTTensor **out) {
  return made(out, [&]() -> at::Tensor {
    std::vector<int64_t> over = lent(axes, count).vec();
    if (over.empty()) {
      for (int64_t axis = 0; axis < a->value.dim(); axis++) over.push_back(axis);
    }
    switch (reduction) {
      case CTSum: return a->value.sum(over, keep);
      case CTMean: return a->value.mean(over, keep);
      case CTLargest: return a->value.amax(over, keep);
      case CTSmallest: return a->value.amin(over, keep);
    }
    TORCH_CHECK(false, "unknown reduction ", static_cast<int>(reduction));
  });
}

int ct_argmin(const CTTensor *a, int axis, CTTensor **out) {
  return made(out, [&] { return at::argmin(a->value, axis); });
}
int ct_one_hot(const CTTensor *labels, int64_t classes, CTScalar scalar, CTTensor **out) {
  return made(out, [&] { return at::one_hot(labels->value, classes).to(type(scalar)); });
}

// Images.

int ct_conv2d(const CTTensor *input, const CTTensor *weight, const CTTensor *bias, int stride,
              int padding, int dilation, int groups, CTTensor **out) {
  return made(out, [&] {
    return at::conv2d(input->value, weight->value, bias ? bias->value : at::Tensor(), stride,
                      padding, dilation, groups);
  });
}
int ct_conv_transpose2d(const CTTensor *input, const CTTensor *weight, const CTTensor *bias,
                        int stride, int padding, CTTensor **out) {
  return made(out, [&] {
    return at::conv_transpose2d(input->value, weight->value, bias->value, stride, padding);
  });
}
int ct_batch_norm(const CTTensor *input, const CTTensor *weight, const CTTensor *bias,
                  CTTensor *mean, CTTensor *variance, bool learning, double momentum,
                  double epsilon, CTTensor **out) {
  return made(out, [&] {
    return at::batch_norm(input->value, weight->value, bias->value, mean->value, variance->value,
                          learning, momentum, epsilon, /*cudnn_enabled=*/true);
  });
}
int ct_max_pool2d(const CTTensor *input, int kernel, int stride, int padding, int dilation,
                  CTTensor **out) {
  return made(out, [&] {
    return at::max_pool2d(input->value, kernel, stride, padding, dilation);
  });
}
int ct_pad2d(const CTTensor *input, CTPadding padding, const int64_t around[4], CTTensor **out) {
  return made(out, [&] {
    at::IntArrayRef pad(around, 4);
    switch (padding) {
      case CTZeros: return at::constant_pad_nd(input->value, pad, 0);
      case CTReflection: return at::reflection_pad2d(input->value, pad);
      case CTReplication: return at::replication_pad2d(input->value, pad);
    }
    TORCH_CHECK(false, "unknown padding ", static_cast<int>(padding));
  });
}
int ct_resize2d(const CTTensor *input, CTInterpolation interpolation, int64_t height,
                int64_t width, CTTensor **out) {
  return made(out, [&] {
    switch (interpolation) {
      case CTBilinear: return at::upsample_bilinear2d(input->value, {height, width}, false);
      case CTBilinearCorners:
        return at::upsample_bilinear2d(input->value, {height, width}, true);
      case CTBicubic: return at::upsample_bicubic2d(input->value, {height, width}, false);
      case CTBilinearAntialiased:
        return at::_upsample_bilinear2d_aa(input->value, {height, width}, false);
    }
    TORCH_CHECK(false, "unknown interpolation ", static_cast<int>(interpolation));
  });
}

// Learning.

int ct_gradients(const CTTensor *loss, const CTTensor *const *parameters, int count,
                 CTTensor **out) {
  return guarded([&] {
    auto gradients = torch::autograd::grad({loss->value}, values(parameters, count));
    for (int i = 0; i < count; i++) out[i] = new CTTensor{gradients[i]};
  });
}

int ct_adam(CTAdam settings, const CTTensor *const *parameters, const CTTensor *const *gradients,
            const CTTensor *const *means, const CTTensor *const *squares,
            const CTTensor *const *steps, int count) {
  return guarded([&] {
    at::NoGradGuard frozen;
    auto counters = values(steps, count);
    at::_foreach_add_(counters, 1);
    const auto learnt = values(parameters, count);
    const auto first = values(means, count), second = values(squares, count);
    auto slopes = values(gradients, count);
    for (int i = 0; i < count; i++) {
      const at::Tensor &weight = learnt[i];
      TORCH_CHECK(weight.is_non_overlapping_and_dense() && counters[i].numel() == 1,
                  "no parameter and counter of ", weight.sizes(), " and ", counters[i].sizes());
      for (const at::Tensor &each : {slopes[i], first[i], second[i]}) {
        TORCH_CHECK(each.sizes() == weight.sizes() && each.device() == weight.device() &&
                        each.scalar_type() == weight.scalar_type(),
                    "a parameter of ", weight.sizes(), " and a gradient or mean of ", each.sizes());
      }
      TORCH_CHECK(first[i].strides() == weight.strides() && second[i].strides() == weight.strides(),
                  "means lie otherwise in memory than their parameter of ", weight.sizes());
    }
    // The fused step walks through memory, so that all must lie as the parameter does.
    for (int i = 0; i < count; i++) {
      if (slopes[i].strides() == learnt[i].strides()) continue;
      slopes[i] = at::empty_like(learnt[i]).copy_(slopes[i]);
    }
    at::_fused_adam_(learnt, slopes, first, second, {}, counters,
                     settings.learning_rate, settings.beta1, settings.beta2,
                     settings.weight_decay, settings.epsilon, /*amsgrad=*/false,
                     /*maximize=*/false);
  });
}
