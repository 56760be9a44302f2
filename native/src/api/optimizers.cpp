// conv4j.h: the optimizers. Checks every argument, then calls; nothing else.
#include <cinttypes>

#include "api/run.h"

using namespace conv4j;  // the functions below are C and stand outside it

namespace {

conv4j_status require_at_least_0(const char* name, double value) {
  if (value >= 0) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT, "%s is %g; it must be at least 0", name, value);
}

conv4j_status require_decay_rate(const char* name, double value) {
  if (value >= 0 && value < 1) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT, "%s is %g; it must be at least 0 and below 1", name, value);
}

// Null pointers and overlaps; the last state may be left out.
template <int kStates>
conv4j_status check_step(const float* gradient, const Span (&states)[kStates], bool optional,
                         int64_t count) {
  const Span from = {"gradient", gradient, count * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  for (int i = 0; i < kStates - (optional ? 1 : 0); ++i) CONV4J_RETURN_IF_BAD(require(states[i]));
  return check_spans({from}, states);
}

}  // namespace

conv4j_status conv4j_sgd_step(int64_t isa, double learning_rate, double momentum, double dampening,
                              double weight_decay, int64_t nesterov, int64_t first,
                              const float* gradient, float* parameter, float* momentum_buffer,
                              int64_t count, int64_t threads) {
  CONV4J_RETURN_IF_BAD(require_at_least_0("learning_rate", learning_rate));
  CONV4J_RETURN_IF_BAD(require_at_least_0("momentum", momentum));
  CONV4J_RETURN_IF_BAD(require_at_least_0("weight_decay", weight_decay));
  CONV4J_RETURN_IF_BAD(require_flag("nesterov", nesterov));
  CONV4J_RETURN_IF_BAD(require_flag("first", first));
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  if (momentum_buffer == nullptr && count > 0 && (momentum != 0 || nesterov != 0)) {
    return fail(CONV4J_INVALID_ARGUMENT, "momentum_buffer is null; momentum needs one");
  }
  CONV4J_RETURN_IF_BAD(check_step(gradient,
                                  {{"parameter", parameter, count * kFloat},
                                   {"momentum_buffer", momentum_buffer, count * kFloat}},
                                  true, count));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(count) * 2, &run));
  sgd_step(run, {learning_rate, momentum, dampening, weight_decay, nesterov != 0, first != 0},
           gradient, parameter, momentum_buffer, count);
  return CONV4J_OK;
}

conv4j_status conv4j_adam_step(int64_t isa, double learning_rate, double beta1, double beta2,
                               double eps, double weight_decay, int64_t decoupled, int64_t step,
                               const float* gradient, float* parameter, float* mean, float* square,
                               int64_t count, int64_t threads) {
  CONV4J_RETURN_IF_BAD(require_at_least_0("learning_rate", learning_rate));
  CONV4J_RETURN_IF_BAD(require_decay_rate("beta1", beta1));
  CONV4J_RETURN_IF_BAD(require_decay_rate("beta2", beta2));
  CONV4J_RETURN_IF_BAD(require_at_least_0("eps", eps));
  CONV4J_RETURN_IF_BAD(require_at_least_0("weight_decay", weight_decay));
  CONV4J_RETURN_IF_BAD(require_flag("decoupled", decoupled));
  if (step < 1) {
    return fail(CONV4J_INVALID_ARGUMENT, "step is %" PRId64 "; it must be at least 1", step);
  }
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  CONV4J_RETURN_IF_BAD(check_step(gradient,
                                  {{"parameter", parameter, count * kFloat},
                                   {"mean", mean, count * kFloat},
                                   {"square", square, count * kFloat}},
                                  false, count));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(count) * 4, &run));
  adam_step(run, {learning_rate, beta1, beta2, eps, weight_decay, decoupled != 0, step}, gradient,
            parameter, mean, square, count);
  return CONV4J_OK;
}

conv4j_status conv4j_scale(int64_t isa, float a, float* x, int64_t count, int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  CONV4J_RETURN_IF_BAD(require({"x", x, count * kFloat}));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(count), &run));
  scale(run, a, x, count);
  return CONV4J_OK;
}

conv4j_status conv4j_clamp(int64_t isa, float low, float high, float* x, int64_t count,
                           int64_t threads) {
  if (!(low <= high)) {
    return fail(CONV4J_INVALID_ARGUMENT, "low is %g and high is %g; low must be at most high",
                static_cast<double>(low), static_cast<double>(high));
  }
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  CONV4J_RETURN_IF_BAD(require({"x", x, count * kFloat}));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(count), &run));
  clamp(run, low, high, x, count);
  return CONV4J_OK;
}

conv4j_status conv4j_sum_of_squares(int64_t isa, const float* x, int64_t count, double* result,
                                    int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  CONV4J_RETURN_IF_BAD(require({"x", x, count * kFloat}));
  CONV4J_RETURN_IF_BAD(require({"result", result, sizeof(double)}));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(count), &run));
  *result = sum_of_squares(run, x, count);
  return CONV4J_OK;
}
