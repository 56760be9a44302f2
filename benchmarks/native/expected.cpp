// The definition of every operation, an element at a time and in double.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "problem.h"

namespace conv4j_benchmarks {
namespace {

// The window that a tap of an output falls on lies at the input i = o*S - P + k*D.
double forward(const Problem& p, const Tensors& t, int64_t position) {
  const conv4j_conv2d& g = p.conv;
  const int64_t ow = position % p.ow, oh = position / p.ow % p.oh;
  const int64_t oc = position / (p.ow * p.oh) % g.oc, n = position / (p.ow * p.oh * g.oc);
  const int64_t icg = g.ic / g.g;
  const float* weights = t.weights.floats() + oc * icg * g.kh * g.kw;
  const float* src = t.src.floats() + (n * g.ic + oc / (g.oc / g.g) * icg) * g.ih * g.iw;
  double sum = 0;
  for (int64_t ic = 0; ic < icg; ++ic) {
    for (int64_t kh = 0; kh < g.kh; ++kh) {
      const int64_t ih = oh * g.sh - g.pt + kh * g.dh;
      if (ih < 0 || ih >= g.ih) continue;
      for (int64_t kw = 0; kw < g.kw; ++kw) {
        const int64_t iw = ow * g.sw - g.pl + kw * g.dw;
        if (iw < 0 || iw >= g.iw) continue;
        sum += static_cast<double>(weights[(ic * g.kh + kh) * g.kw + kw]) *
               static_cast<double>(src[(ic * g.ih + ih) * g.iw + iw]);
      }
    }
  }
  return sum;
}

// The output whose tap k falls on input i, or -1.
int64_t output_at(int64_t i, int64_t padding, int64_t k, int64_t dilation, int64_t stride,
                  int64_t outputs) {
  const int64_t start = i + padding - k * dilation;
  return start >= 0 && start % stride == 0 && start / stride < outputs ? start / stride : -1;
}

double backward_data(const Problem& p, const Tensors& t, int64_t position) {
  const conv4j_conv2d& g = p.conv;
  const int64_t iw = position % g.iw, ih = position / g.iw % g.ih;
  const int64_t ic = position / (g.iw * g.ih) % g.ic, n = position / (g.iw * g.ih * g.ic);
  const int64_t icg = g.ic / g.g, ocg = g.oc / g.g;
  double sum = 0;
  for (int64_t kh = 0; kh < g.kh; ++kh) {
    const int64_t oh = output_at(ih, g.pt, kh, g.dh, g.sh, p.oh);
    for (int64_t kw = 0; kw < g.kw; ++kw) {
      const int64_t ow = output_at(iw, g.pl, kw, g.dw, g.sw, p.ow);
      if (oh < 0 || ow < 0) continue;
      for (int64_t oc = ic / icg * ocg; oc < (ic / icg + 1) * ocg; ++oc) {
        const int64_t weight = ((oc * icg + ic % icg) * g.kh + kh) * g.kw + kw;
        sum += static_cast<double>(t.weights.floats()[weight]) *
               static_cast<double>(t.diff_dst.floats()[((n * g.oc + oc) * p.oh + oh) * p.ow + ow]);
      }
    }
  }
  return sum;
}

double backward_weights(const Problem& p, const Tensors& t, int64_t position) {
  const conv4j_conv2d& g = p.conv;
  const int64_t icg = g.ic / g.g;
  const int64_t kw = position % g.kw, kh = position / g.kw % g.kh;
  const int64_t ic = position / (g.kw * g.kh) % icg, oc = position / (g.kw * g.kh * icg);
  double sum = 0;
  for (int64_t n = 0; n < g.n; ++n) {
    const float* src = t.src.floats() + (n * g.ic + oc / (g.oc / g.g) * icg + ic) * g.ih * g.iw;
    const float* diff_dst = t.diff_dst.floats() + (n * g.oc + oc) * p.oh * p.ow;
    for (int64_t oh = 0; oh < p.oh; ++oh) {
      const int64_t ih = oh * g.sh - g.pt + kh * g.dh;
      if (ih < 0 || ih >= g.ih) continue;
      for (int64_t ow = 0; ow < p.ow; ++ow) {
        const int64_t iw = ow * g.sw - g.pl + kw * g.dw;
        if (iw < 0 || iw >= g.iw) continue;
        sum += static_cast<double>(src[ih * g.iw + iw]) *
               static_cast<double>(diff_dst[oh * p.ow + ow]);
      }
    }
  }
  return sum;
}

// A pooling window: what it holds, and which pixel of the plane won (-1 where there is none).
struct Window {
  double maximum = -HUGE_VAL;
  double sum = 0;
  double divisor = 0;
  int64_t winner = -1;
};

Window window_at(const Problem& p, const float* plane, int64_t oh, int64_t ow) {
  const conv4j_pool2d& g = p.pool;
  Window window;
  const int64_t top = oh * g.sh - g.pt, left = ow * g.sw - g.pl;
  window.divisor = static_cast<double>((std::min(top + g.kh, g.ih + g.pb) - top) *
                                       (std::min(left + g.kw, g.iw + g.pr) - left));
  for (int64_t kh = 0; kh < g.kh; ++kh) {
    const int64_t ih = top + kh * g.dh;
    if (ih < 0 || ih >= g.ih) continue;
    for (int64_t kw = 0; kw < g.kw; ++kw) {
      const int64_t iw = left + kw * g.dw;
      if (iw < 0 || iw >= g.iw) continue;
      const auto value = static_cast<double>(plane[ih * g.iw + iw]);
      window.sum += value;
      if (value > window.maximum) {
        window.maximum = value;
        window.winner = ih * g.iw + iw;
      }
    }
  }
  return window;
}

double pool_forward(const Problem& p, const Tensors& t, int64_t position) {
  const int64_t plane = position / (p.oh * p.ow);
  const Window window = window_at(p, t.src.floats() + plane * p.pool.ih * p.pool.iw,
                                  position / p.ow % p.oh, position % p.ow);
  return p.operation == Operation::kMaxPool2d ? window.maximum : window.sum / window.divisor;
}

double pool_backward(const Problem& p, const Tensors& t, int64_t position) {
  const conv4j_pool2d& g = p.pool;
  const int64_t pixel = position % (g.ih * g.iw), plane = position / (g.ih * g.iw);
  const float* src = t.src.floats() + plane * g.ih * g.iw;
  const float* diff_dst = t.diff_dst.floats() + plane * p.oh * p.ow;
  double sum = 0;
  for (int64_t kh = 0; kh < g.kh; ++kh) {
    const int64_t oh = output_at(pixel / g.iw, g.pt, kh, g.dh, g.sh, p.oh);
    for (int64_t kw = 0; kw < g.kw; ++kw) {
      const int64_t ow = output_at(pixel % g.iw, g.pl, kw, g.dw, g.sw, p.ow);
      if (oh < 0 || ow < 0) continue;
      const Window window = window_at(p, src, oh, ow);
      const auto gradient = static_cast<double>(diff_dst[oh * p.ow + ow]);
      if (p.operation == Operation::kAvgPool2d) {
        sum += gradient / window.divisor;
      } else if (window.winner == pixel) {
        sum += gradient;
      }
    }
  }
  return sum;
}

}  // namespace

double expected(const Problem& p, const Tensors& t, int64_t position) {
  if (!p.convolves()) {
    return p.direction == CONV4J_FORWARD ? pool_forward(p, t, position)
                                         : pool_backward(p, t, position);
  }
  if (p.direction == CONV4J_FORWARD) return forward(p, t, position);
  return p.direction == CONV4J_BACKWARD_DATA ? backward_data(p, t, position)
                                             : backward_weights(p, t, position);
}

double work_of_one_element(const Problem& p) {
  if (p.convolves()) {
    return p.flops() / 2 / static_cast<double>(p.result_elements());
  }
  const auto taps = static_cast<double>(p.pool.kh * p.pool.kw);
  return p.direction == CONV4J_FORWARD ? taps : taps * taps;
}

}  // namespace conv4j_benchmarks
