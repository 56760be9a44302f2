// Average pooling at a fixed stride and adaptive: sums down the columns first, then along the row.
//
// Forward, a task computes a strip of output rows of one plane: the rows of a window are added up
// whole, and the sums along that one row follow, either from its split by phase (`sliding`, every
// tap a plain load) or window by window (`ranges`, for adaptive windows and very wide ones).
// Backward, a task computes a strip of input rows: the divided gradients of the windows that hold
// the row are added up, then spread along it by the same two ways. Rows held by the same windows
// are equal and are copied. Every element is written once; no two tasks write to the same one.
#include <cstring>

#include "algorithms/algorithms.h"
#include "algorithms/planes.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kStripElements = 16 << 10;  // of src (forward) or diff_src (backward)
constexpr int64_t kFloatBytes = sizeof(float);
constexpr int64_t kMostColumns = int64_t{1} << 40U;  // no memory holds tables of more

// plan.offsets: what the columns of the windows count [OW], then the algorithm's own tables.
int64_t* allocate_tables(Plan* plan, int64_t own) {
  const Windows2d& g = plan->windows;
  if (g.w.outputs > kMostColumns || own > 2 * kMostColumns) return nullptr;
  int64_t* tables = allocate_offsets(plan, g.w.outputs + own);
  for (int64_t ow = 0; tables != nullptr && ow < g.w.outputs; ++ow) {
    tables[ow] = g.counted(g.w, ow);
  }
  return tables == nullptr ? nullptr : tables + g.w.outputs;
}

// The divisors of one row of windows, kept while the next row has the same.
class Divisors {
 public:
  Divisors(const Plan& plan, float* row) : plan_(plan), row_(row) {}

  const float* of_row(int64_t oh) {
    const Windows2d& g = plan_.windows;
    const int64_t rows = g.divisor_override != 0 ? 1 : g.counted(g.h, oh);
    if (rows == rows_) return row_;
    rows_ = rows;
    for (int64_t ow = 0; ow < g.w.outputs; ++ow) {
      const int64_t divisor = g.divisor_override != 0 ? g.divisor_override : rows * columns(ow);
      row_[ow] = static_cast<float>(divisor);
    }
    return row_;
  }

 private:
  int64_t columns(int64_t ow) const { return plan_.offsets[ow]; }

  const Plan& plan_;
  float* row_;
  int64_t rows_ = 0;
};

void set_strips(int64_t rows, int64_t row_elements, Blocking* b) {
  b->strip_rows = ceil_divide(kStripElements, row_elements);
  if (b->strip_rows > rows) b->strip_rows = rows;
  b->strips = ceil_divide(rows, b->strip_rows);
}

// A split row that has a place for every tap of every window and for every pixel.
void set_phases(const Windows& w, Blocking* b) {
  b->phase_length = w.outputs + (w.kernel - 1) / w.stride + 1;
  const int64_t covering = ceil_divide(w.begin + w.extent, w.stride);
  if (b->phase_length < covering) b->phase_length = covering;
  b->row_elements = w.stride * b->phase_length;
}

// Where tap kw of the first window stands in a split row.
int64_t phase_offset(const Plan& plan, int64_t kw) {
  const int64_t stride = plan.windows.w.stride;
  return kw % stride * plan.blocking.phase_length + kw / stride;
}

bool takes_sliding(const Plan& plan) {
  const Windows& w = plan.windows.w;
  return !w.adaptive() && w.extent <= kMostColumns && w.stride <= w.begin + w.extent;
}
bool takes_all(const Plan&) { return true; }

