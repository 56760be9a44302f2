// Max pooling, and min pooling in the same way: separable forward, gathering backward.
//
// Forward, a task computes a strip of output rows of one plane: first the maximum along each input
// row (split by phase, so that every tap is a plain load), then down the columns of those results,
// each of which serves every window that contains its row. Windows in which no tap has won, for all
// of them are -infinity (min: infinity) or outside, get their first tap inside the image
// afterwards. Backward, a task computes a strip of input rows: each row gathers, phase by phase,
// from the windows that chose it; every element is written once, and no two tasks write to the same
// one.
#include <cstring>

#include "algorithms/algorithms.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kStripElements = 16 << 10;  // of dst (forward) or diff_src (backward)

// Blocking: strips as in the convolutions; phase_length and row_elements of a split row.
int64_t pooled_phase_length(const Pool2d& g) { return g.ow + (g.kw - 1) * g.dw / g.sw + 1; }

int64_t in_rows(const Pool2d& g, int64_t out_rows) {
  return (out_rows - 1) * g.sh + g.dh * (g.kh - 1) + 1;
}

int64_t smallest_tap_size(const Pool2d& g) {
  const int64_t taps = g.kh * g.kw;
  return taps <= 0xFF ? 1 : taps <= 0xFFFF ? 2 : 4;
}

bool supports(const Plan&) { return true; }

// Several times what the algorithms for dense windows take.
double cost(const Plan& plan) {
  const Pool2d& g = plan.pool;
  return 4 * static_cast<double>(g.ih) * static_cast<double>(g.iw + g.ow) *
         static_cast<double>(g.kw + g.kh);
}

// Whether a split row and so many rows of results can be counted in bytes; strides and dilations
// may be as large as an int64_t.
bool can_be_counted(const Pool2d& g, int64_t result_rows) {
  constexpr double kMost = 1e15;
  return static_cast<double>(g.sw) * static_cast<double>(pooled_phase_length(g)) < kMost &&
         static_cast<double>(result_rows) * static_cast<double>(g.ow) < kMost;
}

conv4j_status lay_out_forward(Plan* plan) {
  const Pool2d& g = plan->pool;
  Blocking& b = plan->blocking;
  plan->tap_size = smallest_tap_size(g);
  b.strip_rows = ceil_divide(kStripElements, g.ow);
  if (b.strip_rows > g.oh) b.strip_rows = g.oh;
  b.strips = ceil_divide(g.oh, b.strip_rows);
  b.strip_in_rows = in_rows(g, b.strip_rows);
  if (b.strip_in_rows > g.ih) b.strip_in_rows = g.ih;  // only rows of the image are kept
  if (!can_be_counted(g, 2 * b.strip_in_rows + 1)) return CONV4J_OUT_OF_MEMORY;
  b.phase_length = pooled_phase_length(g);
  b.row_elements = g.sw * b.phase_length;
  b.distance = align_up(g.ow, plan->kernels->lanes);
  int64_t* offsets = allocate_offsets(plan, g.kw);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t kw = 0; kw < g.kw; ++kw) {
    const int64_t column = kw * g.dw;
    offsets[kw] = column % g.sw * b.phase_length + column / g.sw;
  }
  // One split row; value and tap of every row of a strip; the taps of one output row.
  plan->workspace_per_thread = align_up((b.row_elements + (2 * b.strip_in_rows + 1) * b.distance) *
                                            static_cast<int64_t>(sizeof(float)),
                                        kAlignment);
  return CONV4J_OK;
}

// The first tap of window (oh, ow) inside the image, -1 if there is none.
int32_t first_tap_inside(const Pool2d& g, int64_t oh, int64_t ow) {
  const auto first = [](int64_t start, int64_t dilation, int64_t taps, int64_t extent) {
    const int64_t k = start < 0 ? (-start + dilation - 1) / dilation : 0;
    return k < taps && start + k * dilation < extent ? k : -1;
  };
  const int64_t kh = first(oh * g.sh - g.pt, g.dh, g.kh, g.ih);
  const int64_t kw = first(ow * g.sw - g.pl, g.dw, g.kw, g.iw);
  return kh < 0 || kw < 0 ? -1 : static_cast<int32_t>(kh * g.kw + kw);
}

