// winograd4, backward weights: F(3x3,4x4) for 3x3 kernels at stride 1, NCHW in and out.
//
//   V[i][t][c]  transformed 6x6 tile t of input channel c, i one of the 36 coefficients
//   W[i][t][k]  transformed 4x4 tile t of diff_dst's channel k, in panels
//   M[i][k][c] = sum over t of W[i][t][k] * V[i][t][c]: a product for each coefficient
//   diff_weights = the transform back of M
// The tiles of all images of the batch are numbered through. V and W of a panel of tiles lie in the
// shared workspace (L3), written by one round of tasks and read by the next, which adds to M. A
// chunk of output by a chunk of input channels at a time, so that M stays in L3, too; sums over
// many tiles are so made of partial ones. Where all tiles are one panel, a task keeps its part of M
// in L2. 144 multiplications become 36. The error grows: see Accuracy. A pixel that is not finite
// spreads over the kernel; with diff_dst not finite, `rows` runs.
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

// Whether all tiles are one panel, so that a task can finish its gradients.
bool is_single(const Plan& plan) { return plan.blocking.panel >= tile_count(plan.conv); }

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
  l.m_distance = spread(is_single(plan) ? width_of(plan) * b.segment : padded * b.chunk);
  l.w = kCoefficients * l.v_distance;
  l.m = l.w + kCoefficients * l.w_distance;
  l.sums = l.m + (is_single(plan) ? 0 : kCoefficients * l.m_distance);
  l.all = l.sums + kPieces * b.chunk * 2;
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
  const bool single = tiles <= kMostPanel && tiles * (g.ocg + g.icg) <= room;
  int64_t most = single ? g.ocg + g.icg : kMostChunk;
  while (!single && most > kLeastPanel && 2 * most * most > room) most -= 16;
  b.chunks = ceil_divide(g.ocg, most);
  b.chunk = ceil_divide(g.ocg, b.chunks);
  b.chunks = ceil_divide(g.ocg, b.chunk);
  b.in_chunks = ceil_divide(g.icg, most);
  b.in_chunk = align_up(ceil_divide(g.icg, b.in_chunks), width_of(*plan));
  b.in_chunks = ceil_divide(g.icg, b.in_chunk);
  int64_t panel = (room - b.chunk * b.in_chunk) / (b.chunk + b.in_chunk);
  if (panel > kMostPanel || single) panel = kMostPanel;
  if (panel < kLeastPanel) panel = kLeastPanel;
  b.panel = ceil_divide(tiles, ceil_divide(tiles, panel));
  b.block = ceil_divide(b.panel, kPieces);
  // Output channels whose M a task multiplies: all, or as many as it finishes in L2.
  b.segment = b.chunk;
  if (is_single(*plan)) {
    const int64_t rows = plan->kernels->product_rows;
    const int64_t blocks = ceil_divide(b.in_chunk, width_of(*plan));
    const int64_t fitting = caches().l2 / 4 / (kCoefficients * width_of(*plan) * kFloat);
    const int64_t shared = ceil_divide(b.chunk, ceil_divide(kWantedTasks, blocks));
    const int64_t segment = align_up(shared < fitting ? shared : fitting, rows);
    b.segment = segment < b.chunk ? segment : b.chunk;
  }
  int64_t* offsets = allocate_offsets(plan, b.panel);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t t = 0; t < b.panel; ++t) offsets[t] = t * width_of(*plan);
  plan->workspace_shared = align_up(layout_of(*plan).all * kFloat, kAlignment);
  const int64_t pixels = align_up(pixels_elements(*plan) + plan->kernels->product_rows, 16);
  const int64_t m = is_single(*plan) ? kCoefficients * layout_of(*plan).m_distance : 0;
  plan->workspace_per_thread = align_up((pixels > m ? pixels : m) * kFloat, kAlignment);
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

  Panels panels_of(const Chunk& chunk, int64_t m) const {
    const int64_t segment = plan.blocking.segment;
    return panels_for(plan, m + segment < chunk.rows ? segment : chunk.rows - m);
  }

  // Panel `panel` of W, its tiles start, ... until numbered from 0.
  void transform_diff(const Chunk& chunk, int64_t panel, int64_t start, int64_t until,
                      int64_t first, int64_t end, float* scratch, double* sums) const {
    const Conv2d& g = plan.conv;
    const int64_t full = panels_of(chunk, 0).count;
    const int64_t segment = panel / full * plan.blocking.segment;
    const Panels panels = panels_of(chunk, segment);
    const int64_t index = panel % full;
    const int64_t height = panels.m / panels.count;
    const int64_t taller = panels.m % panels.count;
    const int64_t m = segment + index * height + (index < taller ? index : taller);
    Planes x = {run.diff_dst + (chunk.oc + m) * g.dst_plane,
                g.oc * g.dst_plane,
                g.oh,
                g.ow,
                0,
                0,
                height + (index < taller ? 1 : 0)};
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

  // M of one segment of output channels, one block of input channels, one coefficient.
  void multiply(const Chunk& chunk, int64_t i, int64_t block, int64_t segment, int64_t tiles,
                bool add, float* m) const {
    const int64_t width = width_of(plan);
    const int64_t c = block * width;
    Product product = {};
    product.a = shared + layout.w + i * layout.w_distance + segment * tiles;
    product.panels = panels_of(chunk, segment);
    product.k = tiles;
    product.b = shared + i * layout.v_distance + block * plan.blocking.panel * width;
    product.offsets = plan.offsets;
    product.c = m + i * layout.m_distance;
    product.c_m = width;
    product.rows = 1;
    product.columns = chunk.columns - c < width ? chunk.columns - c : width;
    product.flags = add ? kProductAccumulate : 0U;
    plan.kernels->product_f32(product);
  }

  // The gradients of one segment of output channels by one block of input channels.
  void finish(const Chunk& chunk, int64_t block, int64_t segment, int64_t tiles, float* m) const {
    for (int64_t i = 0; i < kCoefficients; ++i) {
      multiply(chunk, i, block, segment, tiles, false, m);
    }
    const int64_t rows = panels_of(chunk, segment).m;
    for (int64_t row = 0; row < rows; ++row) {
      transform_back(chunk, segment + row, block, m + row * width_of(plan));
    }
  }

  float* m_of(int64_t block) const {
    return shared + layout.m + block * width_of(plan) * plan.blocking.chunk;
  }

  // One output channel by one block of input channels.
  void transform_back(const Chunk& chunk, int64_t row, int64_t block, const float* m) const {
    const Conv2d& g = plan.conv;
    const int64_t c = block * width_of(plan);
    const int64_t left = chunk.columns - c;
    plan.kernels->winograd_weights_f32(
        m, layout.m_distance, left < width_of(plan) ? left : width_of(plan),
        run.diff_weights + ((chunk.oc + row) * g.icg + chunk.ic % g.icg + c) * 9);
  }
};

