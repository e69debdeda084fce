// The C face of libtorch: what the package uses of it, and nothing else.
//
// Every function returns 0, or 1 after an exception, whose message ct_error() then gives on the
// same thread. A tensor that comes out through `out` belongs to the caller, who frees it with
// ct_free(). Axes may be negative, counted from the last. Shapes are arrays of `rank` sides.
//
// Whatever numbers and tensors are given, nothing is read or written outside of them: what makes no
// sense comes back as a status. Pointers to tensors must be valid, and null only where it says so.
#ifndef CTENSORS_H
#define CTENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CTTensor CTTensor;

typedef enum CTScalar { CTFloat32, CTFloat64, CTFloat16, CTBFloat16, CTInt64, CTUInt8, CTBool } CTScalar;
typedef enum CTDeviceKind { CTCPU, CTCUDA, CTMPS } CTDeviceKind;
// One of several cards of a kind, from 0.
typedef struct CTDevice {
  CTDeviceKind kind;
  int index;
} CTDevice;

const char *ct_error(void);
const char *ct_version(void);
void ct_free(CTTensor *tensor);

// Machine.
/// From 1 to 1024.
int ct_set_threads(int count);
int ct_threads(void);
// Whether convolutions and matrix products of an NVIDIA card may round their factors to TF32.
int ct_allow_tf32(bool allowed);
/// Lets the process keep memory that it frees for its next tensors.
void ct_keep_memory(void);
// How many there are.
int ct_device_count(CTDeviceKind kind);
int ct_synchronize(CTDevice device);
size_t ct_resident_bytes(void);
/// Switches the recording of gradients on this thread; returns what it was before.
bool ct_set_recording(bool recording);

// Processes that compute together: one on a processor (Gloo), or on a card each (NCCL, where the build
// has it; otherwise through the processor's memory).
typedef struct CTGroup CTGroup;
/// Where the workers meet.
typedef struct CTRendezvous {
  /// The host of worker 0, by name or address, and the port that it listens on.
  const char *master;
  int port;
  /// Which of how many this is, from 0.
  int rank;
  int count;
  /// Whether somebody listens there already, as the agent of torchrun does.
  bool has_store;
  /// What comes before all names there, so that a later meeting does not find those of an earlier one.
  const char *prefix;
  /// How long others are waited for, now and in every later operation.
  double seconds;
} CTRendezvous;
/// Whether this build has groups.
bool ct_has_groups(void);
/// Waits until all workers have come.
int ct_group_open(const CTRendezvous *place, CTDevice device, CTGroup **out);
/// Replaces the values of a tensor by the sum of all workers' tensors.
int ct_group_sum(CTGroup *group, CTTensor *tensor);
/// Replaces the values of a tensor by those of worker 0.
int ct_group_broadcast(CTGroup *group, CTTensor *tensor);
void ct_group_close(CTGroup *group);

// Creation.
int ct_from_bytes(const void *bytes, size_t byte_count, CTScalar scalar, const int64_t *shape,
                  int rank, CTTensor **out);
int ct_full(double value, CTScalar scalar, const int64_t *shape, int rank, CTDevice device,
            CTTensor **out);
int ct_identity(int64_t size, CTScalar scalar, CTTensor **out);
int ct_normal(uint64_t seed, const int64_t *shape, int rank, CTTensor **out);
int ct_uniform(uint64_t seed, const int64_t *shape, int rank, CTTensor **out);

// Reading.
int ct_rank(const CTTensor *tensor);
/// -1 where there is no such axis.
int64_t ct_side(const CTTensor *tensor, int axis);
CTScalar ct_scalar(const CTTensor *tensor);
CTDevice ct_device(const CTTensor *tensor);
/// Copies the elements in row-major order, converted to `scalar`, into `bytes`.
int ct_copy(const CTTensor *tensor, CTScalar scalar, void *bytes, size_t byte_count);

