// Adaptive max pooling: a task computes a strip of output rows of one plane. Each row of a window
// is searched along its columns, then the best of these rows is taken, in row-major order
// throughout. Rows hold the column that won, so that row number * IW + column is the index. A
// window of nothing but -infinity, in which no pixel has won, gets its first pixel.
#include "algorithms/algorithms.h"
#include "algorithms/staging.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kStripElements = 16 << 10;  // of src
constexpr double kMostElements = 1e12;        // no memory holds more a thread

bool supports(const Plan&) { return true; }
double cost(const Plan&) { return 0; }

conv4j_status lay_out(Plan* plan) {
  const Windows2d& g = plan->windows;
  Blocking& b = plan->blocking;
  b.strip_rows = ceil_divide(kStripElements, g.w.extent * g.h.longest());
  if (b.strip_rows > g.h.outputs) b.strip_rows = g.h.outputs;
  b.strips = ceil_divide(g.h.outputs, b.strip_rows);
  b.strip_in_rows = g.h.longest();
  b.distance = align_up(g.w.outputs, plan->kernels->lanes);
  if (static_cast<double>(b.strip_in_rows) * static_cast<double>(b.distance) > kMostElements) {
    return CONV4J_OUT_OF_MEMORY;
  }
  int64_t* begins = allocate_offsets(plan, 2 * g.w.outputs);
  if (begins == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t ow = 0; ow < g.w.outputs; ++ow) {
    const Range columns = g.w.inside(ow);
    begins[ow] = columns.begin;
    begins[g.w.outputs + ow] = columns.end;
  }
  // Value and column of every row of a window; the pixel that won in each window of a row.
  plan->workspace_per_thread = align_up(
      (2 * b.strip_in_rows + 1) * b.distance * static_cast<int64_t>(sizeof(float)), kAlignment);
  return CONV4J_OK;
}

void forward(const Plan& plan, const Execution& run) {
  const Windows2d& g = plan.windows;
  const Blocking& b = plan.blocking;
  const int64_t IW = g.w.extent;
  const int64_t OW = g.w.outputs;
  const int64_t* begins = plan.offsets;
  const bool indexed = run.indices != nullptr;
  parallel_for(g.n * g.c * b.strips, run.threads, [&](int64_t index, int64_t slot) {
    const int64_t plane = index / b.strips;
    const int64_t first = index % b.strips * b.strip_rows;
    const int64_t end = first + b.strip_rows < g.h.outputs ? first + b.strip_rows : g.h.outputs;
    const float* src = run.src + plane * g.src_plane();
    float* values = scratch_of(plan, run, slot);
    int32_t* columns = reinterpret_cast<int32_t*>(values + b.strip_in_rows * b.distance);
    int32_t* chosen = columns + b.strip_in_rows * b.distance;
    for (int64_t oh = first; oh < end; ++oh) {
      const Range rows = g.h.inside(oh);
      for (int64_t r = 0; r < rows.size(); ++r) {
        const Ranges along = {src + (rows.begin + r) * IW, begins, begins + OW, OW};
        plan.kernels->range_max_f32(along, values + r * b.distance,
                                    indexed ? columns + r * b.distance : nullptr);
      }
      const int64_t to = plane * g.dst_plane() + oh * OW;
      MaxColumn down = {};
      down.values = values;
      down.taps = columns;
      down.row_distance = b.distance;
      down.rows = rows.size();
      down.first_tap = static_cast<int32_t>(rows.begin * IW);
      down.tap_step = static_cast<int32_t>(IW);
      down.columns = OW;
      down.dst = run.dst + to;
      down.tap = indexed ? chosen : nullptr;
      plan.kernels->max_column_f32(down);
      for (int64_t ow = 0; indexed && ow < OW; ++ow) {
        run.indices[position(plan, plan.dst_images, to + ow)] =
            chosen[ow] < 0 ? rows.begin * IW + begins[ow] : chosen[ow];
      }
    }
  });
}

}  // namespace

const Algorithm kAdaptiveMaxPoolRanges = {"ranges", supports, cost, lay_out, nullptr, forward};

}  // namespace conv4j
