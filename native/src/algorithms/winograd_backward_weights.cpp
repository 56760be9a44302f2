// winograd4, backward weights: F(3x3,4x4) for 3x3 kernels at stride 1, NCHW in and out.
//
//   V[i][t][c]  transformed 6x6 tile t of input channel c, i one of the 36 coefficients
//   W[i][t][k]  transformed 4x4 tile t of diff_dst's channel k, in panels
//   M[i][k][c] = sum over t of W[i][t][k] * V[i][t][c]: a product for each coefficient
//   diff_weights = the transform back of M
// The tiles of all images of the batch are numbered through. V and W of a panel of tiles lie in the
// shared workspace (L3), written by one round of tasks and read by the next, which adds to M. A
// chunk of output by a chunk of input channels at a time, so that M stays in L3, too; sums over
// many tiles are so made of partial ones. 144 multiplications become 36. The error grows: see
// Accuracy. A pixel that is not finite spreads over the kernel; with diff_dst not finite, `rows`
// runs.
#include <cstring>

#include "algorithms/algorithms.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kSize = 4;
constexpr int64_t kCoefficients = 36;
// Tiles that are transformed at a time: 30 columns, whose pixels stay in the first-level cache.
constexpr int64_t kMostTiles = 7;
// Channels of a chunk: each is transformed once for every chunk of the others, 8 % of the products.
constexpr int64_t kMostChunk = 192;
// Tiles of a panel, and the pieces that a channel's are transformed in.
constexpr int64_t kMostPanel = 256;
constexpr int64_t kLeastPanel = 32;
constexpr int64_t kPieces = 4;
constexpr int64_t kFloat = static_cast<int64_t>(sizeof(float));

bool supports(const Plan& plan) {
  const Conv2d& g = plan.conv;
  return plan.options.accuracy != CONV4J_ACCURACY_STRICT && g.kh == 3 && g.kw == 3 && g.sh == 1 &&
         g.sw == 1 && g.dh == 1 && g.dw == 1;
}

// Distance between two coefficients: an odd number of cache lines, so that the 36 vectors of a tile
// do not fall into a few sets of the first-level cache.
constexpr int64_t spread(int64_t elements) {
  constexpr int64_t kLine = 16;
  const int64_t lines = (elements + kLine - 1) / kLine;
  return (lines | 1) * kLine;
}

// Input channels side by side: what a tile of the product kernel multiplies at once.
int64_t width_of(const Plan& plan) { return 2 * plan.kernels->lanes; }

int64_t tile_count(const Conv2d& g) {
  return g.n * ceil_divide(g.oh, kSize) * ceil_divide(g.ow, kSize);
}

// Where the parts of the shared workspace begin, in floats, and how far coefficients are apart.
struct Layout {
  int64_t v_distance, w_distance, m_distance;
  int64_t w, m, sums, all;
};

Layout layout_of(const Plan& plan) {
  const Blocking& b = plan.blocking;
  const int64_t padded = align_up(b.in_chunk, width_of(plan));
  Layout l;
  l.v_distance = spread(padded * b.panel);
  l.w_distance = spread(b.chunk * b.panel);
  l.m_distance = spread(padded * b.chunk);
  l.w = kCoefficients * l.v_distance;
  l.m = l.w + kCoefficients * l.w_distance;
  l.sums = l.m + kCoefficients * l.m_distance;
  l.all = l.sums + b.segments * b.chunk * 2;
  return l;
}

int64_t pixels_elements(const Plan& plan) {
  return (kSize + 2) * (kSize * kMostTiles + 2) *
         (width_of(plan) > plan.kernels->product_rows ? width_of(plan)
                                                      : plan.kernels->product_rows);
}