// Conversion and views.
int ct_to_scalar(const CTTensor *tensor, CTScalar scalar, CTTensor **out);
int ct_to_device(const CTTensor *tensor, CTDevice device, CTTensor **out);
int ct_channels_last(const CTTensor *tensor, CTTensor **out);
int ct_contiguous(const CTTensor *tensor, CTTensor **out);
int ct_clone(const CTTensor *tensor, CTTensor **out);
int ct_detach(const CTTensor *tensor, CTTensor **out);
int ct_parameter(const CTTensor *tensor, CTTensor **out);
int ct_reshape(const CTTensor *tensor, const int64_t *shape, int rank, CTTensor **out);
int ct_permute(const CTTensor *tensor, const int64_t *axes, int rank, CTTensor **out);
int ct_narrow(const CTTensor *tensor, int axis, int64_t start, int64_t length, int64_t step,
              CTTensor **out);
int ct_index(const CTTensor *tensor, int axis, const int64_t *indices, int64_t count,
             CTTensor **out);
int ct_concatenate(const CTTensor *const *tensors, int count, int axis, CTTensor **out);
int ct_stack(const CTTensor *const *tensors, int count, int axis, CTTensor **out);
/// Writes `source` into the part of `target` that starts at `offsets`, in place.
int ct_write(CTTensor *target, const CTTensor *source, const int64_t *offsets, int rank);

// Arithmetic, with broadcasting.
typedef enum CTBinary { CTAdd, CTSubtract, CTMultiply, CTDivide, CTMaximum, CTMinimum } CTBinary;
int ct_binary(CTBinary operation, const CTTensor *a, const CTTensor *b, CTTensor **out);
int ct_binary_scalar(CTBinary operation, const CTTensor *a, double b, CTTensor **out);
typedef enum CTUnary {
  CTNegate, CTSquare, CTSquareRoot, CTExp, CTLog, CTTanh, CTSigmoid, CTSoftplus, CTAbsolute,
  CTIsFinite
} CTUnary;
int ct_unary(CTUnary operation, const CTTensor *a, CTTensor **out);
int ct_clamp(const CTTensor *a, double low, double high, CTTensor **out);
int ct_leaky_relu(const CTTensor *a, double slope, CTTensor **out);
int ct_matmul(const CTTensor *a, const CTTensor *b, CTTensor **out);
/// Solves `a` x = `b` for a square matrix `a`.
int ct_solve(const CTTensor *a, const CTTensor *b, CTTensor **out);
/// Eigenvalues of a symmetric matrix, ascending, and its eigenvectors in columns.
int ct_eigen_symmetric(const CTTensor *a, CTTensor **values, CTTensor **vectors);

// Reductions over the given axes (all of them where `count` is 0).
typedef enum CTReduction { CTSum, CTMean, CTLargest, CTSmallest } CTReduction;
int ct_reduce(CTReduction reduction, const CTTensor *a, const int64_t *axes, int count, bool keep,
              CTTensor **out);
/// The place of the smallest element along an axis.
int ct_argmin(const CTTensor *a, int axis, CTTensor **out);
/// A row of `classes` numbers for each label: 1 at the label, 0 elsewhere.
int ct_one_hot(const CTTensor *labels, int64_t classes, CTScalar scalar, CTTensor **out);

// Images, N x C x H x W.
int ct_conv2d(const CTTensor *input, const CTTensor *weight, const CTTensor *bias, int stride,
              int padding, int dilation, int groups, CTTensor **out);  // `bias` may be null.
/// `weight` is inputs x outputs x height x width.
int ct_conv_transpose2d(const CTTensor *input, const CTTensor *weight, const CTTensor *bias,
                        int stride, int padding, CTTensor **out);
/// `learning` normalises by the batch's own statistics, and moves `mean` and `variance` towards them
/// in place; otherwise those are normalised by.
int ct_batch_norm(const CTTensor *input, const CTTensor *weight, const CTTensor *bias,
                  CTTensor *mean, CTTensor *variance, bool learning, double momentum,
                  double epsilon, CTTensor **out);
// Convolutions by minimal filtering: float32, on the CPU, of stride 1, followed by a leaky rectifier
// (`slope` 1: by none).
/// Whether there are kernels for filters of this many outputs and inputs and of this side.
bool ct_filters_fit(int64_t outputs, int64_t inputs, int64_t side);
/// The products for each input and output that an image of so many outputs takes, by filters of
/// ct_filters or (`learning`) by ct_filter2d_learning, where the definition has height x width x side^2;
/// -1 where there are no such filters or images.
int64_t ct_filter_products(int64_t height, int64_t width, int64_t side, int64_t dilation,
                           bool learning);
