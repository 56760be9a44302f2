// winograd4 and winograd2: F(4x4,3x3) and F(2x2,3x3) for 3x3 kernels at stride 1, NCHW in and out.
//
//   V[i][c][t]  transformed tile t of input channel c, i one of the 36 (16) coefficients
//   U[i][k][c]  transformed kernel, in panels, computed in double by prepare
//   M[i][k][t] = sum over c of U[i][k][c] * V[i][c][t]: a product for each coefficient
//   dst = the transform back of M, with bias and ReLU
// The tiles of all images of the batch are numbered through; a block of them is what one product
// multiplies. With few channels a task transforms its own block and keeps V and M in the L2 cache;
// with many, V of a panel of tiles lies in the shared workspace (L3), written by one round of tasks
// and read by the next, each of which owns a block of tiles by a chunk of output channels.
// 144 multiplications become 36 (16 for a 2x2 tile instead of 36). The error grows: see Accuracy. A
// pixel that is not finite spreads over its tiles; weights that are not finite take `rows`.
#include "algorithms/algorithms.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

template <int kSize>
bool supports(const Plan& plan) {
  Plan copy = plan;
  if (plan.options.accuracy == CONV4J_ACCURACY_STRICT || !set_problem(&copy)) return false;
  const Conv2d& p = copy.problem;
  return p.kh == 3 && p.kw == 3 && p.sh == 1 && p.sw == 1 && p.dh == 1 && p.dw == 1;
}

constexpr int64_t coefficients(int size) { return (size + 2) * (size + 2); }

struct Tiling {
  int64_t rows, columns, all;
};

Tiling tiling(const Conv2d& p, int size) {
  Tiling t;
  t.rows = ceil_divide(p.oh, size);
  t.columns = ceil_divide(p.ow, size);
  t.all = p.n * t.rows * t.columns;
  return t;
}

// Distance between two coefficients of V or M: an odd number of cache lines, so that the 36 vectors
// of a tile do not fall into a few sets of the first-level cache.
constexpr int64_t spread(int64_t elements) {
  constexpr int64_t kLine = 16;
  const int64_t lines = (elements + kLine - 1) / kLine;
  return (lines | 1) * kLine;
}

// The bytes of V for one tile.
int64_t tile_bytes(const Conv2d& p, int size) {
  return coefficients(size) * p.icg * static_cast<int64_t>(sizeof(float));
}

template <int kSize>
conv4j_status lay_out(Plan* plan) {
  set_problem(plan);
  const Conv2d& p = plan->problem;
  Blocking& b = plan->blocking;
  const int64_t lanes = plan->kernels->lanes;
  const int64_t step = lanes > 16 ? lanes : 16;
  const Tiling t = tiling(p, kSize);
  b.tile_rows = t.rows;
  b.tile_columns = t.columns;
  const int64_t tiles = t.all > 0 ? t.all : 1;
  const int64_t wanted = ceil_divide(wanted_tasks(p.multiply_adds() / 4), p.g);

  int64_t block = caches().l2 / 2 / tile_bytes(p, kSize) / step * step;
  const bool fused = block >= 2 * step && tiles >= wanted * 2 * step;
  if (block > 8 * step) block = 8 * step;
  if (!fused) block = 4 * step;
  if (fused && block > tiles / wanted / step * step) block = tiles / wanted / step * step;
  block = align_up(ceil_divide(tiles, ceil_divide(tiles, block)), step);
  b.block = block;
  const int64_t blocks = ceil_divide(tiles, block);
  b.panel = 0;
  if (!fused) {
    int64_t panel = caches().l3 / 4 / tile_bytes(p, kSize) / block * block;
    if (panel < block) panel = block;
    b.panel = panel < blocks * block ? panel : blocks * block;
  }
  // M of a chunk takes a quarter of L2, a whole number of the product's tiles.
  const int64_t rows = plan->kernels->product_rows;
  int64_t chunk = caches().l2 / 4 /
                  (coefficients(kSize) * block * static_cast<int64_t>(sizeof(float))) / rows * rows;
  if (chunk < rows) chunk = rows;
  if (!fused) {
    const int64_t tasks = ceil_divide(wanted, b.panel / block);
    const int64_t shared = align_up(ceil_divide(p.ocg, tasks), rows);
    if (chunk > shared) chunk = shared;
  }
  b.chunk = chunk < p.ocg ? chunk : p.ocg;
  b.chunks = ceil_divide(p.ocg, b.chunk);

  int64_t* offsets = allocate_offsets(plan, p.icg);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  const int64_t distance = fused ? block : b.panel;
  for (int64_t c = 0; c < p.icg; ++c) offsets[c] = c * distance;
  plan->packed_elements = coefficients(kSize) * p.oc * p.icg;
  plan->multiplies_padding = true;  // a kernel that is not finite would spoil whole tiles
  b.row_elements = (kSize + 2) * kSize * (b.tile_columns + 1);
  const int64_t v = coefficients(kSize) * spread(p.icg * distance);
  const int64_t m = coefficients(kSize) * spread(b.chunk * block);
  plan->workspace_shared =
      fused ? 0 : align_up(v * static_cast<int64_t>(sizeof(float)), kAlignment);
  plan->workspace_per_thread = align_up(
      (align_up(b.row_elements, 16) + m + (fused ? v : 0)) * static_cast<int64_t>(sizeof(float)),
      kAlignment);
  return CONV4J_OK;
}

