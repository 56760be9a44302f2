// Winograd's F(4x4,3x3) and F(2x2,3x3): 3x3 kernels at stride 1 and dilation 1, NCHW in and out.
//
//   V[i][c][t]  transformed tile t of input channel c, i one of the 36 (16) coefficients
//   U[i][c][k]  transformed kernel, computed in double by prepare
//   M[i][k][t] = sum over c of U[i][c][k] * V[i][c][t]: a product for each coefficient
//   dst = the transform back of M, with bias and ReLU
// Channels lie in blocks of a vector's lanes: V and M are [i][block][t][lane], U is [i][panel][c]
// [2 * lanes], so that a product reads and writes vectors of channels whatever the width of the
// map. The tiles of all images of the batch are numbered through. Two ways, whichever moves fewer
// bytes:
//   fused   a task transforms a block of tiles, keeps its V and M in the L2 cache, and reads U, or
//           a share of it where there are few tiles: for few channels
//   staged  V and M of a panel of tiles lie in the shared workspace (L3); one round of tasks writes
//           V, one multiplies (a task owns a coefficient, so that U is read once), one transforms M
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
constexpr int64_t kFloat = static_cast<int64_t>(sizeof(float));

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

// Blocks of channels, a vector each.
struct ChannelBlocks {
  int64_t in, out;          // blocks
  int64_t all_in, all_out;  // channels in them
};

ChannelBlocks channel_blocks(const Plan& plan, const Conv2d& p) {
  const int64_t lanes = plan.kernels->lanes;
  const int64_t in = ceil_divide(p.icg, lanes);
  const int64_t out = ceil_divide(p.ocg, lanes);
  return {in, out, in * lanes, out * lanes};
}

// Tiles of a fused block, 0 where staging moves fewer bytes: a fused block reads U once, a staged
// tile goes to L3 and back as V and as M.
template <int kSize>
int64_t fused_block(const Plan& plan, const Conv2d& p, int64_t tiles) {
  const ChannelBlocks channels = channel_blocks(plan, p);
  const int64_t panel = kPanelVectors * plan.kernels->lanes;
  const int64_t most =
      caches().l2 / 5 * 3 / (coefficients(kSize) * (channels.all_in + panel) * kFloat);
  const int64_t moved = 4 * (channels.all_in + channels.all_out);
  if (most < 1 || channels.all_in * channels.all_out > moved * most) return 0;
  const int64_t wanted = ceil_divide(tiles, wanted_tasks(p.multiply_adds() / 4));
  const int64_t least = 28;
  const int64_t block = wanted < least ? least : wanted;
  return block < most ? block : most;
}

