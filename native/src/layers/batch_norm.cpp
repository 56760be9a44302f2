// Batch normalisation (Ioffe and Szegedy, 2015), a channel a task: its planes one after another, in
// blocks whose float sums are added in double.
#include <cmath>

#include "layers/layers.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kBlock = 2048;

struct Sums {
  double first = 0;
  double second = 0;
};

// Of z (x - shift where null) and z * (x - shift) over all planes of channel c.
Sums centered_sums(const Run& run, const Extents& e, int64_t c, const float* x, const float* z,
                   float shift) {
  Sums total;
  for (int64_t n = 0; n < e.n; ++n) {
    const int64_t plane = (n * e.c + c) * e.s;
    for (int64_t i = 0; i < e.s; i += kBlock) {
      const int64_t count = e.s - i < kBlock ? e.s - i : kBlock;
      float sums[2];
      run.kernels->centered_sums_f32(x + plane + i, z == nullptr ? nullptr : z + plane + i, count,
                                     shift, sums);
      total.first += static_cast<double>(sums[0]);
      total.second += static_cast<double>(sums[1]);
    }
  }
  return total;
}

// The number to subtract from values of this mean and deviation before they are summed: near the
// mean, and of few bits, so that the differences are exact. With all bits of the mean, values on a
// grid, as those of one binade are, would all be rounded the same way, and their sum would be off
// by as much as so many roundings.
float center_near(double mean, double deviation) {
  if (!(deviation > 0) || !std::isfinite(deviation)) return static_cast<float>(mean);
  const double grid = std::ldexp(1, std::ilogb(deviation) - 6);
  return static_cast<float>(std::nearbyint(mean / grid) * grid);
}

double inverse_deviation(const Statistics& statistics, int64_t c) {
  return 1 / std::sqrt(static_cast<double>(statistics.variance[c]) + statistics.eps);
}

double at(const float* values, int64_t c, double otherwise) {
  return values == nullptr ? otherwise : static_cast<double>(values[c]);
}

}  // namespace

void batch_norm_statistics(const Run& run, const Extents& e, const float* src, float* mean,
                           float* remainder, float* variance) {
  const auto count = static_cast<double>(e.n * e.s);
  parallel_for(e.c, run.threads, [&](int64_t c, int64_t) {
    // Around the first value, then around the mean that this gives: what is squared is small.
    const float start = src[c * e.s];
    const Sums first = centered_sums(run, e, c, src, nullptr, start);
    const double shift = first.first / count;
    const float center = center_near(static_cast<double>(start) + shift,
                                     std::sqrt(first.second / count - shift * shift));
    const Sums sums = centered_sums(run, e, c, src, nullptr, center);
    const double rest = sums.first / count;
    const double exact = static_cast<double>(center) + rest;
    mean[c] = static_cast<float>(exact);
    remainder[c] = static_cast<float>(exact - static_cast<double>(mean[c]));
    const double spread = sums.second / count - rest * rest;
    variance[c] = static_cast<float>(spread < 0 ? 0 : spread);
  });
}

void batch_norm_forward(const Run& run, const Extents& e, const Statistics& statistics,
                        const float* src, const float* gamma, const float* beta, float* dst) {
  parallel_for(e.n * e.c, run.threads, [&](int64_t plane, int64_t) {
    const int64_t c = plane % e.c;
    const double scale = at(gamma, c, 1) * inverse_deviation(statistics, c);
    const double offset = at(beta, c, 0) - at(statistics.remainder, c, 0) * scale;
    run.kernels->affine_f32(src + plane * e.s, dst + plane * e.s, e.s, statistics.mean[c],
                            static_cast<float>(scale), static_cast<float>(offset));
  });
}

void batch_norm_backward(const Run& run, const Extents& e, const Statistics& statistics,
                         bool training, const float* src, const float* gamma, const float* diff_dst,
                         const BatchNormGradients& to) {
  const auto count = static_cast<double>(e.n * e.s);
  parallel_for(e.c, run.threads, [&](int64_t c, int64_t) {
    const double inverse = inverse_deviation(statistics, c);
    const float mean = statistics.mean[c];
    const double remainder = at(statistics.remainder, c, 0);
    const Sums sums = centered_sums(run, e, c, src, diff_dst, mean);
    const double with_xhat = (sums.second - remainder * sums.first) * inverse;
    if (to.gamma != nullptr) to.gamma[c] = static_cast<float>(with_xhat);
    if (to.beta != nullptr) to.beta[c] = static_cast<float>(sums.first);
    if (to.src == nullptr) return;
    const double scale = at(gamma, c, 1) * inverse;
    // scale * (diff_dst - mean(diff_dst) - xhat * mean(diff_dst * xhat)) as a line in src.
    const double slope = training ? -scale * inverse * with_xhat / count : 0;
    const double offset = training ? -scale * sums.first / count - slope * remainder : 0;
    for (int64_t n = 0; n < e.n; ++n) {
      const int64_t plane = (n * e.c + c) * e.s;
      if (training) {
        run.kernels->normalize_backward_f32(src + plane, diff_dst + plane, to.src + plane, e.s,
                                            mean, static_cast<float>(scale),
                                            static_cast<float>(slope), static_cast<float>(offset));
      } else {
        run.kernels->affine_f32(diff_dst + plane, to.src + plane, e.s, 0.0F,
                                static_cast<float>(scale), 0.0F);
      }
    }
  });
}

}  // namespace conv4j