conv4j_status lay_out(Plan* plan) {
  const Conv2d& g = plan->conv;
  plan->problem = g;
  Blocking& b = plan->blocking;
  b.tile_rows = ceil_divide(g.oh, kSize);
  b.tile_columns = ceil_divide(g.ow, kSize);
  const int64_t tiles = tile_count(g) > 0 ? tile_count(g) : 1;
  // V, W and M of a chunk by a panel of tiles take a quarter of L3.
  const int64_t room = caches().l3 / 4 / kFloat / kCoefficients;
  int64_t most = kMostChunk;
  while (most > kLeastPanel && 2 * most * most > room) most -= 16;
  b.chunks = ceil_divide(g.ocg, most);
  b.chunk = ceil_divide(g.ocg, b.chunks);
  b.chunks = ceil_divide(g.ocg, b.chunk);
  b.in_chunks = ceil_divide(g.icg, most);
  b.in_chunk = align_up(ceil_divide(g.icg, b.in_chunks), width_of(*plan));
  b.in_chunks = ceil_divide(g.icg, b.in_chunk);
  int64_t panel = (room - b.chunk * b.in_chunk) / (b.chunk + b.in_chunk);
  if (panel > kMostPanel) panel = kMostPanel;
  if (panel < kLeastPanel) panel = kLeastPanel;
  panel = ceil_divide(tiles, ceil_divide(tiles, panel));
  b.panel = panel;
  b.block = ceil_divide(panel, kPieces);
  b.segments = ceil_divide(panel, b.block);
  int64_t* offsets = allocate_offsets(plan, panel);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t t = 0; t < panel; ++t) offsets[t] = t * width_of(*plan);
  plan->multiplies_padding = true;
  plan->workspace_shared = align_up(layout_of(*plan).all * kFloat, kAlignment);
  plan->workspace_per_thread =
      align_up((pixels_elements(*plan) + plan->kernels->product_rows) * kFloat, kAlignment);
  return CONV4J_OK;
}

// What is transformed: some channels of all images, of src or of diff_dst.
struct Planes {
  const float* first;  // the first channel's plane in image 0
  int64_t image;       // distance between images
  int64_t rows, columns, top, left;
  int64_t channels;
};

// Transforms tiles [first, end), whose results stand from tiles.v on.
void transform(const Plan& plan, const Planes& x, int64_t first, int64_t end, float* pixels,
               WinogradTiles tiles) {
  const Blocking& b = plan.blocking;
  tiles.pixels = pixels;
  tiles.pixel_distance = tiles.tile_distance;
  tiles.channels = x.channels;
  for (int64_t t = first; t < end; t += tiles.tiles, tiles.v += tiles.tiles * tiles.tile_distance) {
    const int64_t column = t % b.tile_columns;
    const int64_t row = t / b.tile_columns % b.tile_rows;
    const float* image = x.first + t / (b.tile_columns * b.tile_rows) * x.image;
    const int64_t left = b.tile_columns - column < end - t ? b.tile_columns - column : end - t;
    tiles.tiles = ceil_divide(left, ceil_divide(left, kMostTiles));
    const int64_t columns = kSize * tiles.tiles + (tiles.size - kSize);
    tiles.row_distance = columns * tiles.pixel_distance;
    const int64_t start = kSize * column - x.left;
    const int64_t ahead =
        tiles.tiles < b.tile_columns - column ? kSize * tiles.tiles : kSize * (x.columns - column);
    const Range inside_row = inside(columns, 1, start, x.columns);
    for (int64_t r = 0; r < tiles.size; ++r) {
      const int64_t from = kSize * row - x.top + r;
      float* out = pixels + r * tiles.row_distance;
      const Range range = from >= 0 && from < x.rows ? inside_row : Range{columns, columns};
      std::memset(out, 0, static_cast<size_t>(range.begin * tiles.pixel_distance * kFloat));
      std::memset(out + range.end * tiles.pixel_distance, 0,
                  static_cast<size_t>((columns - range.end) * tiles.pixel_distance * kFloat));
      if (range.size() == 0) continue;
      Transpose transpose = {};
      transpose.in = image + from * x.columns + start + range.begin;
      transpose.in_distance = x.rows * x.columns;
      transpose.rows = x.channels;
      transpose.columns = range.size();
      transpose.out = out + range.begin * tiles.pixel_distance;
      transpose.out_distance = tiles.pixel_distance;
      transpose.ahead = ahead;
      plan.kernels->transpose_f32(transpose);
    }
    plan.kernels->winograd_tiles_f32(tiles);
  }
}