// Whether the sums of diff_dst, where they are taken, are finite.
bool execute_chunk(const Task& task, const Chunk& chunk, bool sums_bias) {
  const Plan& plan = task.plan;
  const Blocking& b = plan.blocking;
  const int64_t threads = task.run.threads;
  const int64_t tiles = tile_count(plan.conv);
  const int64_t blocks = ceil_divide(chunk.columns, width_of(plan));
  const int64_t segments = ceil_divide(chunk.rows, b.segment);
  const int64_t last = (segments - 1) * b.segment;
  const int64_t panels =
      (segments - 1) * task.panels_of(chunk, 0).count + task.panels_of(chunk, last).count;
  double* sums = reinterpret_cast<double*>(task.shared + task.layout.sums);
  if (sums_bias) std::memset(sums, 0, static_cast<size_t>(kPieces * b.chunk) * sizeof(double));
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
    if (is_single(plan)) {
      parallel_for(blocks * segments, threads, [&](int64_t index, int64_t slot) {
        task.finish(chunk, index / segments, index % segments * b.segment, tiles,
                    scratch_of(plan, task.run, slot));
      });
      continue;
    }
    // A task takes all blocks, so that W is read from L3 once.
    parallel_for(kCoefficients, threads, [&](int64_t i, int64_t) {
      for (int64_t block = 0; block < blocks; ++block) {
        task.multiply(chunk, i, block, 0, until - start, start > 0, task.m_of(block));
      }
    });
  }
  if (!is_single(plan)) {
    parallel_for(chunk.rows, threads, [&](int64_t row, int64_t) {
      for (int64_t block = 0; block < blocks; ++block) {
        task.transform_back(chunk, row, block, task.m_of(block) + row * width_of(plan));
      }
    });
  }
  if (!sums_bias) return true;
  for (int64_t piece = 1; piece < kPieces; ++piece) {
    for (int64_t row = 0; row < chunk.rows; ++row) sums[row] += sums[piece * b.chunk + row];
  }
  return write_bias(task.run, chunk.oc, sums, chunk.rows);
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
  bool finite = true;
  for (int64_t group = 0; group < g.g; ++group) {
    for (int64_t m = 0; m < g.ocg; m += b.chunk) {
      for (int64_t c = 0; c < g.icg; c += b.in_chunk) {
        const Chunk chunk = {group * g.ocg + m, m + b.chunk < g.ocg ? b.chunk : g.ocg - m,
                             group * g.icg + c, c + b.in_chunk < g.icg ? b.in_chunk : g.icg - c};
        finite = execute_chunk(task, chunk, c == 0) && finite;
      }
    }
  }
  // Zeros of the padding, and pixels beyond the tile's, met something that is not finite.
  if (!finite) rows_algorithm(CONV4J_BACKWARD_WEIGHTS).execute(plan, run);
}

double cost(const Plan& plan) {
  const Conv2d& g = plan.conv;
  const double tiles = static_cast<double>(tile_count(g));
  const double oc = static_cast<double>(g.oc);
  const double vectors = static_cast<double>(ceil_divide(g.icg, plan.kernels->lanes));
  const double panels = static_cast<double>(ceil_divide(g.ocg, plan.kernels->product_rows));
  // Measured on an Ice Lake, in steps of 0.6 cycles: a product takes 1.4, with what it waits for
  // L3; the transform of a tile's vector 1400, that of a vector of kernels 1000.
  const double products = static_cast<double>(kCoefficients) * tiles * oc * vectors * 1.4;
  const double transforms = static_cast<double>(g.g) * (vectors + panels) * tiles * 1400.0;
  return (products + transforms + oc * vectors * 1000.0) * vector_cost(plan) +
         6000.0 * static_cast<double>(g.g);
}

}  // namespace

const Algorithm kWinograd4BackwardWeights = {"winograd4", supports, cost,
                                             lay_out,     nullptr,  execute};

}  // namespace conv4j
