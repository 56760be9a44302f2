// Average pooling at stride 1 or 2 along the row (kernels/average_windows.inl), and its gradient
// (kernels/average_gradient.inl): plane by plane, straight from the rows of the image. A task
// computes a strip of rows of one plane, or several small planes. No two tasks write to the same
// element.
#include <cstring>

#include "algorithms/algorithms.h"
#include "algorithms/planes.h"

namespace conv4j {
namespace {

constexpr int64_t kFloatBytes = sizeof(float);
constexpr int64_t kMostExtent = int64_t{1} << 30U;  // scratch and tables of more are not worth it
constexpr int64_t kScratchBytes = 32 << 10;         // of one thread: stays in the first cache
constexpr int64_t kSumRows = 8;                     // rows of windows at a time
constexpr int64_t kMostCount = 1 << 24;             // counts up to here are exact

// One window has no stride.
int64_t stride_of(const Windows& w) { return w.outputs == 1 ? 1 : w.stride; }

PoolPlane plane_of(const Windows2d& g) {
  return {g.h.extent, g.w.extent, g.h.outputs,    g.w.outputs, g.h.kernel,
          g.w.kernel, g.h.stride, stride_of(g.w), g.h.begin,   g.w.begin};
}

bool supports(const Plan& plan) {
  const Windows2d& g = plan.windows;
  return !g.h.adaptive() && !g.w.adaptive() && stride_of(g.w) <= 2 && g.h.extent <= kMostExtent &&
         g.w.extent <= kMostExtent && g.h.kernel <= kMostExtent && g.w.kernel <= kMostExtent &&
         counts_are_exact(g);
}

// Down the columns of the image, then along the rows of windows.
double cost_forward(const Plan& plan) {
  const Windows2d& g = plan.windows;
  const int64_t lanes = plan.kernels->lanes;
  if (goes_by_columns(plan)) {
    const double across = vectors_of(g.w.outputs, lanes);
    const double vectors = static_cast<double>(g.h.outputs) * across;
    const int64_t stride = stride_of(g.w);
    const bool columns = g.h.kernel == 3 && g.w.kernel == 3 && g.h.stride == stride &&
                         3 * g.w.extent <= kFilterWidestColumns;
    // kernels/average_columns.inl on a Zen 4, with AVX2 and AVX-512: a row of windows of a vector.
    if (columns && lanes < 16) return plane_cost(across) + vectors * (stride == 1 ? 10 : 20);
    if (columns) return plane_cost(across) + vectors * (stride == 1 ? 17 : 34);
    if (lanes < 16 && g.w.kernel == 2 && stride == 2 && g.h.kernel <= g.h.stride)
      return 90 + vectors * (is_masked(g.w.extent, stride, lanes) ? 36 : 14);
  }
  const double down = vectors_of(g.w.extent, lanes) * (6 + 4 * static_cast<double>(g.h.kernel));
  const double along = vectors_of(g.w.outputs, lanes) * (13 + 3 * static_cast<double>(g.w.kernel));
  return kPlaneCost + static_cast<double>(g.h.outputs) * (down + along);
}

// The windows' rows are divided, added up, and spread along the rows of the image.
double cost_backward(const Plan& plan) {
  const Windows2d& g = plan.windows;
  const int64_t lanes = plan.kernels->lanes;
  const int64_t stride = stride_of(g.w);
  const double across = vectors_of(ceil_divide(g.w.extent, stride), lanes);
  // Of a row of windows of a vector, measured on a Zen 4, with AVX2 and AVX-512.
  const double masked = is_masked(g.w.extent, stride, lanes) ? 2 : 1;
  if (g.h.kernel == 3 && g.w.kernel == 3 && g.h.stride == stride) {
    const double vector = (stride == 1 ? 16 : 24) * (lanes < 16 ? masked : 1.6);
    return plane_cost(across) + static_cast<double>(g.h.outputs) * across * vector;
  }
  if (g.w.kernel == 2 && stride == 2 && g.h.kernel <= g.h.stride) {
    return kPlaneCost + static_cast<double>(g.h.outputs) * across * 40 * masked;
  }
  const int64_t rows = g.h.kernel > g.h.stride ? g.h.extent : g.h.outputs;  // that differ
  const double spread = across * (18 + 4 * static_cast<double>(ceil_divide(g.w.kernel, stride)));
  return 1.5 * kPlaneCost + static_cast<double>(g.h.outputs) * vectors_of(g.w.outputs, lanes) * 25 +
         static_cast<double>(rows) * spread;
}

// Whether x is a power of two, so that one over it is exact.
bool is_power(int64_t x) {
  const int64_t magnitude = x < 0 ? -x : x;
  return (magnitude & (magnitude - 1)) == 0;
}

// plan.offsets: what the rows and the columns of the windows count, as floats, [OH] then [OW].
conv4j_status make_tables(Plan* plan) {
  const Windows2d& g = plan->windows;
  int64_t* memory = allocate_offsets(plan, ceil_divide(g.h.outputs + g.w.outputs, 2));
  if (memory == nullptr) return CONV4J_OUT_OF_MEMORY;
  plan->blocking.reciprocal = fill_counts(g, reinterpret_cast<float*>(memory));
  return CONV4J_OK;
}

AverageWindows windows_of(const Plan& plan, const Execution& run, int64_t slot) {
  AverageWindows windows = {};
  windows.by_columns = goes_by_columns(plan);
  windows.plane = plane_of(plan.windows);
  windows.row_counts = reinterpret_cast<const float*>(plan.offsets);
  windows.column_counts = windows.row_counts + plan.windows.h.outputs;
  windows.reciprocal = plan.blocking.reciprocal;
  windows.scratch = scratch_of(plan, run, slot);
  windows.rows = plan.blocking.strip_in_rows;
  windows.distance = plan.blocking.distance;
  return windows;
}

conv4j_status lay_out_forward(Plan* plan) {
  const Windows2d& g = plan->windows;
  const Windows& w = g.w;
  Blocking& b = plan->blocking;
  const int64_t lanes = plan->kernels->lanes;
  // The taps of the last vector of windows, and the whole row.
  const int64_t taps = align_up(w.outputs, lanes) * stride_of(w) + w.kernel;
  const int64_t row = w.begin + align_up(w.extent, lanes);
  b.distance = align_up(taps > row ? taps : row, lanes);
  const double read = static_cast<double>(g.h.extent) / static_cast<double>(g.h.outputs);
  deal_out_planes(g.n * g.c, g.h.outputs,
                  read * static_cast<double>(w.extent) + static_cast<double>(w.outputs),
                  g.h.outputs, &b);
  b.strip_in_rows = b.strip_rows < kSumRows ? b.strip_rows : kSumRows;
  plan->workspace_per_thread = align_up(b.strip_in_rows * b.distance * kFloatBytes, kAlignment);
  return make_tables(plan);
}

void forward(const Plan& plan, const Execution& run) {
  const Windows2d& g = plan.windows;
  const auto visit = [&](int64_t plane, int64_t planes, int64_t first, int64_t end, int64_t slot) {
    AverageWindows windows = windows_of(plan, run, slot);
    windows.from = run.src + plane * g.src_plane();
    windows.to = run.dst + plane * g.dst_plane();
    windows.planes = planes;
    windows.first = first;
    windows.end = end;
    plan.kernels->average_windows_f32(windows);
  };
  for_each_strip(plan.blocking, g.n * g.c, g.h.outputs, run.threads, visit);
}

// The most rows of windows that hold one of so many rows of the image.
int64_t windows_over(const Windows& h, int64_t rows) {
  const int64_t most = (rows + h.kernel - 2) / h.stride + 1;
  return most < h.outputs ? most : h.outputs;
}

conv4j_status lay_out_backward(Plan* plan) {
  const Windows2d& g = plan->windows;
  const Windows& w = g.w;
  Blocking& b = plan->blocking;
  const int64_t lanes = plan->kernels->lanes;
  b.distance =
      align_up((w.kernel - 1) / stride_of(w) + (w.begin + w.extent) / stride_of(w) + lanes, lanes);
  int64_t most_rows = g.h.extent;
  const int64_t least = g.h.kernel < most_rows ? g.h.kernel : most_rows;
  while (most_rows > least &&
         windows_over(g.h, most_rows) * b.distance * kFloatBytes > kScratchBytes) {
    most_rows = ceil_divide(most_rows, 2);
  }
  const double read = static_cast<double>(g.h.outputs) / static_cast<double>(g.h.extent);
  deal_out_planes(g.n * g.c, g.h.extent,
                  read * static_cast<double>(w.outputs) + static_cast<double>(w.extent), most_rows,
                  &b);
  b.strip_in_rows = windows_over(g.h, b.strip_rows) + kSumRows;
  if (static_cast<double>(b.strip_in_rows) * static_cast<double>(b.distance) > 1e15) {
    return CONV4J_OUT_OF_MEMORY;
  }
  plan->workspace_per_thread = align_up(b.strip_in_rows * b.distance * kFloatBytes, kAlignment);
  return make_tables(plan);
}

void backward(const Plan& plan, const Execution& run) {
  const Windows2d& g = plan.windows;
  const auto visit = [&](int64_t plane, int64_t planes, int64_t first, int64_t end, int64_t slot) {
    AverageWindows windows = windows_of(plan, run, slot);
    windows.from = run.diff_dst + plane * g.dst_plane();
    windows.to = run.diff_src + plane * g.src_plane();
    windows.planes = planes;
    windows.first = first;
    windows.end = end;
    plan.kernels->average_gradient_f32(windows);
  };
  for_each_strip(plan.blocking, g.n * g.c, g.h.extent, run.threads, visit);
}

}  // namespace

bool counts_are_exact(const Windows2d& g) {
  const auto most = [](const Windows& axis) {
    return static_cast<double>(axis.adaptive() ? axis.longest() : axis.kernel);
  };
  const auto magnitude = g.divisor_override < 0 ? -g.divisor_override : g.divisor_override;
  return most(g.h) * most(g.w) <= kMostCount && magnitude <= kMostCount;
}

bool fill_counts(const Windows2d& g, float* counts) {
  const int64_t OH = g.h.outputs;
  const int64_t OW = g.w.outputs;
  bool exact = true;
  const auto count = [&](const Windows& axis, int64_t o) {
    if (g.divisor_override == 0) return g.counted(axis, o);
    return &axis == &g.h ? g.divisor_override : 1;
  };
  for (int64_t i = 0; i < OH + OW; ++i) {
    const int64_t counted = i < OH ? count(g.h, i) : count(g.w, i - OH);
    exact = exact && is_power(counted);
    counts[i] = static_cast<float>(counted);
  }
  for (int64_t i = 0; exact && i < OH + OW; ++i) counts[i] = 1.0F / counts[i];
  return exact;
}

const Algorithm kAvgPoolPlanes = {"planes",        supports, cost_forward,
                                  lay_out_forward, nullptr,  forward};
const Algorithm kAvgPoolBackwardPlanes = {"planes",         supports, cost_backward,
                                          lay_out_backward, nullptr,  backward};

}  // namespace conv4j
