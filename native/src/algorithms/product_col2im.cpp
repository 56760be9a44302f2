// col2im and col2im_openblas: backward data as one product, whose columns are then added up.
//
//   columns[(ic,kh,kw)][oh,ow] = sum over oc of weights[oc,ic,kh,kw] * diff_dst[oc,oh,ow]
//   diff_src[ic, oh*SH-PT+kh*DH, ow*SW-PL+kw*DW] += columns[(ic,kh,kw)][oh,ow]
//
// Takes every stride without multiplying by a zero; what falls into the padding is dropped, never
// multiplied. A task owns a chunk of the input channels of one image and group, so that no two
// tasks add to the same pixel, and goes through strips of output rows in order. diff_dst is read
// where it lies. The columns are kept to half the L2 cache.
#include <cstring>

#include "algorithms/algorithms.h"
#include "algorithms/columns.h"
#include "gemm/openblas.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

bool supports(const Plan& plan) {
  return static_cast<double>(plan.conv.kh * plan.conv.kw) * static_cast<double>(plan.conv.ow) < 1e8;
}

bool supports_openblas(const Plan& plan) {
  const Conv2d& g = plan.conv;
  return supports(plan) && openblas::available() && g.dst_plane < INT32_MAX && g.taps < INT32_MAX &&
         g.ocg < INT32_MAX;
}

conv4j_status lay_out(Plan* plan) {
  const Conv2d& g = plan->conv;
  plan->problem = g;
  Blocking& b = plan->blocking;
  const int64_t images = g.n * g.g > 0 ? g.n * g.g : 1;
  const int64_t kernel = g.kh * g.kw;
  b.in_chunks = ceil_divide(wanted_tasks(g.multiply_adds()), images);
  if (b.in_chunks > g.icg) b.in_chunks = g.icg;
  b.in_chunk = ceil_divide(g.icg, b.in_chunks);
  // Few taps at a time, as long as there are panels enough to fill the tile.
  const int64_t row_bytes = kernel * g.ow * static_cast<int64_t>(sizeof(float));
  const int64_t channels = caches().l2 / 2 / row_bytes;
  const int64_t least = ceil_divide(4 * plan->kernels->product_rows, kernel);
  const int64_t most = channels > least ? channels : least;
  if (b.in_chunk > most) b.in_chunk = most;
  b.in_chunks = ceil_divide(g.icg, b.in_chunk);
  int64_t rows = caches().l2 / 2 / (b.in_chunk * row_bytes);
  rows = rows < 1 ? 1 : rows > g.oh ? g.oh : rows;
  b.strips = ceil_divide(g.oh, rows);
  b.strip_rows = ceil_divide(g.oh, b.strips);
  b.strips = ceil_divide(g.oh, b.strip_rows);
  b.distance = align_up(b.strip_rows * g.ow, plan->kernels->lanes);
  plan->packed_elements = g.weights_elements();
  plan->multiplies_padding = false;
  plan->workspace_per_thread =
      align_up(b.in_chunk * kernel * b.distance * static_cast<int64_t>(sizeof(float)), kAlignment);
  return CONV4J_OK;
}

conv4j_status lay_out_own(Plan* plan) {
  lay_out(plan);
  int64_t* offsets = allocate_offsets(plan, plan->conv.ocg);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t oc = 0; oc < plan->conv.ocg; ++oc) offsets[oc] = oc * plan->conv.dst_plane;
  return CONV4J_OK;
}

// The weights transposed to [(ic,kh,kw)][oc], in panels, chunk by chunk.
void pack_transposed(const Plan& plan, const float* weights, float* packed) {
  const Conv2d& g = plan.conv;
  const int64_t kernel = g.kh * g.kw;
  for (int64_t group = 0; group < g.g; ++group) {
    const float* from = weights + group * g.ocg * g.taps;
    for (int64_t first = 0; first < g.icg; first += plan.blocking.in_chunk) {
      const int64_t end =
          first + plan.blocking.in_chunk < g.icg ? first + plan.blocking.in_chunk : g.icg;
      const int64_t m = (end - first) * kernel;
      const Panels panels = panels_for(plan, m);
      int64_t at = first * kernel;
      for (int64_t panel = 0; panel < panels.count; ++panel) {
        const int64_t rows = m / panels.count + (panel < m % panels.count ? 1 : 0);
        for (int64_t oc = 0; oc < g.ocg; ++oc) {
          const float* line = from + oc * g.taps + at;
          for (int64_t row = 0; row < rows; ++row) packed[oc * rows + row] = line[row];
        }
        packed += rows * g.ocg;
        at += rows;
      }
    }
  }
}

