// Steps of optimizers and the clipping of gradients, on one tensor. The formulas are PyTorch's; the
// coefficients are computed in double and rounded once.
#include <cmath>

#include "api/checks.h"
#include "layers/layers.h"
#include "layers/sums.h"

namespace conv4j {

void sgd_step(const Run& run, const Sgd& s, const float* gradient, float* parameter, float* buffer,
              int64_t count) {
  const SgdStep step = {static_cast<float>(s.learning_rate),
                        static_cast<float>(s.momentum),
                        static_cast<float>(1 - s.dampening),
                        static_cast<float>(s.weight_decay),
                        s.nesterov,
                        s.first};
  for_each_block(count, run.threads, [&](int64_t first, int64_t length) {
    run.kernels->sgd_step_f32(step, gradient + first, parameter + first,
                              buffer == nullptr ? nullptr : buffer + first, length);
  });
}

void adam_step(const Run& run, const Adam& a, const float* gradient, float* parameter, float* mean,
               float* square, int64_t count) {
  const auto number = static_cast<double>(a.step);
  AdamStep step = {};
  step.l2 = a.decoupled ? 0.0F : static_cast<float>(a.weight_decay);
  step.shrink = a.decoupled ? static_cast<float>(a.learning_rate * a.weight_decay) : 0.0F;
  step.rate1 = static_cast<float>(1 - a.beta1);
  step.beta2 = static_cast<float>(a.beta2);
  step.rate2 = static_cast<float>(1 - a.beta2);
  step.rate = static_cast<float>(a.learning_rate / (1 - std::pow(a.beta1, number)));
  step.root_correction = static_cast<float>(1 / std::sqrt(1 - std::pow(a.beta2, number)));
  step.eps = static_cast<float>(a.eps);
  for_each_block(count, run.threads, [&](int64_t first, int64_t length) {
    run.kernels->adam_step_f32(step, gradient + first, parameter + first, mean + first,
                               square + first, length);
  });
}

void scale(const Run& run, float a, float* x, int64_t count) {
  for_each_block(count, run.threads, [&](int64_t first, int64_t length) {
    run.kernels->scale_f32(a, x + first, length);
  });
}

void clamp(const Run& run, float low, float high, float* x, int64_t count) {
  for_each_block(count, run.threads, [&](int64_t first, int64_t length) {
    run.kernels->clamp_f32(low, high, x + first, length);
  });
}

double sum_of_squares(const Run& run, const float* x, int64_t count) {
  return sum_row(run, count, [&](int64_t first, int64_t length) {
    return run.kernels->sum_of_squares_f32(x + first, length);
  });
}

}  // namespace conv4j
