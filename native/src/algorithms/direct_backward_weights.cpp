// direct, backward weights: the dot kernel on rows of diff_dst and split rows of src.
//
// A task owns the gradients of a chunk of output channels by a chunk of input channels of one
// group, and goes through images and strips in order: no two tasks add to the same gradient, and
// the order of the sums does not depend on the number of threads. Input channels are few at a time,
// so that a strip is high and the lanes of a sum are added up seldom; the scratch is kept to a
// quarter of L2.
#include <cstring>

#include "algorithms/algorithms.h"
#include "algorithms/strips.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

bool supports(const Plan& plan) {
  const Conv2d& g = plan.conv;
  const double strip = static_cast<double>(strip_in_rows(g, 1)) * static_cast<double>(g.sw) *
                       static_cast<double>(phase_length(g));
  return strip < 1e8;
}

conv4j_status lay_out(Plan* plan) {
  const Conv2d& g = plan->conv;
  plan->problem = g;
  Blocking& b = plan->blocking;
  const int64_t bytes = caches().l2 / 4;
  const int64_t row_bytes = g.sw * phase_length(g) * static_cast<int64_t>(sizeof(float));
  // As many channels as leave a strip of all rows, but enough taps to fill a tile.
  int64_t channels = bytes / (row_bytes * strip_in_rows(g, g.oh));
  const int64_t least = ceil_divide(2 * plan->kernels->dot_tile, g.kh * g.kw);
  if (channels < least) channels = least;
  b.in_chunk = channels < g.icg ? channels : g.icg;
  b.in_chunks = ceil_divide(g.icg, b.in_chunk);
  b.in_chunk = ceil_divide(g.icg, b.in_chunks);
  b.in_chunks = ceil_divide(g.icg, b.in_chunk);
  set_strips(g, strip_rows_for(g, b.in_chunk, bytes), &b);
  b.chunks = ceil_divide(wanted_tasks(g.multiply_adds()), g.g * b.in_chunks);
  const int64_t most = ceil_divide(g.ocg, plan->kernels->dot_tile);
  if (b.chunks > most) b.chunks = most;
  b.chunk = ceil_divide(g.ocg, b.chunks);
  b.chunks = ceil_divide(g.ocg, b.chunk);
  int64_t* offsets = allocate_offsets(plan, b.in_chunk * g.kh * g.kw);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t c = 0; c < b.in_chunk; ++c) {
    for (int64_t kh = 0; kh < g.kh; ++kh) {
      for (int64_t kw = 0; kw < g.kw; ++kw) *offsets++ = split_offset(g, b, c, kh, kw);
    }
  }
  plan->multiplies_padding = g.padded();
  plan->workspace_per_thread =
      align_up(b.in_chunk * b.strip_in_rows * b.row_elements * static_cast<int64_t>(sizeof(float)),
               kAlignment);
  return CONV4J_OK;
}

void execute(const Plan& plan, const Execution& run) {
  const Conv2d& g = plan.conv;
  const Blocking& b = plan.blocking;
  parallel_for(g.g * b.in_chunks * b.chunks, run.threads, [&](int64_t index, int64_t slot) {
    const int64_t chunk = index % b.chunks;
    const int64_t in_chunk = index / b.chunks % b.in_chunks;
    const int64_t group = index / (b.chunks * b.in_chunks);
    const int64_t m = chunk * b.chunk;
    const int64_t oc = group * g.ocg + m;
    const int64_t count = m + b.chunk < g.ocg ? b.chunk : g.ocg - m;
    const int64_t c = in_chunk * b.in_chunk;
    const int64_t channels = c + b.in_chunk < g.icg ? b.in_chunk : g.icg - c;
    float* scratch = scratch_of(plan, run, slot);

    Dot dot = {};
    dot.a_m = g.dst_plane;
    dot.a_row = g.ow;
    dot.m = count;
    dot.b = scratch;
    dot.offsets = plan.offsets;
    dot.b_row = g.sh * b.row_elements;
    dot.j = channels * g.kh * g.kw;
    dot.c = run.diff_weights + oc * g.taps + c * g.kh * g.kw;
    dot.c_m = g.taps;
    dot.columns = g.ow;
    for (int64_t row = 0; row < count; ++row) {
      std::memset(dot.c + row * g.taps, 0, static_cast<size_t>(dot.j) * sizeof(float));
    }
    for (int64_t n = 0; n < g.n; ++n) {
      const float* planes = run.src + ((n * g.g + group) * g.icg + c) * g.src_plane;
      for (int64_t first = 0; first < g.oh; first += b.strip_rows) {
        dot.rows = first + b.strip_rows < g.oh ? b.strip_rows : g.oh - first;
        split_strip(plan, g, planes, channels, first, dot.rows, 0, scratch);
        dot.a = run.diff_dst + (n * g.oc + oc) * g.dst_plane + first * g.ow;
        plan.kernels->dot_f32(dot);
      }
    }
  });
  sum_bias(plan, run);
}

double cost(const Plan& plan) {
  const Conv2d& g = plan.conv;
  const double vectors =
      static_cast<double>(g.oh) * static_cast<double>(ceil_divide(g.ow, plan.kernels->lanes));
  // A sum's lanes are added up once for each strip; small tiles load more for each multiplication.
  // Measured on an Ice Lake, in the steps of a product: 2.3 for many channels, 2.9 for three; with
  // half as long vectors 1.9 on a Cascade Lake, and so on a Zen 4.
  const double narrow = (vector_cost(plan) > 1.0 ? 1.9 : 2.8) + 0.2 / static_cast<double>(g.ocg);
  return static_cast<double>(g.n * g.oc) * static_cast<double>(g.taps) * (vectors * narrow + 8.0) *
             vector_cost(plan) +
         static_cast<double>(g.n * g.ic * g.ih) * (20.0 + static_cast<double>(g.iw) / 8.0);
}

}  // namespace

const Algorithm kDirectBackwardWeights = {"direct", supports, cost, lay_out, nullptr, execute};

}  // namespace conv4j
