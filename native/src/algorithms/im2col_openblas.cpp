// im2col_openblas: windows laid out as columns, then one product of OpenBLAS.
//
// Each task takes a segment of the output pixels of one image and group, lays out the windows of
// the segment as columns [taps][segment] and multiplies them by the weights of a chunk of output
// channels. A segment runs on over the ends of rows, which suits narrow maps; its columns are kept
// to an eighth of L3, for OpenBLAS blocks by itself. A 1x1 kernel's columns are read from the
// image.
#include <cstring>

#include "algorithms/algorithms.h"
#include "algorithms/columns.h"
#include "gemm/openblas.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kMostBlasExtent = INT32_MAX;

bool reads_in_place(const Conv2d& p) {
  return p.kh == 1 && p.kw == 1 && p.sh == 1 && p.sw == 1 && !p.padded();
}

bool supports(const Plan& plan) {
  const Conv2d& p = plan.conv;
  // One vector of columns has to stay far from the limits of memory.
  return static_cast<double>(p.taps) < 1e7 && openblas::available() &&
         p.dst_plane < kMostBlasExtent && p.taps < kMostBlasExtent && p.ocg < kMostBlasExtent;
}

// Cuts dst planes into segments of at most bytes of columns, a multiple of vectors wide.
void set_segments(const Plan& plan, int64_t bytes, int64_t vectors, Blocking* b) {
  const Conv2d& p = plan.problem;
  const int64_t step = vectors * plan.kernels->lanes;
  int64_t most = bytes / (p.taps * static_cast<int64_t>(sizeof(float))) / step * step;
  if (most < step) most = step;
  const int64_t images = p.n * p.g > 0 ? p.n * p.g : 1;
  const int64_t wanted = ceil_divide(wanted_tasks(p.multiply_adds()), images);
  b->segments = ceil_divide(p.dst_plane, most);
  if (b->segments < wanted) b->segments = wanted;
  b->segment = align_up(ceil_divide(p.dst_plane, b->segments), step);
  b->segments = ceil_divide(p.dst_plane, b->segment);
  b->distance = align_up(b->segment < p.dst_plane ? b->segment : p.dst_plane, plan.kernels->lanes);
}

void set_chunks(const Plan& plan, Blocking* b) {
  const Conv2d& p = plan.problem;
  const int64_t images = p.n * p.g > 0 ? p.n * p.g : 1;
  b->chunks = ceil_divide(wanted_tasks(p.multiply_adds()), images * b->segments);
  const int64_t most = ceil_divide(p.ocg, 2 * plan.kernels->product_rows);
  if (b->chunks > most) b->chunks = most;
  b->chunk = ceil_divide(p.ocg, b->chunks);
  b->chunks = ceil_divide(p.ocg, b->chunk);
}

conv4j_status lay_out(Plan* plan) {
  plan->problem = plan->conv;
  Blocking& b = plan->blocking;
  b.in_place = reads_in_place(plan->conv);
  set_segments(*plan, caches().l3 / 8, 2, &b);
  set_chunks(*plan, &b);
  plan->packed_elements = plan->conv.weights_elements();
  plan->multiplies_padding = plan->conv.padded();
  if (!b.in_place) {
    plan->workspace_per_thread =
        align_up(plan->problem.taps * b.distance * static_cast<int64_t>(sizeof(float)), kAlignment);
  }
  return CONV4J_OK;
}

// One task: where its output starts and how much there is of it.
struct Piece {
  int64_t image, n, oc, channels;
  int64_t first, pixels;
};

Piece piece_at(const Conv2d& p, const Blocking& b, int64_t index) {
  Piece piece;
  const int64_t chunk = index % b.chunks;
  const int64_t segment = index / b.chunks % b.segments;
  piece.image = index / (b.chunks * b.segments);  // n * G + g
  piece.n = piece.image / p.g;
  const int64_t m = chunk * b.chunk;
  piece.oc = piece.image % p.g * p.ocg + m;
  piece.channels = m + b.chunk < p.ocg ? b.chunk : p.ocg - m;
  piece.first = segment * b.segment;
  piece.pixels = piece.first + b.segment < p.dst_plane ? b.segment : p.dst_plane - piece.first;
  return piece;
}

void execute(const Plan& plan, const Execution& run) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  parallel_for(p.n * p.g * b.segments * b.chunks, run.threads, [&](int64_t index, int64_t slot) {
    const Piece piece = piece_at(p, b, index);
    const float* planes = run.src + piece.image * p.icg * p.src_plane;
    const float* columns = planes + piece.first;
    int64_t distance = p.src_plane;
    if (!b.in_place) {
      float* scratch = scratch_of(plan, run, slot);
      gather_columns(p, planes, 0, p.taps, piece.first, piece.first + piece.pixels, scratch,
                     b.distance);
      columns = scratch;
      distance = b.distance;
    }
    float* dst = run.dst + (piece.n * p.oc + piece.oc) * p.dst_plane + piece.first;
    openblas::product(openblas::kNo, openblas::kNo, piece.channels, piece.pixels, p.taps,
                      run.weights + piece.oc * p.taps, p.taps, columns, distance, 0.0F, dst,
                      p.dst_plane);
    if (run.bias != nullptr || plan.options.relu != 0) {
      for (int64_t m = 0; m < piece.channels; ++m) {
        plan.kernels->bias_relu_f32(dst + m * p.dst_plane, piece.pixels,
                                    run.bias != nullptr ? run.bias[piece.oc + m] : 0.0F,
                                    plan.options.relu != 0 ? 1 : 0);
      }
    }
  });
}

double gather_cost(const Conv2d& p) {
  // A plain copy moves a row at a time; a strided one goes element by element.
  const double elements = static_cast<double>(p.n * p.g) * static_cast<double>(p.taps) *
                          static_cast<double>(p.dst_plane);
  const double rows = elements / static_cast<double>(p.ow);
  return p.sw == 1 ? rows * 24.0 + elements / 3.0 : rows * 24.0 + elements * 2.0;
}

double cost(const Plan& plan) {
  // OpenBLAS uses the CPU's widest set, which would defeat an explicit choice of a narrower one.
  if (plan.isa != &best_isa()) return 1e30;
  const Conv2d& p = plan.conv;
  const double rows = static_cast<double>(p.ocg);
  const double vectors =
      static_cast<double>(p.dst_plane) / static_cast<double>(plan.kernels->lanes) + 1.0;
  const double gather = reads_in_place(p) ? 0.0 : gather_cost(p);
  return gather + static_cast<double>(p.n * p.g) *
                      (3000.0 + rows * static_cast<double>(p.taps) * vectors * 1.6 *
                                    (1.0 + 8.0 / rows) * vector_cost(plan));
}

}  // namespace

const Algorithm kIm2colOpenblas = {"im2col_openblas", supports,     cost,
                                   lay_out,           copy_weights, execute};

}  // namespace conv4j