/// How many instruction sets, of those that there are kernels for, this processor has.
int ct_instruction_sets(void);
/// Filters for ct_filter2d from weights as for ct_conv2d; for the best instructions that this
/// processor has (`rank` 0), or the next best ones.
int ct_filters(const CTTensor *weight, int rank, CTTensor **out);
/// The convolution by `side` x `side` filters; no gradients pass.
int ct_filter2d(const CTTensor *input, const CTTensor *filters, const CTTensor *bias, int64_t side,
                int64_t dilation, int64_t padding, double slope, CTTensor **out);
/// The convolution without padding, by weights that may change before the next one, with the
/// instructions of `rank` as for ct_filters; gradients pass.
int ct_filter2d_learning(const CTTensor *input, const CTTensor *weight, const CTTensor *bias,
                         int64_t dilation, double slope, int rank, CTTensor **out);
/// Filters for ct_shallow_conv2d from weights as for ct_conv2d, their outputs a multiple of 32; `rank`
/// as for ct_filters.
int ct_shallow_filters(const CTTensor *weight, int rank, CTTensor **out);
/// The convolution of images of few channels, float32, on the CPU, without padding, followed by a leaky
/// rectifier and, unless `pool` is 0, by a pool of 2 x 2 of that stride; no gradients pass.
int ct_shallow_conv2d(const CTTensor *input, const CTTensor *filters, const CTTensor *bias,
                      double slope, int pool, CTTensor **out);
/// The same by weights that may change before the next one; gradients pass. `pool` is 0 or 2.
int ct_shallow_conv2d_learning(const CTTensor *input, const CTTensor *weight,
                               const CTTensor *bias, double slope, int pool, int rank,
                               CTTensor **out);
int ct_max_pool2d(const CTTensor *input, int kernel, int stride, int padding, int dilation,
                  CTTensor **out);
/// The largest of each 2 x 2 pixels `dilation` apart; in one pass where no gradient is asked for, or
/// pools lie side by side.
int ct_max_pool2x2(const CTTensor *input, int stride, int dilation, CTTensor **out);
/// Takes sample `number` of `count` into their mean, N x C x H x W, channels last, and into the mean
/// squared distance to it, the second of `distances`, N x 2 x H x W. The sample is N x C x h x W: its
/// rows from `row` on. Samples come in the order of their numbers, C is a multiple of 4; in float32 on
/// the CPU, without gradients.
int ct_add_sample(const CTTensor *sample, int64_t row, int number, int count, CTTensor *mean,
                  CTTensor *distances);
/// The squared distance of that mean to a target, of which `shift` is taken and which is then divided by
/// `deviation`, both of C numbers: the first of `distances`.
int ct_compare_mean(const CTTensor *target, int64_t row, const CTTensor *shift,
                    const CTTensor *deviation, const CTTensor *mean, CTTensor *distances);
typedef enum CTPadding { CTZeros, CTReflection, CTReplication } CTPadding;
/// Pads the last two axes; `sides` are left, right, top, bottom.
int ct_pad2d(const CTTensor *input, CTPadding padding, const int64_t sides[4], CTTensor **out);
typedef enum CTInterpolation {
  CTBilinear, CTBilinearCorners, CTBicubic, CTBilinearAntialiased
} CTInterpolation;
int ct_resize2d(const CTTensor *input, CTInterpolation interpolation, int64_t height,
                int64_t width, CTTensor **out);

// Learning.
int ct_gradients(const CTTensor *loss, const CTTensor *const *parameters, int count,
                 CTTensor **out);
typedef struct CTAdam {
  double learning_rate, beta1, beta2, epsilon, weight_decay;
} CTAdam;
/// One step of Adam, in place. `steps` are float32 scalars that count the steps.
int ct_adam(CTAdam settings, const CTTensor *const *parameters, const CTTensor *const *gradients,
            const CTTensor *const *means, const CTTensor *const *squares,
            const CTTensor *const *steps, int count);

#ifdef __cplusplus
}
#endif
#endif
