// Operations whose gradients we compute ourselves, in libtorch's record of what was computed.
#ifndef RECORDING_HPP
#define RECORDING_HPP

#include "Native.hpp"

#include <torch/csrc/autograd/custom_function.h>

using Tensors = torch::autograd::variable_list;
using Record = torch::autograd::AutogradContext;

/// An operation on images, N × C × H × W, through which gradients pass. `Operation` holds its settings
/// and has
///
///     Tensors forward(at::TensorList inputs) const;
///     Tensors backward(const Record &, const Tensors &results, const at::Tensor &gradient) const;
///
/// The first result is the output; the others are what the gradients need besides. `backward` makes of
/// the output's gradient, whose channels lie last, one of each input.
template <typename Operation>
class Recorded : public torch::autograd::Function<Recorded<Operation>> {
 public:
  static at::Tensor forward(Record *record, at::TensorList inputs, const Operation &operation) {
    const Tensors results = operation.forward(inputs);
    record->save_for_backward(results);
    record->saved_data["operation"] =
        at::IValue::make_capsule(c10::make_intrusive<Kept>(operation));
    return results[0];
  }

  static Tensors backward(Record *record, const Tensors &gradients) {
    const Tensors results = record->get_saved_variables();
    const auto kept = record->saved_data["operation"].toCapsule();
    const at::Tensor &output = results[0], &gradient = gradients[0];
    check_numbers("gradients", gradient, 4);
    TORCH_CHECK(gradient.sizes() == output.sizes(), "gradients of ", gradient.sizes(), " for ",
                output.sizes());
    Tensors of_inputs = static_cast<const Kept &>(*kept).operation.backward(
        *record, results, channels_last(gradient));
    // The operation is an input too, and has none.
    of_inputs.emplace_back();
    return of_inputs;
  }

 private:
  struct Kept : torch::CustomClassHolder {
    const Operation operation;
    explicit Kept(const Operation &operation) : operation(operation) {}
  };
};

template <typename Operation>
at::Tensor recorded(const Operation &operation, at::TensorList inputs) {
  return Recorded<Operation>::apply(inputs, operation);
}

#endif
