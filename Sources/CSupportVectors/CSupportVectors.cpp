#include "CSupportVectors.h"

#include <algorithm>

namespace {

struct Stopped {};

struct Watch {
  bool (*goes_on)(long, void *);
  void *context;
  long each;
  long iterations;
};

// LIBSVM reports to one function of the process, by a dot for so many iterations; threads are told
// apart here.
thread_local Watch *watch = nullptr;

void heed(const char *text) {
  if (!watch || text[0] != '.' || text[1] != '\0') return;
  watch->iterations += watch->each;
  if (!watch->goes_on(watch->iterations, watch->context)) throw Stopped{};
}

}  // namespace

struct svm_model *sv_train(
    const struct svm_problem *problem, const struct svm_parameter *parameters,
    bool (*goes_on)(long, void *), void *context) {
  Watch own{goes_on, context, std::min<long>(problem->l, 1000), 0};
  watch = &own;
  svm_set_print_string_function(heed);
  struct svm_model *model = nullptr;
  try {
    model = svm_train(problem, parameters);
  } catch (const Stopped &) {
  }
  watch = nullptr;
  return model;
}
