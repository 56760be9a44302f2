// Poolings of small planes, forward and backward, with one plane in every lane
// (kernels/window_blocks.inl). A task takes as many planes as a vector has lanes, or several times
// as many. No two tasks write to the same element.
#include "algorithms/algorithms.h"
#include "algorithms/planes.h"

namespace conv4j {
namespace {

constexpr int64_t kFloatBytes = sizeof(float);
constexpr int64_t kMostPixels = 4096;  // of a plane: as many blocks are what the second cache holds
constexpr int64_t kMostTaps = 0xFF;

// The windows of max pooling, in the words of average pooling.
Windows2d windows_of(const Pool2d& g) {
  Windows2d windows = {};
  windows.n = g.n;
  windows.c = g.c;
  windows.h = {g.ih, g.oh, g.kh, g.sh, g.pt, g.pb};
  windows.w = {g.iw, g.ow, g.kw, g.sw, g.pl, g.pr};
  return windows;
}

PoolPlane plane_of(const Windows2d& g) {
  return {g.h.extent, g.w.extent, g.h.outputs, g.w.outputs, g.h.kernel,
          g.w.kernel, g.h.stride, g.w.stride,  g.h.begin,   g.w.begin};
}

bool is_small(int64_t height, int64_t width) {
  return height <= kMostPixels && width <= kMostPixels && height * width <= kMostPixels;
}
bool are_small(const Windows2d& g) {
  return is_small(g.h.extent, g.w.extent) && is_small(g.h.outputs, g.w.outputs) &&
         is_small(g.h.extent, g.w.outputs) && is_small(g.h.outputs, g.w.extent);
}

bool takes_max(const Plan& plan) {
  const Pool2d& g = plan.pool;
  return are_small(windows_of(g)) && g.dh == 1 && g.dw == 1 && g.kh <= kMostTaps &&
         g.kw <= kMostTaps && g.kh * g.kw <= kMostTaps;
}
bool takes_average(const Plan& plan) {
  return are_small(plan.windows) && counts_are_exact(plan.windows);
}

int64_t blocks_of(const Plan& plan, const Windows2d& g) {
  return ceil_divide(g.n * g.c, plan.kernels->lanes);
}

// Of one plane: turning its pixels over, some work for each pixel of its own, and that of all
// lanes, which the planes of a block share. The last block may have fewer planes than lanes.
double cost_of(const Plan& plan, const Windows2d& g, double pixels, double vectors) {
  const auto lanes = static_cast<double>(plan.kernels->lanes);
  const auto planes = static_cast<double>(g.n * g.c);
  if (planes == 0) return 0;
  const double turned = 0.77 * static_cast<double>(g.src_plane() + g.dst_plane());
  return (turned + pixels + 2.3 * vectors / lanes) * static_cast<double>(blocks_of(plan, g)) *
         lanes / planes;
}

// What is loaded along the rows, then down the columns.
double vectors_forward(const Windows2d& g) {
  return static_cast<double>(g.h.extent * g.w.outputs) * static_cast<double>(g.w.longest()) +
         static_cast<double>(g.dst_plane()) * static_cast<double>(g.h.longest());
}
double vectors_backward(const Windows2d& g) {
  const auto holding = [](const Windows& axis) {
    return 1 +
           static_cast<double>(axis.longest() * axis.outputs) / static_cast<double>(axis.extent);
  };
  return static_cast<double>(g.h.outputs * g.w.extent) * holding(g.w) +
         static_cast<double>(g.src_plane()) * holding(g.h);
}

double cost_max(const Plan& plan) {
  const Windows2d g = windows_of(plan.pool);
  return cost_of(plan, g, 0, vectors_forward(g));
}
double cost_max_backward(const Plan& plan) {
  const Windows2d g = windows_of(plan.pool);
  const auto inputs = static_cast<double>(g.src_plane());
  const auto outputs = static_cast<double>(g.dst_plane());
  const double taps = static_cast<double>(g.h.kernel) * static_cast<double>(g.w.kernel);
  return cost_of(plan, g, inputs + 0.3 * outputs, 2.2 * outputs * taps);
}
double cost_average(const Plan& plan) {
  const Windows2d& g = plan.windows;
  return cost_of(plan, g, 1.3 * static_cast<double>(g.dst_plane()), vectors_forward(g));
}
double cost_average_backward(const Plan& plan) {
  const Windows2d& g = plan.windows;
  return cost_of(plan, g, 0.3 * static_cast<double>(g.dst_plane()), vectors_backward(g));
}

// Fills a table of ranges, their begins, then their ends; gives the end of it.
template <typename RangeOf>
int64_t* fill_ranges(int64_t count, const RangeOf& range_of, int64_t* table) {
  for (int64_t i = 0; i < count; ++i) {
    const Range range = range_of(i);
    table[i] = range.begin;
    table[count + i] = range.end;
  }
  return table + 2 * count;
}
// The pixels inside each window of an axis, and the windows that hold each of its pixels.
int64_t* fill_windows(const Windows& axis, int64_t* table) {
  return fill_ranges(
      axis.outputs, [&](int64_t o) { return axis.inside(o); }, table);
}
int64_t* fill_pixels(const Windows& axis, int64_t* table) {
  return fill_ranges(
      axis.extent, [&](int64_t i) { return axis.holding(i); }, table);
}
int64_t* fill_first_taps(const Windows& axis, int64_t* table) {
  for (int64_t o = 0; o < axis.outputs; ++o) {
    table[o] = axis.inside(o).begin - (o * axis.stride - axis.begin);
  }
  return table + axis.outputs;
}

// Tasks, and the scratch of so many elements for each lane.
void lay_out_tasks(Plan* plan, const Windows2d& g, int64_t elements) {
  const int64_t lanes = plan->kernels->lanes;
  const int64_t pixels = g.src_plane() + g.dst_plane();
  deal_out_planes(blocks_of(*plan, g), 1, static_cast<double>(lanes * pixels), 1, &plan->blocking);
  plan->workspace_per_thread = align_up(elements * lanes * kFloatBytes, kAlignment);
}

int64_t larger_plane(const Windows2d& g) {
  return g.src_plane() > g.dst_plane() ? g.src_plane() : g.dst_plane();
}

// f(first plane, planes, slot) for every block.
template <typename Function>
void for_each_block(const Plan& plan, const Windows2d& g, int64_t threads, const Function& f) {
  const int64_t lanes = plan.kernels->lanes;
  const int64_t planes = g.n * g.c;
  const auto visit = [&](int64_t block, int64_t blocks, int64_t, int64_t, int64_t slot) {
    for (int64_t i = block; i < block + blocks; ++i) {
      const int64_t rest = planes - i * lanes;
      f(i * lanes, rest < lanes ? rest : lanes, slot);
    }
  };
  for_each_strip(plan.blocking, blocks_of(plan, g), 1, threads, visit);
}

// ------------------------------------------------------------------ maximum

conv4j_status lay_out_max(Plan* plan) {
  const Windows2d g = windows_of(plan->pool);
  plan->tap_size = 1;
  int64_t* table = allocate_offsets(plan, 3 * (g.h.outputs + g.w.outputs));
  if (table == nullptr) return CONV4J_OUT_OF_MEMORY;
  table = fill_first_taps(g.h, fill_windows(g.h, table));
  fill_first_taps(g.w, fill_windows(g.w, table));
  const int64_t rows = g.h.extent * g.w.outputs;
  const int64_t taps = ceil_divide(rows + g.dst_plane(), kFloatBytes);
  lay_out_tasks(plan, g, larger_plane(g) + rows + taps);
  return CONV4J_OK;
}

void max_forward(const Plan& plan, const Execution& run) {
  const Windows2d g = windows_of(plan.pool);
  const auto visit = [&](int64_t plane, int64_t planes, int64_t slot) {
    MaxBlock block = {};
    block.pool = {plane_of(g),
                  planes,
                  plan.offsets,
                  plan.offsets + 3 * g.h.outputs,
                  run.src + plane * g.src_plane(),
                  run.dst + plane * g.dst_plane(),
                  scratch_of(plan, run, slot)};
    if (run.offsets != nullptr) {
      block.offsets = static_cast<uint8_t*>(run.offsets) + plane * g.dst_plane();
    }
    block.least = plan.takes_least;
    plan.kernels->max_block_f32(block);
  };
  for_each_block(plan, g, run.threads, visit);
}

conv4j_status lay_out_max_backward(Plan* plan) {
  const Windows2d g = windows_of(plan->pool);
  plan->tap_size = 1;
  int64_t* table = allocate_offsets(plan, 2 * (g.h.extent + g.w.extent));
  if (table == nullptr) return CONV4J_OUT_OF_MEMORY;
  fill_pixels(g.w, fill_pixels(g.h, table));
  lay_out_tasks(plan, g, g.src_plane() + 2 * g.dst_plane());
  return CONV4J_OK;
}

void max_backward(const Plan& plan, const Execution& run) {
  const Windows2d g = windows_of(plan.pool);
  const auto visit = [&](int64_t plane, int64_t planes, int64_t slot) {
    const int64_t from = plane * g.dst_plane();
    MaxGradientBlock block = {};
    block.pool = {plane_of(g),
                  planes,
                  plan.offsets,
                  plan.offsets + 2 * g.h.extent,
                  run.diff_dst + from,
                  run.diff_src + plane * g.src_plane(),
                  scratch_of(plan, run, slot)};
    block.offsets = static_cast<const uint8_t*>(run.offsets) + from;
    block.readable = g.dst_elements() - from;
    plan.kernels->max_gradient_block_f32(block);
  };
  for_each_block(plan, g, run.threads, visit);
}

// ------------------------------------------------------------------ average

// Behind the tables of windows, or of pixels, what the rows and the columns of the windows count.
const float* counts_of(const Plan& plan, int64_t rows, int64_t columns) {
  return reinterpret_cast<const float*>(plan.offsets + 2 * (rows + columns));
}

conv4j_status lay_out_average(Plan* plan, bool gradient) {
  const Windows2d& g = plan->windows;
  const int64_t table = gradient ? 2 * (g.h.extent + g.w.extent) : 2 * (g.h.outputs + g.w.outputs);
  int64_t* memory = allocate_offsets(plan, table + ceil_divide(g.h.outputs + g.w.outputs, 2));
  if (memory == nullptr) return CONV4J_OUT_OF_MEMORY;
  int64_t* columns = gradient ? fill_pixels(g.h, memory) : fill_windows(g.h, memory);
  int64_t* end = gradient ? fill_pixels(g.w, columns) : fill_windows(g.w, columns);
  plan->blocking.reciprocal = fill_counts(g, reinterpret_cast<float*>(end));
  const int64_t rows = gradient ? g.h.outputs * g.w.extent : g.h.extent * g.w.outputs;
  lay_out_tasks(plan, g, larger_plane(g) + rows);
  return CONV4J_OK;
}
conv4j_status lay_out_average_forward(Plan* plan) { return lay_out_average(plan, false); }
conv4j_status lay_out_average_backward(Plan* plan) { return lay_out_average(plan, true); }

void average(const Plan& plan, const float* from, float* to, bool gradient, const Execution& run) {
  const Windows2d& g = plan.windows;
  const int64_t rows = gradient ? g.h.extent : g.h.outputs;
  const int64_t columns = gradient ? g.w.extent : g.w.outputs;
  const auto visit = [&](int64_t plane, int64_t planes, int64_t slot) {
    AverageBlock block = {};
    block.pool = {plane_of(g),
                  planes,
                  plan.offsets,
                  plan.offsets + 2 * rows,
                  from + plane * (gradient ? g.dst_plane() : g.src_plane()),
                  to + plane * (gradient ? g.src_plane() : g.dst_plane()),
                  scratch_of(plan, run, slot)};
    block.row_counts = counts_of(plan, rows, columns);
    block.column_counts = block.row_counts + g.h.outputs;
    block.reciprocal = plan.blocking.reciprocal;
    block.gradient = gradient;
    plan.kernels->average_block_f32(block);
  };
  for_each_block(plan, g, run.threads, visit);
}
void average_forward(const Plan& plan, const Execution& run) {
  average(plan, run.src, run.dst, false, run);
}
void average_backward(const Plan& plan, const Execution& run) {
  average(plan, run.diff_dst, run.diff_src, true, run);
}

}  // namespace

const Algorithm kMaxPoolBlocks = {"blocks", takes_max, cost_max, lay_out_max, nullptr, max_forward};
const Algorithm kMaxPoolBackwardBlocks = {
    "blocks", takes_max, cost_max_backward, lay_out_max_backward, nullptr, max_backward};
const Algorithm kAvgPoolBlocks = {"blocks", takes_average,  cost_average, lay_out_average_forward,
                                  nullptr,  average_forward};
const Algorithm kAvgPoolBackwardBlocks = {
    "blocks", takes_average,   cost_average_backward, lay_out_average_backward,
    nullptr,  average_backward};

}  // namespace conv4j
