// im2col and im2col_openblas, backward weights: diff_weights += diff_dst * columns^T.
//
// A task owns the gradients of a chunk of taps (ic, kh, kw), by all output channels of one group,
// and goes through images and segments of pixels in order. The windows of a segment are laid out as
// columns [taps][segment], which the dot kernel (or OpenBLAS, transposing) multiplies by rows of
// diff_dst as they lie. A segment runs on over the ends of rows, which suits narrow maps.
#include <cstring>

#include "algorithms/algorithms.h"
#include "algorithms/columns.h"
#include "gemm/openblas.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kMostSegment = 1024;  // pixels; sums of that length lose little

bool supports(const Plan&) { return true; }

bool supports_openblas(const Plan& plan) {
  const Conv2d& g = plan.conv;
  return openblas::available() && g.dst_plane < INT32_MAX && g.taps < INT32_MAX &&
         g.ocg < INT32_MAX;
}

conv4j_status lay_out(Plan* plan) {
  const Conv2d& g = plan->conv;
  plan->problem = g;
  Blocking& b = plan->blocking;
  b.segments = ceil_divide(g.dst_plane, kMostSegment);
  b.segment = align_up(ceil_divide(g.dst_plane, b.segments), plan->kernels->lanes);
  b.segments = ceil_divide(g.dst_plane, b.segment);
  b.distance = b.segment;
  const int64_t column_bytes = b.distance * static_cast<int64_t>(sizeof(float));
  int64_t taps = caches().l2 / 4 / column_bytes;
  const int64_t shared = ceil_divide(g.taps, ceil_divide(wanted_tasks(g.multiply_adds()), g.g));
  if (taps > shared) taps = shared;
  const int64_t tile = plan->kernels->dot_tile;
  taps = align_up(taps < 1 ? 1 : taps, tile);
  b.in_chunk = taps < g.taps ? taps : g.taps;
  b.in_chunks = ceil_divide(g.taps, b.in_chunk);
  plan->multiplies_padding = g.padded();
  plan->workspace_per_thread = align_up(b.in_chunk * column_bytes, kAlignment);
  return CONV4J_OK;
}

conv4j_status lay_out_own(Plan* plan) {
  lay_out(plan);
  int64_t* offsets = allocate_offsets(plan, plan->blocking.in_chunk);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t t = 0; t < plan->blocking.in_chunk; ++t) offsets[t] = t * plan->blocking.distance;
  return CONV4J_OK;
}

template <typename Multiply>
void execute(const Plan& plan, const Execution& run, Multiply&& multiply) {
  const Conv2d& g = plan.conv;
  const Blocking& b = plan.blocking;
  parallel_for(g.g * b.in_chunks, run.threads, [&](int64_t index, int64_t slot) {
    const int64_t group = index / b.in_chunks;
    const int64_t tap = index % b.in_chunks * b.in_chunk;
    const int64_t end = tap + b.in_chunk < g.taps ? tap + b.in_chunk : g.taps;
    float* columns = scratch_of(plan, run, slot);
    float* gradients = run.diff_weights + group * g.ocg * g.taps + tap;
    for (int64_t m = 0; m < g.ocg; ++m) {
      std::memset(gradients + m * g.taps, 0, static_cast<size_t>(end - tap) * sizeof(float));
    }
    for (int64_t n = 0; n < g.n; ++n) {
      const int64_t image = n * g.g + group;
      for (int64_t first = 0; first < g.dst_plane; first += b.segment) {
        const int64_t until = first + b.segment < g.dst_plane ? first + b.segment : g.dst_plane;
        gather_columns(g, run.src + image * g.icg * g.src_plane, tap, end, first, until, columns,
                       b.distance);
        multiply(run.diff_dst + image * g.ocg * g.dst_plane + first, until - first, columns,
                 end - tap, gradients);
      }
    }
  });
  sum_bias(plan, run);
}

void execute_own(const Plan& plan, const Execution& run) {
  execute(
      plan, run,
      [&](const float* diff, int64_t pixels, const float* columns, int64_t taps, float* gradients) {
        const Conv2d& g = plan.conv;
        Dot dot = {};
        dot.a = diff;
        dot.a_m = g.dst_plane;
        dot.m = g.ocg;
        dot.b = columns;
        dot.offsets = plan.offsets;
        dot.j = taps;
        dot.c = gradients;
        dot.c_m = g.taps;
        dot.rows = 1;
        dot.columns = pixels;
        plan.kernels->dot_f32(dot);
      });
}

void execute_openblas(const Plan& plan, const Execution& run) {
  execute(
      plan, run,
      [&](const float* diff, int64_t pixels, const float* columns, int64_t taps, float* gradients) {
        const Conv2d& g = plan.conv;
        openblas::product(openblas::kNo, openblas::kYes, g.ocg, taps, pixels, diff, g.dst_plane,
                          columns, plan.blocking.distance, 1.0F, gradients, g.taps);
      });
}

double gather_cycles(const Conv2d& g) {
  const double elements = static_cast<double>(g.n * g.g) * static_cast<double>(g.taps) *
                          static_cast<double>(g.dst_plane);
  return elements / static_cast<double>(g.ow) * 12.0 + (g.sw == 1 ? elements / 6.0 : elements);
}

double cost_own(const Plan& plan) {
  const Conv2d& g = plan.conv;
  const double vectors = static_cast<double>(ceil_divide(g.dst_plane, plan.kernels->lanes));
  const double segments = static_cast<double>(ceil_divide(g.dst_plane, kMostSegment));
  // A multiply-add of vectors, and adding up their lanes: on an Ice Lake, and, where the image is
  // read as it lies, on a Zen 4 with 16 and 8 lanes.
  const bool slow = vector_cost(plan) > 1.0 && g.taps == g.icg;
  const bool wide = plan.kernels->lanes == 16;
  const double step = !slow ? 2.4 : wide ? 1.5 : 1.15;
  const double ends = slow && wide ? 5.0 : 14.0;
  return 2.5 * gather_cycles(g) +
         static_cast<double>(g.n * g.oc) * static_cast<double>(g.taps) *
             (vectors * (step + 0.2 / static_cast<double>(g.ocg)) + ends * segments) *
             vector_cost(plan);
}

double cost_openblas(const Plan& plan) {
  if (plan.isa != &best_isa()) return 1e30;
  const Conv2d& g = plan.conv;
  const double vectors =
      static_cast<double>(g.dst_plane) / static_cast<double>(plan.kernels->lanes) + 1.0;
  return 2.5 * gather_cycles(g) + static_cast<double>(g.n * g.g) * 6000.0 +
         static_cast<double>(g.n * g.oc) * static_cast<double>(g.taps) * vectors * 1.45 *
             (1.0 + 8.0 / static_cast<double>(g.ocg)) * vector_cost(plan);
}

}  // namespace

const Algorithm kIm2colBackwardWeights = {"im2col",    supports, cost_own,
                                          lay_out_own, nullptr,  execute_own};
const Algorithm kIm2colOpenblasBackwardWeights = {
    "im2col_openblas", supports_openblas, cost_openblas, lay_out, nullptr, execute_openblas};

}  // namespace conv4j
