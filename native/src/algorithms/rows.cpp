// rows: every geometry, touching only pixels that exist.
//
// One tap at a time, one row at a time: dst row += weight * src row over the outputs whose tap lies
// inside the image. The row stays in the first-level cache. Nothing in the padding is ever
// multiplied, so this is what runs when a weight is NaN or infinite; and it needs no workspace.
#include <cstring>

#include "algorithms/algorithms.h"
#include "algorithms/columns.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

bool supports(const Plan&) { return true; }

conv4j_status lay_out(Plan* plan) {
  plan->problem = plan->conv;
  plan->packed_elements =
      plan->options.direction == CONV4J_BACKWARD_WEIGHTS ? 0 : plan->conv.weights_elements();
  return CONV4J_OK;
}

double cost(const Plan& plan) {
  const Conv2d& g = plan.conv;
  const double vectors =
      g.sw == 1 ? static_cast<double>(ceil_divide(g.ow, plan.kernels->lanes)) * 12.0 + 40.0
                : static_cast<double>(g.ow) * 6.0;
  return static_cast<double>(g.n * g.oc * g.oh) * static_cast<double>(g.taps) * vectors *
         vector_cost(plan);
}

void forward(const Plan& plan, const Execution& run) {
  const Conv2d& g = plan.conv;
  parallel_for(g.n * g.oc * g.oh, run.threads, [&](int64_t index, int64_t) {
    const int64_t oh = index % g.oh;
    const int64_t oc = index / g.oh % g.oc;
    const int64_t n = index / (g.oh * g.oc);
    const float* planes = run.src + (n * g.ic + oc / g.ocg * g.icg) * g.src_plane;
    const float* weights = run.weights + oc * g.taps;
    float* dst = run.dst + index * g.ow;
    std::memset(dst, 0, static_cast<size_t>(g.ow) * sizeof(float));
    for (int64_t t = 0; t < g.taps; ++t) {
      const TapRow tap = tap_row(g, oh, t / g.kw % g.kh, t % g.kw);
      if (tap.valid.size() == 0) continue;
      const float* row = planes + t / (g.kh * g.kw) * g.src_plane + tap.row + tap.shift;
      plan.kernels->axpy_f32(weights[t], row + tap.valid.begin * g.sw, g.sw, dst + tap.valid.begin,
                             1, tap.valid.size());
    }
    plan.kernels->bias_relu_f32(dst, g.ow, run.bias != nullptr ? run.bias[oc] : 0.0F,
                                plan.options.relu != 0 ? 1 : 0);
  });
}

void backward_data(const Plan& plan, const Execution& run) {
  const Conv2d& g = plan.conv;
  const int64_t kernel = g.kh * g.kw;
  parallel_for(g.n * g.ic * g.ih, run.threads, [&](int64_t index, int64_t) {
    const int64_t ih = index % g.ih;
    const int64_t ic = index / g.ih % g.ic;
    const int64_t n = index / (g.ih * g.ic);
    const int64_t group = ic / g.icg;
    float* row = run.diff_src + index * g.iw;
    std::memset(row, 0, static_cast<size_t>(g.iw) * sizeof(float));
    for (int64_t oc = group * g.ocg; oc < (group + 1) * g.ocg; ++oc) {
      const float* diff = run.diff_dst + (n * g.oc + oc) * g.dst_plane;
      const float* weights = run.weights + oc * g.taps + ic % g.icg * kernel;
      for (int64_t kh = 0; kh < g.kh; ++kh) {
        const int64_t from_top = ih + g.pt - kh * g.dh;
        if (from_top < 0 || from_top % g.sh != 0 || from_top / g.sh >= g.oh) continue;
        const float* diff_row = diff + from_top / g.sh * g.ow;
        for (int64_t kw = 0; kw < g.kw; ++kw) {
          const int64_t shift = kw * g.dw - g.pl;
          const Range valid = inside(g.ow, g.sw, shift, g.iw);
          if (valid.size() == 0) continue;
          plan.kernels->axpy_f32(weights[kh * g.kw + kw], diff_row + valid.begin, 1,
                                 row + shift + valid.begin * g.sw, g.sw, valid.size());
        }
      }
    }
  });
}

void backward_weights(const Plan& plan, const Execution& run) {
  const Conv2d& g = plan.conv;
  parallel_for(g.oc * g.taps, run.threads, [&](int64_t index, int64_t) {
    const int64_t oc = index / g.taps;
    const int64_t t = index % g.taps;
    const int64_t ic = oc / g.ocg * g.icg + t / (g.kh * g.kw);
    double total = 0;
    for (int64_t n = 0; n < g.n; ++n) {
      const float* plane = run.src + (n * g.ic + ic) * g.src_plane;
      const float* diff = run.diff_dst + (n * g.oc + oc) * g.dst_plane;
      for (int64_t oh = 0; oh < g.oh; ++oh) {
        const TapRow tap = tap_row(g, oh, t / g.kw % g.kh, t % g.kw);
        if (tap.valid.size() == 0) continue;
        const float* row = plane + tap.row + tap.shift + tap.valid.begin * g.sw;
        total += static_cast<double>(plan.kernels->dot_row_f32(
            row, g.sw, diff + oh * g.ow + tap.valid.begin, tap.valid.size()));
      }
    }
    run.diff_weights[index] = static_cast<float>(total);
  });
  sum_bias(plan, run);
}

}  // namespace

const Algorithm kRowsForward = {"rows", supports, cost, lay_out, copy_weights, forward};
const Algorithm kRowsBackwardData = {"rows", supports, cost, lay_out, copy_weights, backward_data};
const Algorithm kRowsBackwardWeights = {"rows", supports, cost, lay_out, nullptr, backward_weights};

}  // namespace conv4j