void forward(const Plan& plan, const Execution& run) {
  const Pool2d& g = plan.pool;
  const Blocking& b = plan.blocking;
  const bool with_taps = run.offsets != nullptr;
  parallel_for(g.n * g.c * b.strips, run.threads, [&](int64_t index, int64_t slot) {
    const int64_t plane = index / b.strips;
    const int64_t first = index % b.strips * b.strip_rows;
    const int64_t end = first + b.strip_rows < g.oh ? first + b.strip_rows : g.oh;
    const float* src = run.src + plane * g.ih * g.iw;
    float* dst = run.dst + plane * g.oh * g.ow;
    char* offsets = static_cast<char*>(run.offsets);
    float* split = scratch_of(plan, run, slot);
    float* values = split + b.row_elements;
    int32_t* taps = reinterpret_cast<int32_t*>(values + b.strip_in_rows * b.distance);
    int32_t* chosen = taps + b.strip_in_rows * b.distance;

    const int64_t start_row = first * g.sh - g.pt;
    const int64_t top = start_row > 0 ? start_row : 0;
    const int64_t until = start_row + in_rows(g, end - first);
    const int64_t bottom = until < g.ih ? until : g.ih;
    for (int64_t ih = top; ih < bottom; ++ih) {
      const int64_t r = ih - top;
      const SplitRow row = {src + ih * g.iw,
                            g.iw,
                            g.pl,
                            g.sw,
                            b.phase_length,
                            plan.takes_least ? __builtin_inff() : -__builtin_inff(),
                            split};
      plan.kernels->split_row_f32(row);
      const MaxRow along = {split,
                            plan.offsets,
                            g.kw,
                            g.ow,
                            values + r * b.distance,
                            with_taps ? taps + r * b.distance : nullptr,
                            plan.takes_least};
      plan.kernels->max_row_f32(along);
    }
    for (int64_t oh = first; oh < end; ++oh) {
      // Rows kh of the window inside the image are consecutive.
      const int64_t start = oh * g.sh - g.pt;
      int64_t kh = start < 0 ? (-start + g.dh - 1) / g.dh : 0;
      if (kh > g.kh) kh = g.kh;
      int64_t kh_end = g.ih - start > 0 ? (g.ih - start + g.dh - 1) / g.dh : 0;
      if (kh_end > g.kh) kh_end = g.kh;
      if (kh_end < kh) kh_end = kh;
      const int64_t r = kh_end > kh ? start + kh * g.dh - top : 0;
      MaxColumn down = {};
      down.values = values + r * b.distance;
      down.taps = taps + r * b.distance;
      down.row_distance = g.dh * b.distance;
      down.rows = kh_end - kh;
      down.first_tap = static_cast<int32_t>(kh * g.kw);
      down.tap_step = static_cast<int32_t>(g.kw);
      down.columns = g.ow;
      down.dst = dst + oh * g.ow;
      down.tap = with_taps ? chosen : nullptr;
      down.least = plan.takes_least;
      const bool complete = plan.kernels->max_column_f32(down) != 0;
      if (!with_taps) continue;
      if (!complete) {
        for (int64_t ow = 0; ow < g.ow; ++ow) {
          if (chosen[ow] < 0) chosen[ow] = first_tap_inside(g, oh, ow);
        }
      }
      plan.kernels->narrow_taps(chosen, g.ow, plan.tap_size,
                                offsets + (plane * g.oh + oh) * g.ow * plan.tap_size);
    }
  });
}

conv4j_status lay_out_backward(Plan* plan) {
  const Pool2d& g = plan->pool;
  Blocking& b = plan->blocking;
  plan->tap_size = smallest_tap_size(g);
  b.strip_rows = ceil_divide(kStripElements, g.iw);
  if (b.strip_rows > g.ih) b.strip_rows = g.ih;
  b.strips = ceil_divide(g.ih, b.strip_rows);
  if (!can_be_counted(g, 1)) return CONV4J_OUT_OF_MEMORY;
  b.phase_length = pooled_phase_length(g);
  b.row_elements = g.sw * b.phase_length;
  b.distance = align_up(g.ow, plan->kernels->lanes);
  plan->workspace_per_thread =
      align_up((b.row_elements + b.distance) * static_cast<int64_t>(sizeof(float)), kAlignment);
  return CONV4J_OK;
}

void backward(const Plan& plan, const Execution& run) {
  const Pool2d& g = plan.pool;
  const Blocking& b = plan.blocking;
  parallel_for(g.n * g.c * b.strips, run.threads, [&](int64_t index, int64_t slot) {
    const int64_t plane = index / b.strips;
    const int64_t first = index % b.strips * b.strip_rows;
    const int64_t end = first + b.strip_rows < g.ih ? first + b.strip_rows : g.ih;
    const float* diff_dst = run.diff_dst + plane * g.oh * g.ow;
    const char* offsets =
        static_cast<const char*>(run.offsets) + plane * g.oh * g.ow * plan.tap_size;
    float* diff_src = run.diff_src + plane * g.ih * g.iw;
    float* phases = scratch_of(plan, run, slot);
    int32_t* taps = reinterpret_cast<int32_t*>(phases + b.row_elements);
    for (int64_t ih = first; ih < end; ++ih) {
      std::memset(phases, 0, static_cast<size_t>(b.row_elements) * sizeof(float));
      for (int64_t kh = 0; kh < g.kh; ++kh) {
        const int64_t from_top = ih + g.pt - kh * g.dh;
        if (from_top < 0 || from_top % g.sh != 0 || from_top / g.sh >= g.oh) continue;
        const int64_t row = from_top / g.sh * g.ow;
        plan.kernels->widen_taps(offsets + row * plan.tap_size, g.ow, plan.tap_size, taps);
        for (int64_t kw = 0; kw < g.kw; ++kw) {
          const int64_t column = kw * g.dw;
          float* to = phases + column % g.sw * b.phase_length + column / g.sw;
          plan.kernels->add_where_f32(taps, static_cast<int32_t>(kh * g.kw + kw), diff_dst + row,
                                      to, g.ow);
        }
      }
      plan.kernels->merge_row_f32(phases, g.iw, g.pl, g.sw, b.phase_length, diff_src + ih * g.iw);
    }
  });
}

}  // namespace

const Algorithm kMaxPoolSeparable = {"separable",     supports, cost,
                                     lay_out_forward, nullptr,  forward};
const Algorithm kMaxPoolGather = {"gather", supports, cost, lay_out_backward, nullptr, backward};

}  // namespace conv4j