// Vector operations along one row, both ways, and those of adding up the rows before it. What is
// stored row by row is loaded again at once, at other offsets: on a Zen 5 that takes 2.5 times as
// long as its operations forward, and 5 times backward.
double cost_of_rows(const Plan& plan, double along) {
  const Windows2d& g = plan.windows;
  const bool forward = plan.options.direction == CONV4J_FORWARD;
  const double down =
      vectors_of(g.w.extent, plan.kernels->lanes) * static_cast<double>(g.h.longest());
  const auto rows = static_cast<double>(forward ? g.h.outputs : g.h.extent);
  return 2 * kPlaneCost + (forward ? 2.5 : 5) * rows * (2 * down + 4 * along);
}
double cost_sliding(const Plan& plan) {
  const Windows& w = plan.windows.w;
  const auto lanes = static_cast<double>(plan.kernels->lanes);
  const double split = w.stride == 1 ? 0 : static_cast<double>(w.extent);
  return cost_of_rows(
      plan, split + static_cast<double>(w.kernel) * (static_cast<double>(w.outputs) / lanes + 1));
}
double cost_ranges(const Plan& plan) {
  const Windows& w = plan.windows.w;
  const auto lanes = static_cast<double>(plan.kernels->lanes);
  const auto longest = static_cast<double>(w.longest());
  return cost_of_rows(plan, static_cast<double>(w.outputs) *
                                (8 + longest / lanes + (longest < lanes ? longest : 0)));
}

// ------------------------------------------------------------------ forward

conv4j_status lay_out_forward(Plan* plan) {
  const Windows2d& g = plan->windows;
  Blocking& b = plan->blocking;
  if (g.w.extent > kMostColumns) return CONV4J_OUT_OF_MEMORY;
  set_strips(g.h.outputs, g.w.extent * g.h.longest(), &b);
  b.distance = align_up(g.w.extent, plan->kernels->lanes);
  plan->workspace_per_thread =
      align_up((b.distance + b.row_elements + g.w.outputs) * kFloatBytes, kAlignment);
  return CONV4J_OK;
}

conv4j_status lay_out_sliding(Plan* plan) {
  const Windows& w = plan->windows.w;
  set_phases(w, &plan->blocking);
  int64_t* offsets = allocate_tables(plan, w.kernel);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t kw = 0; kw < w.kernel; ++kw) offsets[kw] = phase_offset(*plan, kw);
  return lay_out_forward(plan);
}

conv4j_status lay_out_ranges(Plan* plan) {
  const Windows& w = plan->windows.w;
  int64_t* begins = allocate_tables(plan, 2 * w.outputs);
  if (begins == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t ow = 0; ow < w.outputs; ++ow) {
    const Range columns = w.inside(ow);
    begins[ow] = columns.begin;
    begins[w.outputs + ow] = columns.end;
  }
  return lay_out_forward(plan);
}

template <bool kSliding>
void forward(const Plan& plan, const Execution& run) {
  const Windows2d& g = plan.windows;
  const Blocking& b = plan.blocking;
  const int64_t IW = g.w.extent;
  const int64_t OW = g.w.outputs;
  parallel_for(g.n * g.c * b.strips, run.threads, [&](int64_t index, int64_t slot) {
    const int64_t plane = index / b.strips;
    const int64_t first = index % b.strips * b.strip_rows;
    const int64_t end = first + b.strip_rows < g.h.outputs ? first + b.strip_rows : g.h.outputs;
    const float* src = run.src + plane * g.src_plane();
    float* dst = run.dst + plane * g.dst_plane();
    float* sums = scratch_of(plan, run, slot);
    float* phases = sums + b.distance;
    Divisors divisors(plan, phases + b.row_elements);
    const int64_t* tables = plan.offsets + OW;
    // At stride 1 a split row is the row itself between its padding.
    const bool in_place = kSliding && g.w.stride == 1;
    if (in_place) {
      std::memset(phases, 0, static_cast<size_t>(b.row_elements) * sizeof(float));
      sums = phases + g.w.begin;
    }
    for (int64_t oh = first; oh < end; ++oh) {
      const Range rows = g.h.inside(oh);
      const float* divisor = divisors.of_row(oh);
      float* out = dst + oh * OW;
      plan.kernels->sum_rows_f32(src + rows.begin * IW, IW, rows.size(), IW, sums);
      if (kSliding) {
        if (!in_place) {
          plan.kernels->split_row_f32(
              {sums, IW, g.w.begin, g.w.stride, b.phase_length, 0.0F, phases});
        }
        plan.kernels->average_row_f32({phases, tables, g.w.kernel, OW, divisor, out});
      } else {
        plan.kernels->range_sums_f32({sums, tables, tables + OW, OW}, divisor, out);
      }
    }
  });
}

