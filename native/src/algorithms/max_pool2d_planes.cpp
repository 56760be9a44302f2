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
constexpr int64_t kScratchBytes = 32 << 10;          // of one thread: stays in the first cache

bool supports(const Plan& plan) {
  const Pool2d& g = plan.pool;
  return g.sw <= 2 && g.dh == 1 && g.dw == 1 && g.kh <= 0xFF && g.kw <= 0xFF &&
         g.kh * g.kw <= 0xFF && g.iw <= kMostColumns;
}
double cost(const Plan&) { return 0; }

PoolPlane plane_of(const Pool2d& g) {
  return {g.ih, g.iw, g.oh, g.ow, g.kh, g.kw, g.sh, g.sw, g.pt, g.pl};
}

// Input rows of so many rows of windows, where windows overlap.
int64_t in_rows(const Pool2d& g, int64_t out_rows) {
  const int64_t rows = (out_rows - 1) * g.sh + g.kh;
  return rows < g.ih ? rows : g.ih;
}

conv4j_status lay_out_forward(Plan* plan) {
  const Pool2d& g = plan->pool;
  Blocking& b = plan->blocking;
  plan->tap_size = 1;
  b.distance = align_up(g.ow, plan->kernels->lanes);
  int64_t most_rows = g.oh;
  const bool overlaps = g.kh > g.sh;
  if (overlaps) {
    const int64_t fitting = kScratchBytes / (b.distance * kFloatBytes);
    const int64_t rows = fitting > g.kh ? (fitting - g.kh) / g.sh + 1 : 1;
    const int64_t least = g.kh;  // or too much is read twice
    most_rows = rows > least ? rows : least;
  }
  const double read = static_cast<double>(g.ih) / static_cast<double>(g.oh);
  deal_out_planes(g.n * g.c, g.oh, read * static_cast<double>(g.iw) + static_cast<double>(g.ow),
                  most_rows, &b);
  if (overlaps) {
    b.strip_in_rows = in_rows(g, b.strip_rows);
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

const Algorithm kMaxPoolPlanes = {"planes", supports, cost, lay_out_forward, nullptr, forward};
const Algorithm kMaxPoolBackwardPlanes = {"planes",         supports, cost,
                                          lay_out_backward, nullptr,  backward};

}  // namespace conv4j