// A chunk of output by a chunk of input channels of one group.
struct Chunk {
  int64_t oc, rows;  // first channel of all groups, how many
  int64_t ic, columns;
};

struct Task {
  const Plan& plan;
  const Execution& run;
  const Layout layout;
  float* const shared;

  void transform_src(const Chunk& chunk, int64_t block, int64_t start, int64_t first, int64_t end,
                     float* scratch) const {
    const Conv2d& g = plan.conv;
    const int64_t width = width_of(plan);
    const int64_t c = block * width;
    Planes x = {run.src + (chunk.ic + c) * g.src_plane,
                g.ic * g.src_plane,
                g.ih,
                g.iw,
                g.pt,
                g.pl,
                chunk.columns - c < width ? chunk.columns - c : width};
    WinogradTiles tiles = {};
    tiles.size = kSize + 2;
    tiles.v = shared + (block * plan.blocking.panel + (first - start)) * width;
    tiles.v_distance = layout.v_distance;
    tiles.tile_distance = width;
    transform(plan, x, first, end, scratch, tiles);
  }

  // Panel `panel` of W, its tiles start, ... until numbered from 0.
  void transform_diff(const Chunk& chunk, int64_t panel, int64_t start, int64_t until,
                      int64_t first, int64_t end, float* scratch, double* sums) const {
    const Conv2d& g = plan.conv;
    const Panels panels = panels_for(plan, chunk.rows);
    const int64_t height = panels.m / panels.count;
    const int64_t taller = panels.m % panels.count;
    const int64_t m = panel * height + (panel < taller ? panel : taller);
    Planes x = {run.diff_dst + (chunk.oc + m) * g.dst_plane,
                g.oc * g.dst_plane,
                g.oh,
                g.ow,
                0,
                0,
                height + (panel < taller ? 1 : 0)};
    float* partial = scratch + pixels_elements(plan);
    std::memset(partial, 0, static_cast<size_t>(x.channels * kFloat));
    WinogradTiles tiles = {};
    tiles.size = kSize;
    tiles.v = shared + layout.w + m * (until - start) + (first - start) * x.channels;
    tiles.v_distance = layout.w_distance;
    tiles.tile_distance = x.channels;
    tiles.sums = sums != nullptr ? partial : nullptr;
    transform(plan, x, first, end, scratch, tiles);
    if (sums == nullptr) return;
    for (int64_t row = 0; row < x.channels; ++row)
      sums[m + row] += static_cast<double>(partial[row]);
  }

  void multiply(const Chunk& chunk, int64_t i, int64_t block, int64_t tiles, bool add) const {
    const int64_t width = width_of(plan);
    const int64_t c = block * width;
    Product product = {};
    product.a = shared + layout.w + i * layout.w_distance;
    product.panels = panels_for(plan, chunk.rows);
    product.k = tiles;
    product.b = shared + i * layout.v_distance + block * plan.blocking.panel * width;
    product.offsets = plan.offsets;
    product.c = shared + layout.m + i * layout.m_distance + c * plan.blocking.chunk;
    product.c_m = width;
    product.rows = 1;
    product.columns = chunk.columns - c < width ? chunk.columns - c : width;
    product.flags = add ? kProductAccumulate : 0U;
    plan.kernels->product_f32(product);
  }

  void transform_back(const Chunk& chunk, int64_t row) const {
    const Conv2d& g = plan.conv;
    const int64_t width = width_of(plan);
    for (int64_t c = 0; c < chunk.columns; c += width) {
      const int64_t count = chunk.columns - c < width ? chunk.columns - c : width;
      plan.kernels->winograd_weights_f32(
          shared + layout.m + c * plan.blocking.chunk + row * width, layout.m_distance, count,
          run.diff_weights + ((chunk.oc + row) * g.icg + chunk.ic % g.icg + c) * 9);
    }
  }
};