// ----------------------------------------------------------------- backward

conv4j_status lay_out_backward(Plan* plan) {
  const Windows2d& g = plan->windows;
  Blocking& b = plan->blocking;
  set_strips(g.h.extent, g.w.extent, &b);
  b.distance = align_up(g.w.outputs, plan->kernels->lanes);
  plan->workspace_per_thread =
      align_up((b.distance + b.row_elements + g.w.outputs) * kFloatBytes, kAlignment);
  return CONV4J_OK;
}

conv4j_status lay_out_backward_sliding(Plan* plan) {
  set_phases(plan->windows.w, &plan->blocking);
  if (allocate_tables(plan, 0) == nullptr) return CONV4J_OUT_OF_MEMORY;
  return lay_out_backward(plan);
}

conv4j_status lay_out_backward_ranges(Plan* plan) {
  const Windows& w = plan->windows.w;
  int64_t* begins = allocate_tables(plan, 2 * w.extent);
  if (begins == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t iw = 0; iw < w.extent; ++iw) {
    const Range windows = w.holding(iw);
    begins[iw] = windows.begin;
    begins[w.extent + iw] = windows.end;
  }
  return lay_out_backward(plan);
}

template <bool kSliding>
void backward(const Plan& plan, const Execution& run) {
  const Windows2d& g = plan.windows;
  const Blocking& b = plan.blocking;
  const int64_t IW = g.w.extent;
  const int64_t OW = g.w.outputs;
  const size_t row_bytes = static_cast<size_t>(IW) * sizeof(float);
  parallel_for(g.n * g.c * b.strips, run.threads, [&](int64_t index, int64_t slot) {
    const int64_t plane = index / b.strips;
    const int64_t first = index % b.strips * b.strip_rows;
    const int64_t end = first + b.strip_rows < g.h.extent ? first + b.strip_rows : g.h.extent;
    const float* diff_dst = run.diff_dst + plane * g.dst_plane();
    float* diff_src = run.diff_src + plane * g.src_plane();
    float* quotients = scratch_of(plan, run, slot);
    float* phases = quotients + b.distance;
    Divisors divisors(plan, phases + b.row_elements);
    const int64_t* begins = plan.offsets + OW;
    Range before = {-1, -1};
    for (int64_t ih = first; ih < end; ++ih) {
      const Range windows = g.h.holding(ih);
      float* out = diff_src + ih * IW;
      if (windows.begin == before.begin && windows.end == before.end) {
        std::memcpy(out, out - IW, row_bytes);
        continue;
      }
      before = windows;
      std::memset(quotients, 0, static_cast<size_t>(OW) * sizeof(float));
      for (int64_t oh = windows.begin; oh < windows.end; ++oh) {
        plan.kernels->add_quotients_f32(diff_dst + oh * OW, divisors.of_row(oh), quotients, OW);
      }
      if (kSliding) {
        std::memset(phases, 0, static_cast<size_t>(b.row_elements) * sizeof(float));
        for (int64_t kw = 0; kw < g.w.kernel; ++kw) {
          plan.kernels->axpy_f32(1.0F, quotients, 1, phases + phase_offset(plan, kw), 1, OW);
        }
        plan.kernels->merge_row_f32(phases, IW, g.w.begin, g.w.stride, b.phase_length, out);
      } else {
        plan.kernels->range_sums_f32({quotients, begins, begins + IW, IW}, nullptr, out);
      }
    }
  });
}

}  // namespace

const Algorithm kAvgPoolSliding = {"sliding",       takes_sliding, cost_sliding,
                                   lay_out_sliding, nullptr,       forward<true>};
const Algorithm kAvgPoolRanges = {"ranges",       takes_all, cost_ranges,
                                  lay_out_ranges, nullptr,   forward<false>};
const Algorithm kAvgPoolBackwardSliding = {
    "sliding", takes_sliding, cost_sliding, lay_out_backward_sliding, nullptr, backward<true>};
const Algorithm kAvgPoolBackwardRanges = {
    "ranges", takes_all, cost_ranges, lay_out_backward_ranges, nullptr, backward<false>};

}  // namespace conv4j