// One dimension of the kernel transform: u = G k.
template <int kSize>
void transform_line(const double k[3], double* u) {
  if constexpr (kSize == 4) {
    u[0] = k[0] / 4;
    u[1] = -(k[0] + k[1] + k[2]) / 6;
    u[2] = -(k[0] - k[1] + k[2]) / 6;
    u[3] = (k[0] + 2 * k[1] + 4 * k[2]) / 24;
    u[4] = (k[0] - 2 * k[1] + 4 * k[2]) / 24;
    u[5] = k[2];
  } else {
    u[0] = k[0];
    u[1] = (k[0] + k[1] + k[2]) / 2;
    u[2] = (k[0] - k[1] + k[2]) / 2;
    u[3] = k[2];
  }
}

template <int kSize>
void transform_kernel(const TapLine& line, double* u) {
  constexpr int kTile = kSize + 2;
  double half[kTile][3];  // G k, column by column
  for (int column = 0; column < 3; ++column) {
    double k[3];
    double along[kTile];
    for (int row = 0; row < 3; ++row) {
      k[row] = static_cast<double>(line.first[(row * 3 + column) * line.step]);
    }
    transform_line<kSize>(k, along);
    for (int i = 0; i < kTile; ++i) half[i][column] = along[i];
  }
  for (int i = 0; i < kTile; ++i) transform_line<kSize>(half[i], u + i * kTile);
}

// U, coefficient by coefficient, each in panels chunk by chunk: what product_f32 reads.
template <int kSize>
void prepare(const Plan& plan, const float* weights, float* packed) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  constexpr int64_t kCoefficients = coefficients(kSize);
  parallel_for(p.g * b.chunks, thread_limit(), [&](int64_t index, int64_t) {
    const int64_t g = index / b.chunks;
    const int64_t first = index % b.chunks * b.chunk;
    const int64_t chunk = first + b.chunk < p.ocg ? b.chunk : p.ocg - first;
    const Panels panels = panels_for(plan, chunk);
    int64_t m = first;
    for (int64_t panel = 0; panel < panels.count; ++panel) {
      const int64_t rows = chunk / panels.count + (panel < chunk % panels.count ? 1 : 0);
      float* out = packed + (g * kCoefficients * p.ocg + m) * p.icg;
      for (int64_t row = 0; row < rows; ++row) {
        for (int64_t c = 0; c < p.icg; ++c) {
          double u[kCoefficients];
          transform_kernel<kSize>(tap_line(plan, weights, g, m + row, c), u);
          for (int64_t i = 0; i < kCoefficients; ++i) {
            out[i * p.ocg * p.icg + c * rows + row] = static_cast<float>(u[i]);
          }
        }
      }
      m += rows;
    }
  });
}

// Neighbouring tiles of one row of tiles.
struct Segment {
  int64_t n, row, column, count;
};

