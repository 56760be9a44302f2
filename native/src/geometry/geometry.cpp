#include "geometry/geometry.h"

#include <algorithm>
#include <cinttypes>

#include "api/error.h"

namespace conv4j {
namespace {

constexpr int64_t kLargest = INT64_MAX / 8;  // bytes of an int64 index tensor must fit too

// False on overflow past kLargest.
bool multiply(int64_t* product, int64_t factor) {
  return !__builtin_mul_overflow(*product, factor, product) && *product <= kLargest;
}

conv4j_status require(const char* name, int64_t value, int64_t least) {
  if (value >= least) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT, "%s is %" PRId64 "; it must be at least %" PRId64, name,
              value, least);
}

conv4j_status require_product(const char* name, int64_t a, int64_t b, int64_t c, int64_t d) {
  int64_t product = a;
  if (multiply(&product, b) && multiply(&product, c) && multiply(&product, d)) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT,
              "%s [%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 "] has more than 2^60 elements",
              name, a, b, c, d);
}

// One axis of either operation: *span = extent + padding - effective kernel, which may be negative.
conv4j_status axis_span(const char* axis, int64_t extent, int64_t kernel, int64_t stride,
                        int64_t begin, int64_t end, int64_t dilation, int64_t* span) {
  int64_t effective = dilation;
  int64_t padded = 0;
  if (!multiply(&effective, kernel - 1) || extent > kLargest || begin > kLargest ||
      end > kLargest || stride > kLargest || effective > kLargest - 1) {
    return fail(CONV4J_INVALID_ARGUMENT, "the %s extents are beyond 2^60", axis);
  }
  effective += 1;
  padded = extent + begin + end;
  *span = padded - effective;
  return CONV4J_OK;
}

}  // namespace

#define CONV4J_RETURN_IF_BAD(expression) \
  if (const conv4j_status status_ = (expression); status_ != CONV4J_OK) return status_

conv4j_status check(const conv4j_conv2d& geometry, Conv2d* checked) {
  const conv4j_conv2d& g = geometry;
  CONV4J_RETURN_IF_BAD(require("n", g.n, 0));
  const struct {
    const char* name;
    int64_t value, least;
  } extents[] = {{"ic", g.ic, 1}, {"ih", g.ih, 1}, {"iw", g.iw, 1}, {"oc", g.oc, 1},
                 {"kh", g.kh, 1}, {"kw", g.kw, 1}, {"sh", g.sh, 1}, {"sw", g.sw, 1},
                 {"pt", g.pt, 0}, {"pl", g.pl, 0}, {"pb", g.pb, 0}, {"pr", g.pr, 0},
                 {"dh", g.dh, 1}, {"dw", g.dw, 1}, {"g", g.g, 1}};
  for (const auto& extent : extents) {
    CONV4J_RETURN_IF_BAD(require(extent.name, extent.value, extent.least));
  }
  if (g.ic % g.g != 0 || g.oc % g.g != 0) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "ic %" PRId64 " and oc %" PRId64 " must be multiples of the %" PRId64 " groups",
                g.ic, g.oc, g.g);
  }
  int64_t height = 0, width = 0;
  CONV4J_RETURN_IF_BAD(axis_span("height", g.ih, g.kh, g.sh, g.pt, g.pb, g.dh, &height));
  CONV4J_RETURN_IF_BAD(axis_span("width", g.iw, g.kw, g.sw, g.pl, g.pr, g.dw, &width));
  if (height < 0 || width < 0) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "kernel %" PRId64 "x%" PRId64 " (dilation %" PRId64 "x%" PRId64
                ") is larger than the padded input %" PRId64 "x%" PRId64,
                g.kh, g.kw, g.dh, g.dw, g.ih + g.pt + g.pb, g.iw + g.pl + g.pr);
  }
  const int64_t oh = height / g.sh + 1;
  const int64_t ow = width / g.sw + 1;
  CONV4J_RETURN_IF_BAD(require_product("src", std::max<int64_t>(g.n, 1), g.ic, g.ih, g.iw));
  CONV4J_RETURN_IF_BAD(require_product("weights", g.oc, g.ic / g.g, g.kh, g.kw));
  CONV4J_RETURN_IF_BAD(require_product("dst", std::max<int64_t>(g.n, 1), g.oc, oh, ow));
  static_cast<conv4j_conv2d&>(*checked) = g;
  checked->oh = oh;
  checked->ow = ow;
  checked->icg = g.ic / g.g;
  checked->ocg = g.oc / g.g;
  checked->taps = checked->icg * g.kh * g.kw;
  checked->src_plane = g.ih * g.iw;
  checked->dst_plane = oh * ow;
  return CONV4J_OK;
}

