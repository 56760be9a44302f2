// Cross entropy and squared error: the value in double, and the gradient.
#include <cmath>

#include "layers/layers.h"
#include "layers/sums.h"

namespace conv4j {
namespace {

// One cross entropy: its settings with what follows from them.
struct Problem {
  const Extents& e;
  const CrossEntropy& settings;
  const float* logits;
  float* diff;
  double scale;  // of the sum: 1, or one over what the mean divides by
  double weight_sum;

  double weight(int64_t c) const {
    return settings.weights == nullptr ? 1 : static_cast<double>(settings.weights[c]);
  }
};

// The classes were checked, but another thread may have written to them since: whatever stands
// there now is never used as an index out of range.
bool is_ignored(const Extents& e, const CrossEntropy& settings, int64_t target) {
  return target == settings.ignore_index || target < 0 || target >= e.c;
}

// What one column adds to the loss, and sum(q).
struct ColumnLoss {
  double loss;
  double q_sum;
};

ColumnLoss class_loss(const Problem& p, const float* x, int64_t target, double shift,
                      double log_sum) {
  const double e = p.settings.smoothing;
  const auto log_p = [&](int64_t c) { return static_cast<double>(x[c * p.e.s]) - shift - log_sum; };
  const double own = p.weight(target) * (1 - e);
  // With e = 1 the class has no part of its own, not even 0 times infinity.
  ColumnLoss result = {e < 1 ? -own * log_p(target) : 0, own};
  if (e > 0) {
    const double share = e / static_cast<double>(p.e.c);
    double spread = 0;
    for (int64_t c = 0; c < p.e.c; ++c) spread += p.weight(c) * log_p(c);
    result.loss -= share * spread;
    result.q_sum += share * p.weight_sum;
  }
  return result;
}

double probability_q(const Problem& p, int64_t c, float probability) {
  const double e = p.settings.smoothing;
  return p.weight(c) *
         (static_cast<double>(probability) * (1 - e) + e / static_cast<double>(p.e.c));
}

ColumnLoss probability_loss(const Problem& p, const float* x, const float* probabilities,
                            double shift, double log_sum) {
  ColumnLoss result = {0, 0};
  for (int64_t c = 0; c < p.e.c; ++c) {
    const double q = probability_q(p, c, probabilities[c * p.e.s]);
    result.loss -= q * (static_cast<double>(x[c * p.e.s]) - shift - log_sum);
    result.q_sum += q;
  }
  return result;
}

// Turns exp(x - max) of one column into scale * (softmax * sum(q) - q).
void finish_gradient(const Problem& p, float* diff, double softmax_scale, int64_t target,
                     const float* probabilities) {
  const double e = p.settings.smoothing;
  const double share = e / static_cast<double>(p.e.c);
  for (int64_t c = 0; c < p.e.c; ++c) {
    double q = share * p.weight(c);
    if (probabilities != nullptr) {
      q = probability_q(p, c, probabilities[c * p.e.s]);
    } else if (c == target) {
      q += p.weight(c) * (1 - e);
    }
    float& d = diff[c * p.e.s];
    d = static_cast<float>(static_cast<double>(d) * softmax_scale - p.scale * q);
  }
}

double block_loss(const Run& run, const Problem& p, int64_t index) {
  const ColumnBlock block = column_block(p.e, index);
  float shift[kColumnBlock];
  float sum[kColumnBlock];
  SoftmaxColumns s = {};
  s.x = p.logits + block.first;
  s.distance = p.e.s;
  s.channels = p.e.c;
  s.columns = block.columns;
  s.out = p.diff == nullptr ? nullptr : p.diff + block.first;
  s.shift = shift;
  s.sum = sum;
  run.kernels->exp_columns_f32(s);
  double total = 0;
  for (int64_t i = 0; i < block.columns; ++i) {
    const int64_t target =
        p.settings.classes == nullptr ? -1 : p.settings.classes[block.column + i];
    float* diff = p.diff == nullptr ? nullptr : s.out + i;
    if (p.settings.classes != nullptr && is_ignored(p.e, p.settings, target)) {
      for (int64_t c = 0; diff != nullptr && c < p.e.c; ++c) diff[c * p.e.s] = 0.0F;
      continue;
    }
    const float* probabilities =
        p.settings.probabilities == nullptr ? nullptr : p.settings.probabilities + block.first + i;
    const auto sum_of_exp = static_cast<double>(sum[i]);
    const auto maximum = static_cast<double>(shift[i]);
    const double log_sum = std::log(sum_of_exp);
    const ColumnLoss column = probabilities == nullptr
                                  ? class_loss(p, s.x + i, target, maximum, log_sum)
                                  : probability_loss(p, s.x + i, probabilities, maximum, log_sum);
    total += column.loss;
    if (diff != nullptr) {
      finish_gradient(p, diff, p.scale * column.q_sum / sum_of_exp, target, probabilities);
    }
  }
  return total;
}

// What the mean divides by.
double divisor(const Extents& e, const CrossEntropy& settings) {
  if (settings.classes == nullptr) return static_cast<double>(e.n * e.s);
  double total = 0;
  for (int64_t i = 0; i < e.n * e.s; ++i) {
    const int64_t target = settings.classes[i];
    if (is_ignored(e, settings, target)) continue;
    total += settings.weights == nullptr ? 1 : static_cast<double>(settings.weights[target]);
  }
  return total;
}

}  // namespace

double cross_entropy(const Run& run, const Extents& e, const CrossEntropy& settings,
                     const float* logits, float* diff_logits) {
  const double divided_by = settings.mean ? divisor(e, settings) : 1;
  double weight_sum = static_cast<double>(e.c);
  if (settings.weights != nullptr) {
    weight_sum = 0;
    for (int64_t c = 0; c < e.c; ++c) weight_sum += static_cast<double>(settings.weights[c]);
  }
  const Problem p = {e, settings, logits, diff_logits, 1 / divided_by, weight_sum};
  const double total =
      sum_blocks(run, column_blocks(e), [&](int64_t b) { return block_loss(run, p, b); });
  return total / divided_by;
}

double squared_error(const Run& run, const float* src, const float* target, int64_t count,
                     bool mean, float* diff_src) {
  const double divided_by = mean ? static_cast<double>(count) : 1;
  const auto scale = static_cast<float>(2 / divided_by);
  const double total = sum_row(run, count, [&](int64_t first, int64_t length) {
    return run.kernels->squared_difference_f32(src + first, target + first,
                                               diff_src == nullptr ? nullptr : diff_src + first,
                                               scale, length);
  });
  return total / divided_by;
}

}  // namespace conv4j