// Calls f(segment, t) for the pieces of tiles [first, end) that lie in one row of tiles each.
template <typename Callable>
void for_each_segment(const Blocking& b, int64_t first, int64_t end, const Callable& f) {
  for (int64_t t = first; t < end;) {
    Segment s;
    s.column = t % b.tile_columns;
    s.row = t / b.tile_columns % b.tile_rows;
    s.n = t / (b.tile_columns * b.tile_rows);
    s.count = b.tile_columns - s.column < end - t ? b.tile_columns - s.column : end - t;
    f(s, t);
    t += s.count;
  }
}

// V of one channel for tiles [first, end), stored from v on.
template <int kSize>
void transform_tiles(const Plan& plan, const float* src, int64_t ic, int64_t first, int64_t end,
                     float* rows, float* v, int64_t v_distance) {
  const Conv2d& p = plan.problem;
  for_each_segment(plan.blocking, first, end, [&](const Segment& s, int64_t t) {
    const float* plane = src + (s.n * p.ic + ic) * p.src_plane;
    const int64_t start = s.column * kSize - p.pl;
    const int64_t column = start > 0 ? start : 0;
    SplitRow split = {nullptr, p.iw - column, column - start, kSize, s.count + 1, 0.0F, nullptr};
    for (int64_t r = 0; r < kSize + 2; ++r) {
      const int64_t ih = s.row * kSize - p.pt + r;
      split.row = ih >= 0 && ih < p.ih && column < p.iw ? plane + ih * p.iw + column : nullptr;
      split.out = rows + r * kSize * (s.count + 1);
      plan.kernels->split_row_f32(split);
    }
    WinogradInput input = {};
    input.size = kSize;
    input.rows = rows;
    input.row_distance = kSize * (s.count + 1);
    input.phase_length = s.count + 1;
    input.tiles = s.count;
    input.v = v + (t - first);
    input.v_distance = v_distance;
    plan.kernels->winograd_input_f32(input);
  });
}

// One block of tiles by one chunk of output channels: the products and the transform back.
template <int kSize>
void multiply_block(const Plan& plan, const Execution& run, int64_t g, int64_t first, int64_t end,
                    int64_t chunk, const float* v, int64_t v_distance, float* m) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  constexpr int64_t kCoefficients = coefficients(kSize);
  const int64_t k = chunk * b.chunk;
  const int64_t count = k + b.chunk < p.ocg ? b.chunk : p.ocg - k;
  const int64_t m_distance = spread(b.chunk * b.block);
  Product product = {};
  product.panels = panels_for(plan, count);
  product.k = p.icg;
  product.offsets = plan.offsets;
  product.c_m = b.block;
  product.rows = 1;
  product.columns = end - first;
  for (int64_t i = 0; i < kCoefficients; ++i) {
    product.a = run.weights + ((g * kCoefficients + i) * p.ocg + k) * p.icg;
    product.b = v + i * v_distance;
    product.c = m + i * m_distance;
    plan.kernels->product_f32(product);
  }
  float* dst = problem_dst(plan, run);
  WinogradOutput output = {};
  output.size = kSize;
  output.m_distance = m_distance;
  output.dst_row = p.ow;
  output.relu = plan.options.relu != 0 ? 1 : 0;
  for (int64_t row = 0; row < count; ++row) {
    const int64_t oc = g * p.ocg + k + row;
    output.bias = run.bias != nullptr ? run.bias[oc] : 0.0F;
    for_each_segment(b, first, end, [&](const Segment& s, int64_t t) {
      const int64_t oh = s.row * kSize;
      const int64_t ow = s.column * kSize;
      output.m = m + row * b.block + (t - first);
      output.tiles = s.count;
      output.dst = dst + (s.n * p.oc + oc) * p.dst_plane + oh * p.ow + ow;
      output.rows = oh + kSize < p.oh ? kSize : p.oh - oh;
      output.columns = ow + s.count * kSize < p.ow ? s.count * kSize : p.ow - ow;
      plan.kernels->winograd_output_f32(output);
    });
  }
}

