#include "geometry/windows.h"

#include <algorithm>
#include <cinttypes>

#include "api/error.h"

namespace conv4j {
namespace {

int64_t ceil_divide(int64_t a, int64_t b) { return (a + b - 1) / b; }

Windows share_out(int64_t extent, int64_t outputs) {
  if (extent % outputs != 0) return {extent, outputs, 0, 0, 0, 0};
  const int64_t kernel = extent / outputs;
  return {extent, outputs, kernel, kernel, 0, 0};
}

}  // namespace

Range Windows::inside(int64_t o) const {
  if (adaptive()) return {o * extent / outputs, ceil_divide((o + 1) * extent, outputs)};
  const int64_t first = o * stride - begin;
  return {std::max<int64_t>(first, 0), std::min(first + kernel, extent)};
}

int64_t Windows::taps(int64_t o) const {
  if (adaptive()) return inside(o).size();
  const int64_t first = o * stride - begin;
  return std::min(first + kernel, extent + end) - first;
}

Range Windows::holding(int64_t i) const {
  if (adaptive()) return {i * outputs / extent, ceil_divide((i + 1) * outputs, extent)};
  const int64_t before = i + begin - kernel + 1;  // the first window starts here or later
  const int64_t first = before > 0 ? ceil_divide(before, stride) : 0;
  return {std::min(first, outputs), std::min((i + begin) / stride + 1, outputs)};
}

int64_t Windows::longest() const {
  return adaptive() ? extent / outputs + 2 : std::min(kernel, extent);
}

conv4j_status check(const conv4j_avg_pool2d& geometry, Windows2d* checked) {
  const conv4j_pool2d& g = geometry.window;
  if (g.dh != 1 || g.dw != 1) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "dilation is %" PRId64 "x%" PRId64 "; average pooling has none, it must be 1x1",
                g.dh, g.dw);
  }
  if (geometry.count_include_pad != 0 && geometry.count_include_pad != 1) {
    return fail(CONV4J_INVALID_ARGUMENT, "count_include_pad is %" PRId64 "; it must be 0 or 1",
                geometry.count_include_pad);
  }
  Pool2d pool = {};
  const conv4j_status status = check(g, &pool);
  if (status != CONV4J_OK) return status;
  checked->n = g.n;
  checked->c = g.c;
  checked->h = {g.ih, pool.oh, g.kh, g.sh, g.pt, g.pb};
  checked->w = {g.iw, pool.ow, g.kw, g.sw, g.pl, g.pr};
  checked->counts_padding = geometry.count_include_pad != 0;
  checked->divisor_override = geometry.divisor_override;
  return CONV4J_OK;
}

conv4j_status check(const conv4j_adaptive_pool2d& geometry, Windows2d* checked) {
  const conv4j_adaptive_pool2d& g = geometry;
  const struct {
    const char* name;
    int64_t value, least;
  } extents[] = {{"n", g.n, 0},   {"c", g.c, 1},   {"ih", g.ih, 1},
                 {"iw", g.iw, 1}, {"oh", g.oh, 1}, {"ow", g.ow, 1}};
  for (const auto& extent : extents) {
    if (extent.value < extent.least) {
      return fail(CONV4J_INVALID_ARGUMENT, "%s is %" PRId64 "; it must be at least %" PRId64,
                  extent.name, extent.value, extent.least);
    }
  }
  const auto n = static_cast<double>(std::max<int64_t>(g.n, 1)) * static_cast<double>(g.c);
  const double src = n * static_cast<double>(g.ih) * static_cast<double>(g.iw);
  const double dst = n * static_cast<double>(g.oh) * static_cast<double>(g.ow);
  constexpr double kMost = 1152921504606846976.0;  // 2^60: the bytes of int64 indices fit as well
  if (src > kMost || dst > kMost || static_cast<double>(g.ih) * static_cast<double>(g.oh) > kMost ||
      static_cast<double>(g.iw) * static_cast<double>(g.ow) > kMost) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "src, dst, ih * oh or iw * ow is beyond 2^60: n %" PRId64 ", c %" PRId64
                ", ih %" PRId64 ", iw %" PRId64 ", oh %" PRId64 ", ow %" PRId64,
                g.n, g.c, g.ih, g.iw, g.oh, g.ow);
  }
  *checked = {g.n, g.c, share_out(g.ih, g.oh), share_out(g.iw, g.ow), false, 0};
  return CONV4J_OK;
}

}  // namespace conv4j