void execute_chunk(const Task& task, const Chunk& chunk, bool sums_bias) {
  const Plan& plan = task.plan;
  const Blocking& b = plan.blocking;
  const int64_t threads = task.run.threads;
  const int64_t tiles = tile_count(plan.conv);
  const int64_t blocks = ceil_divide(chunk.columns, width_of(plan));
  const int64_t panels = panels_for(plan, chunk.rows).count;
  double* sums = reinterpret_cast<double*>(task.shared + task.layout.sums);
  if (sums_bias) std::memset(sums, 0, static_cast<size_t>(b.segments * b.chunk) * sizeof(double));
  for (int64_t start = 0; start < tiles; start += b.panel) {
    const int64_t until = start + b.panel < tiles ? start + b.panel : tiles;
    const int64_t pieces = ceil_divide(until - start, b.block);
    parallel_for((blocks + panels) * pieces, threads, [&](int64_t index, int64_t slot) {
      const int64_t piece = index % pieces;
      const int64_t part = index / pieces;
      const int64_t first = start + piece * b.block;
      const int64_t end = first + b.block < until ? first + b.block : until;
      float* scratch = scratch_of(plan, task.run, slot);
      if (part < blocks) {
        task.transform_src(chunk, part, start, first, end, scratch);
      } else {
        task.transform_diff(chunk, part - blocks, start, until, first, end, scratch,
                            sums_bias ? sums + piece * b.chunk : nullptr);
      }
    });
    // A task takes all blocks, so that W is read from L3 once.
    parallel_for(kCoefficients, threads, [&](int64_t i, int64_t) {
      for (int64_t block = 0; block < blocks; ++block) {
        task.multiply(chunk, i, block, until - start, start > 0);
      }
    });
  }
  parallel_for(chunk.rows, threads, [&](int64_t row, int64_t) { task.transform_back(chunk, row); });
  for (int64_t row = 0; sums_bias && row < chunk.rows; ++row) {
    double total = 0;
    for (int64_t piece = 0; piece < b.segments; ++piece) total += sums[piece * b.chunk + row];
    task.run.diff_bias[chunk.oc + row] = static_cast<float>(total);
  }
}

void execute(const Plan& plan, const Execution& run) {
  const Conv2d& g = plan.conv;
  const Blocking& b = plan.blocking;
  if (g.n == 0) {
    std::memset(run.diff_weights, 0, static_cast<size_t>(g.weights_elements() * kFloat));
    sum_bias(plan, run);
    return;
  }
  const Task task = {plan, run, layout_of(plan), reinterpret_cast<float*>(run.workspace)};
  for (int64_t group = 0; group < g.g; ++group) {
    for (int64_t m = 0; m < g.ocg; m += b.chunk) {
      for (int64_t c = 0; c < g.icg; c += b.in_chunk) {
        const Chunk chunk = {group * g.ocg + m, m + b.chunk < g.ocg ? b.chunk : g.ocg - m,
                             group * g.icg + c, c + b.in_chunk < g.icg ? b.in_chunk : g.icg - c};
        execute_chunk(task, chunk, c == 0 && run.diff_bias != nullptr);
      }
    }
  }
}

double cost(const Plan& plan) {
  const Conv2d& g = plan.conv;
  const double lanes = static_cast<double>(plan.kernels->lanes);
  const double tiles = static_cast<double>(tile_count(g));
  const double vectors = static_cast<double>(ceil_divide(g.icg, plan.kernels->lanes));
  return static_cast<double>(g.oc) * tiles * 36.0 * vectors * (16.0 / lanes);
}

}  // namespace

const Algorithm kWinograd4BackwardWeights = {"winograd4", supports, cost,
                                             lay_out,     nullptr,  execute};

}  // namespace conv4j