template <int kSize>
conv4j_status lay_out(Plan* plan) {
  set_problem(plan);
  const Conv2d& p = plan->problem;
  Blocking& b = plan->blocking;
  constexpr int64_t kCoefficients = coefficients(kSize);
  const int64_t lanes = plan->kernels->lanes;
  const ChannelBlocks channels = channel_blocks(*plan, p);
  const Tiling t = tiling(p, kSize);
  b.tile_rows = t.rows;
  b.tile_columns = t.columns;
  const int64_t tiles = t.all > 0 ? t.all : 1;
  const int64_t panels = ceil_divide(channels.out, kPanelVectors);

  const int64_t fused = fused_block<kSize>(*plan, p, tiles);
  b.panel = 0;
  if (fused > 0) {
    b.block = ceil_divide(tiles, ceil_divide(tiles, fused));
    b.chunks = panels;
    b.chunk = kPanelVectors * lanes;
    plan->workspace_per_thread =
        kCoefficients * kFloat * (spread(channels.all_in * b.block) + spread(b.chunk * b.block));
  } else {
    const int64_t tile_bytes = kCoefficients * (channels.all_in + channels.all_out) * kFloat;
    int64_t panel = caches().l3 / 4 / tile_bytes;
    const int64_t least = 28;
    if (panel < least) panel = least;
    b.panel = ceil_divide(tiles, ceil_divide(tiles, panel));
    b.block = b.panel < least ? b.panel : least;
    // Two tasks a coefficient suit more than a few threads.
    b.chunks = panels < 2 ? panels : 2;
    b.chunk = ceil_divide(panels, b.chunks) * kPanelVectors * lanes;
    b.chunks = ceil_divide(p.ocg, b.chunk);
    plan->workspace_shared =
        kCoefficients * kFloat *
        (spread(channels.all_in * b.panel) + spread(channels.all_out * b.panel));
  }
  int64_t* offsets = allocate_offsets(plan, channels.in);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  const int64_t v_tiles = fused > 0 ? b.block : b.panel;
  for (int64_t in = 0; in < channels.in; ++in) offsets[in] = in * v_tiles * lanes;
  plan->packed_elements = p.g * kCoefficients * channels.all_in * channels.all_out;
  plan->multiplies_padding = true;  // a kernel that is not finite would spoil whole tiles
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

// U[g][i][panel][c][lane]; channels that fill up a vector have weights 0.
template <int kSize>
void prepare(const Plan& plan, const float* weights, float* packed) {
  const Conv2d& p = plan.problem;
  constexpr int64_t kCoefficients = coefficients(kSize);
  const ChannelBlocks channels = channel_blocks(plan, p);
  const int64_t width = kPanelVectors * plan.kernels->lanes;
  const int64_t panels = ceil_divide(channels.all_out, width);
  parallel_for(p.g * panels, thread_limit(), [&](int64_t index, int64_t) {
    const int64_t g = index / panels;
    const int64_t first = index % panels * width;
    const int64_t lanes = first + width < channels.all_out ? width : channels.all_out - first;
    float* out = packed + (g * kCoefficients * channels.all_out + first) * channels.all_in;
    const int64_t distance = channels.all_out * channels.all_in;  // from coefficient to coefficient
    for (int64_t c = 0; c < channels.all_in; ++c) {
      for (int64_t lane = 0; lane < lanes; ++lane) {
        double u[kCoefficients] = {};
        if (c < p.icg && first + lane < p.ocg) {
          transform_kernel<kSize>(tap_line(plan, weights, g, first + lane, c), u);
        }
        for (int64_t i = 0; i < kCoefficients; ++i) {
          out[i * distance + c * lanes + lane] = static_cast<float>(u[i]);
        }
      }
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

// V of one block of input channels for tiles [first, end); v is where tile `first` of coefficient 0
// goes.
template <int kSize>
void transform_input(const Plan& plan, const float* src, int64_t g, int64_t in_block, int64_t first,
                     int64_t end, float* v, int64_t v_distance) {
  const Conv2d& p = plan.problem;
  const int64_t lanes = plan.kernels->lanes;
  const int64_t c = in_block * lanes;
  WinogradInput input = {};
  input.size = kSize;
  input.plane = p.src_plane;
  input.height = p.ih;
  input.width = p.iw;
  input.channels = c + lanes < p.icg ? lanes : p.icg - c;
  input.v_distance = v_distance;
  for_each_segment(plan.blocking, first, end, [&](const Segment& s, int64_t t) {
    input.src = src + (s.n * p.ic + g * p.icg + c) * p.src_plane;
    input.first_row = s.row * kSize - p.pt;
    input.first_column = s.column * kSize - p.pl;
    input.tiles = s.count;
    input.v = v + (t - first) * lanes;
    plan.kernels->winograd_input_f32(input);
  });
}

// dst of one block of output channels for tiles [first, end); m is where tile `first` of
// coefficient 0 lies.
template <int kSize>
void transform_output(const Plan& plan, const Execution& run, int64_t g, int64_t out_block,
                      int64_t first, int64_t end, const float* m, int64_t m_distance) {
  const Conv2d& p = plan.problem;
  const int64_t lanes = plan.kernels->lanes;
  const int64_t k = out_block * lanes;
  const int64_t oc = g * p.ocg + k;
  WinogradOutput output = {};
  output.size = kSize;
  output.m_distance = m_distance;
  output.plane = p.dst_plane;
  output.dst_row = p.ow;
  output.channels = k + lanes < p.ocg ? lanes : p.ocg - k;
  output.bias = run.bias != nullptr ? run.bias + oc : nullptr;
  output.relu = plan.options.relu != 0 ? 1 : 0;
  float* dst = problem_dst(plan, run);
  for_each_segment(plan.blocking, first, end, [&](const Segment& s, int64_t t) {
    const int64_t oh = s.row * kSize;
    const int64_t ow = s.column * kSize;
    output.m = m + (t - first) * lanes;
    output.tiles = s.count;
    output.dst = dst + (s.n * p.oc + oc) * p.dst_plane + oh * p.ow + ow;
    output.rows = oh + kSize < p.oh ? kSize : p.oh - oh;
    output.columns = ow + s.count * kSize < p.ow ? s.count * kSize : p.ow - ow;
    plan.kernels->winograd_output_f32(output);
  });
}

// One coefficient of M for `tiles` tiles and the output channels from block first_block on.
struct Operands {
  const float* v;  // [block][tile][lane]
  float* m;        // likewise, from the first output block on
  int64_t m_block;
};

template <int kSize>
void multiply(const Plan& plan, const Execution& run, int64_t g, int64_t i, int64_t first_block,
              int64_t blocks, int64_t tiles, const Operands& o) {
  const Conv2d& p = plan.problem;
  const int64_t lanes = plan.kernels->lanes;
  const ChannelBlocks channels = channel_blocks(plan, p);
  const float* u = run.weights + (g * coefficients(kSize) + i) * channels.all_out * channels.all_in;
  BlockedProduct product = {};
  product.a = o.v;
  product.offsets = plan.offsets;
  product.runs = 1;
  product.run = channels.in;
  product.rows = tiles;
  product.c_block = o.m_block;
  for (int64_t block = 0; block < blocks; block += kPanelVectors) {
    product.vectors = block + kPanelVectors < blocks ? kPanelVectors : blocks - block;
    product.b = u + (first_block + block) * lanes * channels.all_in;
    product.c = o.m + block * product.c_block;
    if (plan.blocking.panel > 0) {
      const int64_t elements = channels.all_in * product.vectors * lanes;
      product.next = product.b + elements;
      product.next_lines = elements * kFloat / kAlignment;
    }
    plan.kernels->blocked_product_f32(product);
  }
}

// How fused work is dealt out to so many threads: a block's panels of output channels to several
// tasks, which all transform its input, or smaller blocks where there is one panel. Which tiles are
// multiplied together, and how many channels, has no effect on their values.
struct Cut {
  int64_t block, blocks;
  int64_t shares;  // tasks of a block
};

Cut cut_for(const Plan& plan, int64_t tiles, int64_t threads) {
  const Blocking& b = plan.blocking;
  const int64_t groups = plan.problem.g;
  Cut cut = {b.block, ceil_divide(tiles, b.block), 1};
  const auto some_idle = [&](int64_t tasks) {  // more than an eighth of all threads' time
    return 8 * tasks < 7 * align_up(tasks, threads);
  };
  while (cut.shares < b.chunks && some_idle(groups * cut.blocks * cut.shares)) ++cut.shares;
  if (b.chunks == 1 && some_idle(groups * cut.blocks)) {
    constexpr int64_t kLeastBlock = 8;  // tiles: fewer wait for their sums
    const int64_t blocks = ceil_divide(align_up(groups * cut.blocks, threads), groups);
    const int64_t block = ceil_divide(tiles, blocks);
    cut.block = block < kLeastBlock && b.block > kLeastBlock ? kLeastBlock : block;
    if (cut.block > b.block) cut.block = b.block;
    cut.blocks = ceil_divide(tiles, cut.block);
  }
  return cut;
}

template <int kSize>
void execute_fused(const Plan& plan, const Execution& run) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const float* src = problem_src(plan, run);
  const ChannelBlocks channels = channel_blocks(plan, p);
  const int64_t tiles = tiling(p, kSize).all;
  const Cut cut = cut_for(plan, tiles, run.threads);
  const int64_t v_distance = spread(channels.all_in * b.block);
  const int64_t m_distance = spread(b.chunk * b.block);
  parallel_for(p.g * cut.blocks * cut.shares, run.threads, [&](int64_t index, int64_t slot) {
    const int64_t share = index % cut.shares;
    const int64_t first_out = share * b.chunks / cut.shares * kPanelVectors;
    const int64_t shared_out = (share + 1) * b.chunks / cut.shares * kPanelVectors;
    const int64_t end_out = shared_out < channels.out ? shared_out : channels.out;
    const int64_t g = index / cut.shares / cut.blocks;
    const int64_t first = index / cut.shares % cut.blocks * cut.block;
    const int64_t end = first + cut.block < tiles ? first + cut.block : tiles;
    float* v = scratch_of(plan, run, slot);
    float* m = v + coefficients(kSize) * v_distance;
    const int64_t lanes = plan.kernels->lanes;
    for (int64_t in = 0; in < channels.in; ++in) {
      transform_input<kSize>(plan, src, g, in, first, end, v + in * b.block * lanes, v_distance);
    }
    for (int64_t out = first_out; out < end_out; out += kPanelVectors) {
      const int64_t count = out + kPanelVectors < end_out ? kPanelVectors : end_out - out;
      for (int64_t i = 0; i < coefficients(kSize); ++i) {
        multiply<kSize>(plan, run, g, i, out, count, end - first,
                        {v + i * v_distance, m + i * m_distance, b.block * lanes});
      }
      for (int64_t block = 0; block < count; ++block) {
        transform_output<kSize>(plan, run, g, out + block, first, end, m + block * b.block * lanes,
                                m_distance);
      }
    }
  });
}

template <int kSize>
void execute_staged(const Plan& plan, const Execution& run) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const float* src = problem_src(plan, run);
  const ChannelBlocks channels = channel_blocks(plan, p);
  const int64_t lanes = plan.kernels->lanes;
  const int64_t tiles = tiling(p, kSize).all;
  const int64_t v_distance = spread(channels.all_in * b.panel);
  const int64_t m_distance = spread(channels.all_out * b.panel);
  float* v = reinterpret_cast<float*>(run.workspace);
  float* m = v + coefficients(kSize) * v_distance;
  for (int64_t g = 0; g < p.g; ++g) {
    for (int64_t start = 0; start < tiles; start += b.panel) {
      const int64_t until = start + b.panel < tiles ? start + b.panel : tiles;
      const int64_t blocks = ceil_divide(until - start, b.block);
      const auto block_of = [&](int64_t index) { return start + index % blocks * b.block; };
      const auto block_end = [&](int64_t first) {
        return first + b.block < until ? first + b.block : until;
      };
      parallel_for(blocks * channels.in, run.threads, [&](int64_t index, int64_t) {
        const int64_t in = index / blocks;
        const int64_t first = block_of(index);
        transform_input<kSize>(plan, src, g, in, first, block_end(first),
                               v + (in * b.panel + first - start) * lanes, v_distance);
      });
      parallel_for(coefficients(kSize) * b.chunks, run.threads, [&](int64_t index, int64_t) {
        const int64_t i = index / b.chunks;
        const int64_t out = index % b.chunks * (b.chunk / lanes);
        const int64_t count =
            out + b.chunk / lanes < channels.out ? b.chunk / lanes : channels.out - out;
        multiply<kSize>(
            plan, run, g, i, out, count, until - start,
            {v + i * v_distance, m + i * m_distance + out * b.panel * lanes, b.panel * lanes});
      });
      parallel_for(blocks * channels.out, run.threads, [&](int64_t index, int64_t) {
        const int64_t out = index / blocks;
        const int64_t first = block_of(index);
        transform_output<kSize>(plan, run, g, out, first, block_end(first),
                                m + (out * b.panel + first - start) * lanes, m_distance);
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

// In vector multiply-adds, 5.7 a nanosecond on the Ice Lake at 2.8 GHz where this was fitted.
template <int kSize>
double cost(const Plan& plan) {
  Plan copy = plan;
  set_problem(&copy);
  const Conv2d& p = copy.problem;
  const ChannelBlocks channels = channel_blocks(copy, p);
  const double tiles = static_cast<double>(tiling(p, kSize).all);
  // A tile of the product of few rows waits for its sums.
  const double least = plan.kernels->lanes < 16 ? 6 : 4;
  const double rows = tiles < least ? least : tiles;
  const double groups = static_cast<double>(p.g);
  const double all_in = static_cast<double>(channels.all_in);
  const double u =
      static_cast<double>(coefficients(kSize)) * all_in * static_cast<double>(channels.all_out);
  const double products = u / static_cast<double>(plan.kernels->lanes) * rows * 1.15;
  const double one_input = kSize == 4 ? 700 : 210;
  const double one_output = kSize == 4 ? 520 : 130;
  const double transforms = tiles * (one_input * static_cast<double>(channels.in) +
                                     one_output * static_cast<double>(channels.out));
  const double reading = u * static_cast<double>(kFloat) * weight_byte_cost(plan, u * kFloat);
  return groups * ((products + transforms) * vector_cost(plan) + reading);
}

}  // namespace

const Algorithm kWinograd4 = {"winograd4", supports<4>, cost<4>,
                              lay_out<4>,  prepare<4>,  execute<4>};
const Algorithm kWinograd2 = {"winograd2", supports<2>, cost<2>,
                              lay_out<2>,  prepare<2>,  execute<2>};

}  // namespace conv4j