template <typename Multiply>
void execute(const Plan& plan, const Execution& run, Multiply&& multiply) {
  const Conv2d& g = plan.conv;
  const Blocking& b = plan.blocking;
  const int64_t kernel = g.kh * g.kw;
  parallel_for(g.n * g.g * b.in_chunks, run.threads, [&](int64_t index, int64_t slot) {
    const int64_t image = index / b.in_chunks;  // n * G + g
    const int64_t group = image % g.g;
    const int64_t ic = index % b.in_chunks * b.in_chunk;
    const int64_t channels = ic + b.in_chunk < g.icg ? b.in_chunk : g.icg - ic;
    float* planes = run.diff_src + (image * g.icg + ic) * g.src_plane;
    float* columns = scratch_of(plan, run, slot);
    std::memset(planes, 0, static_cast<size_t>(channels * g.src_plane) * sizeof(float));
    for (int64_t first = 0; first < g.oh; first += b.strip_rows) {
      const int64_t end = first + b.strip_rows < g.oh ? first + b.strip_rows : g.oh;
      const float* diff = run.diff_dst + image * g.ocg * g.dst_plane + first * g.ow;
      multiply(group, ic, channels * kernel, diff, (end - first) * g.ow, columns);
      add_columns(g, columns, b.distance, channels * kernel, first, end, planes);
    }
  });
}

void execute_own(const Plan& plan, const Execution& run) {
  const Conv2d& g = plan.conv;
  execute(
      plan, run,
      [&](int64_t group, int64_t ic, int64_t m, const float* diff, int64_t pixels, float* columns) {
        Product product = {};
        product.a = run.weights + (group * g.icg + ic) * g.kh * g.kw * g.ocg;
        product.panels = panels_for(plan, m);
        product.k = g.ocg;
        product.b = diff;
        product.offsets = plan.offsets;
        product.c = columns;
        product.c_m = plan.blocking.distance;
        product.rows = 1;
        product.columns = pixels;
        plan.kernels->product_f32(product);
      });
}

void execute_openblas(const Plan& plan, const Execution& run) {
  const Conv2d& g = plan.conv;
  execute(
      plan, run,
      [&](int64_t group, int64_t ic, int64_t m, const float* diff, int64_t pixels, float* columns) {
        openblas::product(openblas::kYes, openblas::kNo, m, pixels, g.ocg,
                          run.weights + group * g.ocg * g.taps + ic * g.kh * g.kw, g.taps, diff,
                          g.dst_plane, 0.0F, columns, plan.blocking.distance);
      });
}

double add_cost(const Conv2d& g) {
  const double elements = static_cast<double>(g.n * g.g) * static_cast<double>(g.taps) *
                          static_cast<double>(g.dst_plane);
  const double rows = elements / static_cast<double>(g.ow);
  // Fitted on an Ice Lake: the sums go through planes that lie far apart.
  return rows * 24.0 + elements * 16.0;
}

double cost_own(const Plan& plan) {
  const Conv2d& g = plan.conv;
  const double vectors = static_cast<double>(ceil_divide(g.dst_plane, plan.kernels->lanes));
  return 1.7 * add_cost(g) + static_cast<double>(g.n * g.oc) * static_cast<double>(g.taps) *
                                 vectors * 1.2 * vector_cost(plan);
}

double cost_openblas(const Plan& plan) {
  if (plan.isa != &best_isa()) return 1e30;
  const Conv2d& g = plan.conv;
  const double vectors =
      static_cast<double>(g.dst_plane) / static_cast<double>(plan.kernels->lanes) + 1.0;
  return add_cost(g) +
         static_cast<double>(g.n * g.oc) * static_cast<double>(g.taps) * vectors * 1.8 *
             (1.0 + 8.0 / static_cast<double>(g.ocg)) * vector_cost(plan) +
         static_cast<double>(g.n * g.g) * 3000.0;
}

}  // namespace

const Algorithm kCol2im = {"col2im", supports, cost_own, lay_out_own, pack_transposed, execute_own};
const Algorithm kCol2imOpenblas = {"col2im_openblas", supports_openblas, cost_openblas,
                                   lay_out,           copy_weights,      execute_openblas};

}  // namespace conv4j
