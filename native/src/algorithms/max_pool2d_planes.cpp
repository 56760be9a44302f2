// Max and min pooling at stride 1 or 2 along the row, dense windows of at most 255 taps: plane by
// plane, straight from the rows of the image (kernels/max_windows.inl), and back
// (kernels/max_gradient.inl). A task computes a strip of rows of one plane, or several small
// planes. No two tasks write to the same element.
#include "algorithms/algorithms.h"
#include "algorithms/planes.h"

namespace conv4j {
namespace {

constexpr int64_t kFloatBytes = sizeof(float);
constexpr int64_t kMostColumns = int64_t{1} << 40U;  // no memory holds scratch for more
constexpr int64_t kRowsAtOnce = 8;

bool supports(const Plan& plan) {
  const Pool2d& g = plan.pool;
  return (g.sw <= 2 || g.ow == 1) && g.dh == 1 && g.dw == 1 && g.kh <= 0xFF && g.kw <= 0xFF &&
         g.kh * g.kw <= 0xFF && g.iw <= kMostColumns;
}

// Windows of other sizes are not compiled for: each tap costs twice and more.
bool is_known(const Pool2d& g) { return g.kh == g.kw && (g.kw == 2 || g.kw == 3); }

// As kernels/max_windows.inl goes down the columns.
bool goes_down_columns(const Pool2d& g) {
  const int64_t stride = g.ow == 1 ? 1 : g.sw;
  return is_known(g) && g.sh == stride && g.kw > stride;
}

// Rows that share no window are finished at once; those of 2x2 and 3x3 that overlap go down the
// columns, others along the rows, then down the columns.
double cost_forward(const Plan& plan) {
  const Pool2d& g = plan.pool;
  const int64_t lanes = plan.kernels->lanes;
  const double vectors = vectors_of(g.ow, lanes);
  if (goes_down_columns(g)) {
    // Measured on a Zen 4, with AVX2 and AVX-512: a row of windows of a vector. At stride 1 both
    // vectors of a row shorter than two reach into the padding.
    const bool masked = is_masked(g.iw, 2, lanes);
    const double vector = g.sw == 2 && g.ow > 1 ? 36 : masked ? 26 : lanes < 16 ? 18 : 16;
    return plane_cost(vectors) + static_cast<double>(g.oh) * vectors * vector;
  }
  const auto in_rows = static_cast<double>(g.ih);
  const auto out_rows = static_cast<double>(g.oh);
  const auto taps = static_cast<double>(g.kw);
  const double masked = is_masked(g.iw, g.sw, lanes) ? 1.2 : 1;
  const double along = vectors * (6 + (is_known(g) ? 4 : 8) * taps) * masked;
  return kPlaneCost + (g.kh <= g.sh ? out_rows * (along * static_cast<double>(g.kh) - 8 * vectors)
                                    : in_rows * along + out_rows * vectors * 10);
}

// By the windows that hold a pixel.
double cost_backward(const Plan& plan) {
  const Pool2d& g = plan.pool;
  const int64_t stride = g.ow == 1 ? 1 : g.sw;
  const double vectors = vectors_of(ceil_divide(g.iw, stride), plan.kernels->lanes);
  const double holding = static_cast<double>(g.kh) / static_cast<double>(g.sh) *
                         static_cast<double>(g.kw) / static_cast<double>(stride);
  const bool apart = stride == 2 && g.kw == 2 && g.kh == 2 && g.sh >= 2;
  const bool overlapping = is_known(g) && g.sh == stride && g.kw > stride;
  const int64_t lanes = plan.kernels->lanes;
  const double vector = apart         ? (is_masked(g.iw, stride, lanes) ? 30 : 16)
                        : overlapping ? (lanes < 16 ? 23 + 1.2 * holding : 18 + 0.8 * holding)
                                      : 23 + 16 * holding;
  const double plane = apart || overlapping ? 30 + plane_cost(vectors) : 1.5 * kPlaneCost;
  return plane + static_cast<double>(g.ih) * vectors * vector;
}

PoolPlane plane_of(const Pool2d& g) {
  return {g.ih, g.iw, g.oh, g.ow, g.kh, g.kw, g.sh, g.ow == 1 ? 1 : g.sw, g.pt, g.pl};
}

// Rows of a ring that serves some rows of windows at a time, or all of them in narrow planes.
int64_t ring_of(const Pool2d& g, int64_t rows, int64_t lanes) {
  const int64_t at_once = g.ow <= 2 * lanes || rows < kRowsAtOnce ? rows : kRowsAtOnce;
  const int64_t least = (at_once - 1) * g.sh + g.kh;
  int64_t ring = 1;
  while (ring < least) ring *= 2;
  return ring;
}

conv4j_status lay_out_forward(Plan* plan) {
  const Pool2d& g = plan->pool;
  Blocking& b = plan->blocking;
  plan->tap_size = 1;
  const double read = static_cast<double>(g.ih) / static_cast<double>(g.oh);
  deal_out_planes(g.n * g.c, g.oh, read * static_cast<double>(g.iw) + static_cast<double>(g.ow),
                  g.oh, &b);
  if (g.kh > g.sh && !goes_down_columns(g)) {
    b.distance = align_up(g.ow, plan->kernels->lanes);
    b.strip_in_rows = ring_of(g, b.strip_rows, plan->kernels->lanes);
    plan->workspace_per_thread =
        align_up(b.strip_in_rows * b.distance * (kFloatBytes + 1), kAlignment);
  }
  return CONV4J_OK;
}

void forward(const Plan& plan, const Execution& run) {
  const Pool2d& g = plan.pool;
  const Blocking& b = plan.blocking;
  const auto visit = [&](int64_t plane, int64_t planes, int64_t first, int64_t end, int64_t slot) {
    const int64_t to = plane * g.oh * g.ow;
    MaxWindows windows = {};
    windows.plane = plane_of(g);
    windows.planes = planes;
    windows.src = run.src + plane * g.ih * g.iw;
    windows.first = first;
    windows.end = end;
    windows.values = scratch_of(plan, run, slot);
    windows.taps = reinterpret_cast<uint8_t*>(windows.values + b.strip_in_rows * b.distance);
    windows.ring = b.strip_in_rows;
    windows.distance = b.distance;
    windows.dst = run.dst + to;
    if (run.offsets != nullptr) windows.offsets = static_cast<uint8_t*>(run.offsets) + to;
    windows.least = plan.takes_least;
    plan.kernels->max_windows_f32(windows);
  };
  for_each_strip(b, g.n * g.c, g.oh, run.threads, visit);
}

conv4j_status lay_out_backward(Plan* plan) {
  const Pool2d& g = plan->pool;
  plan->tap_size = 1;
  const double read = static_cast<double>(g.oh) / static_cast<double>(g.ih);
  deal_out_planes(g.n * g.c, g.ih, read * static_cast<double>(g.ow) + static_cast<double>(g.iw),
                  g.ih, &plan->blocking);
  return CONV4J_OK;
}

void backward(const Plan& plan, const Execution& run) {
  const Pool2d& g = plan.pool;
  const auto* offsets = static_cast<const uint8_t*>(run.offsets);
  const auto visit = [&](int64_t plane, int64_t planes, int64_t first, int64_t end, int64_t) {
    const int64_t from = plane * g.oh * g.ow;
    plan.kernels->max_gradient_f32({plane_of(g), planes, run.diff_dst + from, offsets + from, first,
                                    end, run.diff_src + plane * g.ih * g.iw});
  };
  for_each_strip(plan.blocking, g.n * g.c, g.ih, run.threads, visit);
}

}  // namespace

const Algorithm kMaxPoolPlanes = {"planes",        supports, cost_forward,
                                  lay_out_forward, nullptr,  forward};
const Algorithm kMaxPoolBackwardPlanes = {"planes",         supports, cost_backward,
                                          lay_out_backward, nullptr,  backward};

}  // namespace conv4j