conv4j_status check(const conv4j_pool2d& geometry, Pool2d* checked) {
  const conv4j_pool2d& g = geometry;
  CONV4J_RETURN_IF_BAD(require("n", g.n, 0));
  const struct {
    const char* name;
    int64_t value, least;
  } extents[] = {{"c", g.c, 1},   {"ih", g.ih, 1},
                 {"iw", g.iw, 1}, {"kh", g.kh, 1},
                 {"kw", g.kw, 1}, {"sh", g.sh, 1},
                 {"sw", g.sw, 1}, {"pt", g.pt, 0},
                 {"pl", g.pl, 0}, {"pb", g.pb, 0},
                 {"pr", g.pr, 0}, {"dh", g.dh, 1},
                 {"dw", g.dw, 1}, {"ceil_mode", g.ceil_mode, 0}};
  for (const auto& extent : extents) {
    CONV4J_RETURN_IF_BAD(require(extent.name, extent.value, extent.least));
  }
  if (g.ceil_mode > 1) {
    return fail(CONV4J_INVALID_ARGUMENT, "ceil_mode is %" PRId64 "; it must be 0 or 1",
                g.ceil_mode);
  }
  const struct {
    const char* name;
    int64_t padding;
    const char* kernel_name;
    int64_t kernel;
  } paddings[] = {{"pt", g.pt, "kh", g.kh},
                  {"pl", g.pl, "kw", g.kw},
                  {"pb", g.pb, "kh", g.kh},
                  {"pr", g.pr, "kw", g.kw}};
  for (const auto& p : paddings) {
    if (p.padding > p.kernel / 2) {
      return fail(CONV4J_INVALID_ARGUMENT,
                  "%s is %" PRId64 "; it must be at most %" PRId64 ", half of %s %" PRId64, p.name,
                  p.padding, p.kernel / 2, p.kernel_name, p.kernel);
    }
  }
  int64_t height = 0, width = 0;
  CONV4J_RETURN_IF_BAD(axis_span("height", g.ih, g.kh, g.sh, g.pt, g.pb, g.dh, &height));
  CONV4J_RETURN_IF_BAD(axis_span("width", g.iw, g.kw, g.sw, g.pl, g.pr, g.dw, &width));
  const auto outputs = [&](int64_t span, int64_t extent, int64_t stride, int64_t begin) {
    const int64_t total = span + (g.ceil_mode != 0 ? stride - 1 : 0);
    if (total < 0) return int64_t{0};
    const int64_t o = total / stride + 1;
    return g.ceil_mode != 0 && (o - 1) * stride >= extent + begin ? o - 1 : o;
  };
  const int64_t oh = outputs(height, g.ih, g.sh, g.pt);
  const int64_t ow = outputs(width, g.iw, g.sw, g.pl);
  if (oh < 1 || ow < 1) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "the output would be empty: window %" PRId64 "x%" PRId64 " (dilation %" PRId64
                "x%" PRId64 ") is larger than the padded input %" PRId64 "x%" PRId64,
                g.kh, g.kw, g.dh, g.dw, g.ih + g.pt + g.pb, g.iw + g.pl + g.pr);
  }
  CONV4J_RETURN_IF_BAD(require_product("src", std::max<int64_t>(g.n, 1), g.c, g.ih, g.iw));
  CONV4J_RETURN_IF_BAD(require_product("dst", std::max<int64_t>(g.n, 1), g.c, oh, ow));
  if (g.kh > INT32_MAX / g.kw) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "a window of %" PRId64 "x%" PRId64 " has more than 2^31 taps", g.kh, g.kw);
  }
  static_cast<conv4j_pool2d&>(*checked) = g;
  checked->oh = oh;
  checked->ow = ow;
  return CONV4J_OK;
}

bool transposed(const Conv2d& g, Conv2d* problem) {
  if (g.sh != 1 || g.sw != 1) return false;
  const int64_t reach_h = g.dh * (g.kh - 1);
  const int64_t reach_w = g.dw * (g.kw - 1);
  conv4j_conv2d t = g;
  t.ic = g.oc;
  t.oc = g.ic;
  t.ih = g.oh;
  t.iw = g.ow;
  t.pt = reach_h - g.pt;
  t.pb = reach_h - g.pb;
  t.pl = reach_w - g.pl;
  t.pr = reach_w - g.pr;
  if (t.pt < 0 || t.pb < 0 || t.pl < 0 || t.pr < 0) return false;
  return check(t, problem) == CONV4J_OK;
}

Range inside(int64_t outputs, int64_t stride, int64_t offset, int64_t extent) {
  // The least o with o * stride >= -offset, and the least with o * stride >= extent - offset.
  const auto least = [stride](int64_t bound) {
    return bound <= 0 ? 0 : (bound + stride - 1) / stride;
  };
  const int64_t begin = std::min(least(-offset), outputs);
  const int64_t end = std::min(least(extent - offset), outputs);
  return {begin, std::max(begin, end)};
}

}  // namespace conv4j
