#include "reference.h"

#include <cmath>
#include <limits>

#include "check.h"

namespace conv4j_tests {
namespace {

size_t at(int64_t index) { return static_cast<size_t>(index); }

int64_t floor_divide(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

// Calls f(src index, weights index, dst index) for every tap that lies inside its image.
template <typename F>
void for_each_tap(const conv4j_conv2d& g, const F& f) {
  const int64_t OH = output_height(g), OW = output_width(g);
  const int64_t ICG = g.ic / g.g, OCG = g.oc / g.g;
  for (int64_t n = 0; n < g.n; ++n) {
    for (int64_t oc = 0; oc < g.oc; ++oc) {
      for (int64_t oh = 0; oh < OH; ++oh) {
        for (int64_t ow = 0; ow < OW; ++ow) {
          const int64_t dst = ((n * g.oc + oc) * OH + oh) * OW + ow;
          for (int64_t c = 0; c < ICG; ++c) {
            const int64_t ic = oc / OCG * ICG + c;
            for (int64_t kh = 0; kh < g.kh; ++kh) {
              const int64_t ih = oh * g.sh - g.pt + kh * g.dh;
              if (ih < 0 || ih >= g.ih) continue;
              for (int64_t kw = 0; kw < g.kw; ++kw) {
                const int64_t iw = ow * g.sw - g.pl + kw * g.dw;
                if (iw < 0 || iw >= g.iw) continue;
                f(((n * g.ic + ic) * g.ih + ih) * g.iw + iw,
                  ((oc * ICG + c) * g.kh + kh) * g.kw + kw, dst);
              }
            }
          }
        }
      }
    }
  }
}

double product(float a, float b) { return static_cast<double>(a) * static_cast<double>(b); }

int64_t pooled(int64_t I, int64_t K, int64_t S, int64_t begin, int64_t end, int64_t D, bool ceil) {
  const int64_t o = floor_divide(I + begin + end - D * (K - 1) - 1 + (ceil ? S - 1 : 0), S) + 1;
  return ceil && (o - 1) * S >= I + begin ? o - 1 : o;
}

std::string join(const char* names, const int64_t* values, int count) {
  std::ostringstream out;
  std::istringstream words(names);
  std::string word;
  for (int i = 0; i < count && words >> word; ++i) {
    out << (i > 0 ? " " : "") << word << ' ' << values[i];
  }
  return out.str();
}

}  // namespace

int64_t output_height(const conv4j_conv2d& g) {
  return floor_divide(g.ih + g.pt + g.pb - g.dh * (g.kh - 1) - 1, g.sh) + 1;
}
int64_t output_width(const conv4j_conv2d& g) {
  return floor_divide(g.iw + g.pl + g.pr - g.dw * (g.kw - 1) - 1, g.sw) + 1;
}
int64_t output_height(const conv4j_pool2d& g) {
  return pooled(g.ih, g.kh, g.sh, g.pt, g.pb, g.dh, g.ceil_mode != 0);
}
int64_t output_width(const conv4j_pool2d& g) {
  return pooled(g.iw, g.kw, g.sw, g.pl, g.pr, g.dw, g.ceil_mode != 0);
}

std::string text_of(const conv4j_conv2d& g) {
  const int64_t values[] = {g.n,  g.ic, g.ih, g.iw, g.oc, g.kh, g.kw, g.sh,
                            g.sw, g.pt, g.pl, g.pb, g.pr, g.dh, g.dw, g.g};
  return join("n ic ih iw oc kh kw sh sw pt pl pb pr dh dw g", values, 16);
}

std::string text_of(const conv4j_pool2d& g) {
  const int64_t values[] = {g.n,  g.c,  g.ih, g.iw, g.kh, g.kw, g.sh,       g.sw,
                            g.pt, g.pl, g.pb, g.pr, g.dh, g.dw, g.ceil_mode};
  return join("n c ih iw kh kw sh sw pt pl pb pr dh dw ceil", values, 15);
}

std::vector<Sum> forward(const conv4j_conv2d& g, const ConvolutionTensors& t, bool with_bias) {
  const int64_t plane = output_height(g) * output_width(g);
  std::vector<Sum> dst(at(g.n * g.oc * plane));
  for_each_tap(g, [&](int64_t s, int64_t w, int64_t d) {
    dst[at(d)].add(product(t.src[at(s)], t.weights[at(w)]));
  });
  for (size_t i = 0; with_bias && i < dst.size(); ++i) {
    dst[i].add(static_cast<double>(t.bias[i / at(plane) % at(g.oc)]));
  }
  return dst;
}

std::vector<Sum> backward_data(const conv4j_conv2d& g, const ConvolutionTensors& t) {
  std::vector<Sum> diff_src(at(g.n * g.ic * g.ih * g.iw));
  for_each_tap(g, [&](int64_t s, int64_t w, int64_t d) {
    diff_src[at(s)].add(product(t.diff_dst[at(d)], t.weights[at(w)]));
  });
  return diff_src;
}

std::vector<Sum> backward_weights(const conv4j_conv2d& g, const ConvolutionTensors& t) {
  std::vector<Sum> diff_weights(at(g.oc * (g.ic / g.g) * g.kh * g.kw));
  for_each_tap(g, [&](int64_t s, int64_t w, int64_t d) {
    diff_weights[at(w)].add(product(t.diff_dst[at(d)], t.src[at(s)]));
  });
  return diff_weights;
}

std::vector<Sum> backward_bias(const conv4j_conv2d& g, const ConvolutionTensors& t) {
  const size_t plane = at(output_height(g) * output_width(g));
  std::vector<Sum> diff_bias(at(g.oc));
  for (size_t i = 0; i < t.diff_dst.size(); ++i) {
    diff_bias[i / plane % at(g.oc)].add(static_cast<double>(t.diff_dst[i]));
  }
  return diff_bias;
}

Pooled max_pool(const conv4j_pool2d& g, const std::vector<float>& src) {
  Pooled out;
  for (int64_t plane = 0; plane < g.n * g.c; ++plane) {
    for (int64_t oh = 0; oh < output_height(g); ++oh) {
      for (int64_t ow = 0; ow < output_width(g); ++ow) {
        float best = -std::numeric_limits<float>::infinity();
        int64_t tap = -1, index = -1;
        for (int64_t kh = 0; kh < g.kh; ++kh) {
          for (int64_t kw = 0; kw < g.kw; ++kw) {
            const int64_t ih = oh * g.sh - g.pt + kh * g.dh;
            const int64_t iw = ow * g.sw - g.pl + kw * g.dw;
            if (ih < 0 || ih >= g.ih || iw < 0 || iw >= g.iw) continue;
            const float x = src[at((plane * g.ih + ih) * g.iw + iw)];
            if (tap < 0 || x > best || std::isnan(x)) {
              best = x;
              tap = kh * g.kw + kw;
              index = ih * g.iw + iw;
            }
          }
        }
        out.dst.push_back(best);
        out.taps.push_back(tap);
        out.indices.push_back(index);
      }
    }
  }
  return out;
}

std::vector<Sum> max_pool_backward(const conv4j_pool2d& g, const Pooled& pooled,
                                   const std::vector<float>& diff_dst) {
  std::vector<Sum> diff_src(at(g.n * g.c * g.ih * g.iw));
  const int64_t plane = output_height(g) * output_width(g);
  for (int64_t i = 0; i < g.n * g.c * plane; ++i) {
    const int64_t index = pooled.indices[at(i)];
    if (index < 0) continue;
    diff_src[at(i / plane * g.ih * g.iw + index)].add(static_cast<double>(diff_dst[at(i)]));
  }
  return diff_src;
}

bool check_transformed(const char* what, const std::vector<Sum>& expected, const float* found) {
  double largest = 0;
  for (const Sum& sum : expected) largest = sum.magnitude > largest ? sum.magnitude : largest;
  const double bound = std::ldexp(256.0, -24) * largest;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::fabs(static_cast<double>(found[i]) - expected[i].value) <= bound) continue;
    std::ostringstream text;
    text.precision(9);
    text << what << '[' << i << "] of " << expected.size() << ": expected " << expected[i].value
         << ", found " << found[i] << " (bound " << bound << ')';
    return report(false, __FILE__, __LINE__, text.str());
  }
  return CHECK(true);
}

bool check_sums(const char* what, const std::vector<Sum>& expected, const float* found,
                bool exact) {
  for (size_t i = 0; i < expected.size(); ++i) {
    const Sum& sum = expected[i];
    const auto value = static_cast<double>(found[i]);
    if (exact || !std::isfinite(sum.value)) {
      if (sum.value == value || (std::isnan(sum.value) && std::isnan(value))) continue;
    } else {
      // n terms: n products and n-1 additions, each with a relative error of 2^-24 at most.
      const double u = std::ldexp(static_cast<double>(sum.terms + 2), -24);
      if (std::fabs(value - sum.value) <= u / (1 - u) * sum.magnitude) continue;
    }
    std::ostringstream text;
    text.precision(9);
    text << what << '[' << i << "] of " << expected.size() << ": expected " << sum.value
         << ", found " << value << " (" << sum.terms << " terms, magnitude " << sum.magnitude
         << ')';
    return report(false, __FILE__, __LINE__, text.str());
  }
  return CHECK(true);
}

}  // namespace conv4j_tests