template <int kSize>
void execute_fused(const Plan& plan, const Execution& run) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const float* src = problem_src(plan, run);
  const int64_t tiles = tiling(p, kSize).all;
  const int64_t blocks = ceil_divide(tiles, b.block);
  parallel_for(p.g * blocks, run.threads, [&](int64_t index, int64_t slot) {
    const int64_t g = index / blocks;
    const int64_t first = index % blocks * b.block;
    const int64_t end = first + b.block < tiles ? first + b.block : tiles;
    float* rows = scratch_of(plan, run, slot);
    float* v = rows + align_up(b.row_elements, 16);
    const int64_t v_distance = spread(p.icg * b.block);
    float* m = v + coefficients(kSize) * v_distance;
    for (int64_t c = 0; c < p.icg; ++c) {
      transform_tiles<kSize>(plan, src, g * p.icg + c, first, end, rows, v + c * b.block,
                             v_distance);
    }
    for (int64_t chunk = 0; chunk < b.chunks; ++chunk) {
      multiply_block<kSize>(plan, run, g, first, end, chunk, v, v_distance, m);
    }
  });
}

template <int kSize>
void execute_staged(const Plan& plan, const Execution& run) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const float* src = problem_src(plan, run);
  float* v = reinterpret_cast<float*>(run.workspace);
  const int64_t v_distance = spread(p.icg * b.panel);
  const int64_t tiles = tiling(p, kSize).all;
  for (int64_t g = 0; g < p.g; ++g) {
    for (int64_t start = 0; start < tiles; start += b.panel) {
      const int64_t until = start + b.panel < tiles ? start + b.panel : tiles;
      const int64_t blocks = ceil_divide(until - start, b.block);
      parallel_for(blocks * p.icg, run.threads, [&](int64_t index, int64_t slot) {
        const int64_t c = index / blocks;
        const int64_t first = start + index % blocks * b.block;
        const int64_t end = first + b.block < until ? first + b.block : until;
        transform_tiles<kSize>(plan, src, g * p.icg + c, first, end, scratch_of(plan, run, slot),
                               v + c * b.panel + (first - start), v_distance);
      });
      parallel_for(blocks * b.chunks, run.threads, [&](int64_t index, int64_t slot) {
        const int64_t chunk = index / blocks;
        const int64_t first = start + index % blocks * b.block;
        const int64_t end = first + b.block < until ? first + b.block : until;
        float* m = scratch_of(plan, run, slot) + align_up(b.row_elements, 16);
        multiply_block<kSize>(plan, run, g, first, end, chunk, v + (first - start), v_distance, m);
      });
    }
  }
}

template <int kSize>
void execute(const Plan& plan, const Execution& run) {
  if (plan.blocking.panel == 0) {
    execute_fused<kSize>(plan, run);
  } else {
    execute_staged<kSize>(plan, run);
  }
}

template <int kSize>
double cost(const Plan& plan) {
  Plan copy = plan;
  set_problem(&copy);
  const Conv2d& p = copy.problem;
  const double lanes = static_cast<double>(plan.kernels->lanes);
  const Tiling t = tiling(p, kSize);
  const double vectors = static_cast<double>(ceil_divide(t.all, plan.kernels->lanes));
  // The transforms work on pieces of rows of tiles, whose last vector is partial.
  const double pieces = static_cast<double>(p.n * t.rows) *
                        static_cast<double>(ceil_divide(t.columns, plan.kernels->lanes));
  const double products = static_cast<double>(coefficients(kSize)) * static_cast<double>(p.oc) *
                          static_cast<double>(p.icg) * vectors *
                          (1.08 + 1.0 / static_cast<double>(p.ocg));
  // Measured on a Zen 4: VGG conv1_2 spends 31 of 54 million cycles in its products.
  const double one_input = kSize == 4 ? 700.0 : 280.0;
  const double one_output = kSize == 4 ? 900.0 : 360.0;
  const double transforms =
      pieces * (one_input * static_cast<double>(p.ic) + one_output * static_cast<double>(p.oc));
  return (products + transforms) * (16.0 / lanes);
}

}  // namespace

const Algorithm kWinograd4 = {"winograd4", supports<4>, cost<4>,
                              lay_out<4>,  prepare<4>,  execute<4>};
const Algorithm kWinograd2 = {"winograd2", supports<2>, cost<2>,
                              lay_out<2>,  prepare<2>,  execute<2>};

}  // namespace conv4j
