// LIBSVM's training, which its caller can watch and stop.
#pragma once

#include <libsvm/svm.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Trains as `svm_train` does.
///
/// `goes_on` is called on this thread every thousand iterations, or as many as there are vectors
/// where these are fewer; it gets the number of iterations and `context`. Where it gives false,
/// training ends and null is returned; some memory that LIBSVM holds then is lost, ten numbers a
/// vector: it has no way out of its own.
struct svm_model *sv_train(
    const struct svm_problem *problem, const struct svm_parameter *parameters,
    bool (*goes_on)(long iterations, void *context), void *context);

#ifdef __cplusplus
}
#endif
