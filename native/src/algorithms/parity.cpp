// parity: backward data with a stride, as convolutions at stride 1, one for each residue.
//
// Row ih and column iw of diff_src are ih + PT = a + SH * t and iw + PL = b + SW * u. The taps that
// reach them are those with kh*DH = a + SH * k and kw*DW = b + SW * l, and they read pixel
// (t - k, u - l) of diff_dst: for each residue (a, b) a convolution at stride 1 with the part of
// the kernel that belongs to it, and no multiplication by a zero in between. Each task copies a
// strip of diff_dst's rows with zeros around them, multiplies it residue by residue for a chunk of
// input channels (the product kernel), which leaves rows dealt out by phase, and puts those
// together. The scratch of a task is kept to half the L2 cache.
#include <cstring>

#include "algorithms/algorithms.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

// What follows from one axis: extent I of diff_src, kernel K, stride S, padding P, dilation D.
struct Axis {
  int64_t kernel, stride, dilation;
  int64_t steps;  // values of t (u)
  int64_t reach;  // the largest k (l)

  // The taps of a residue, in their order.
  template <typename Callable>
  void for_each_tap(int64_t residue, const Callable& f) const {
    for (int64_t tap = 0; tap < kernel; ++tap) {
      if (tap * dilation % stride == residue) f(tap, tap * dilation / stride);
    }
  }
  int64_t taps(int64_t residue) const {
    int64_t count = 0;
    for_each_tap(residue, [&](int64_t, int64_t) { ++count; });
    return count;
  }
};

Axis axis_of(int64_t extent, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  return {kernel, stride, dilation, (extent - 1 + padding) / stride + 1,
          (kernel - 1) * dilation / stride};
}
Axis height_of(const Conv2d& g) { return axis_of(g.ih, g.kh, g.sh, g.pt, g.dh); }
Axis width_of(const Conv2d& g) { return axis_of(g.iw, g.kw, g.sw, g.pl, g.dw); }

// Bytes of scratch for so many values of t and input channels.
double scratch_bytes(const Conv2d& g, int64_t rows, int64_t channels) {
  const Axis height = height_of(g);
  const Axis width = width_of(g);
  const double in = static_cast<double>(g.ocg) * static_cast<double>(rows + height.reach) *
                    static_cast<double>(width.steps + width.reach);
  const double out = static_cast<double>(channels) * static_cast<double>(rows) *
                     static_cast<double>(g.sw) * static_cast<double>(width.steps);
  return (in + out) * static_cast<double>(sizeof(float));
}

bool supports(const Plan& plan) {
  const Conv2d& g = plan.conv;
  constexpr int64_t kMostStride = 8;
  return (g.sh > 1 || g.sw > 1) && g.sh <= kMostStride && g.sw <= kMostStride &&
         scratch_bytes(g, 1, plan.kernels->product_rows) < 4e8;
}

conv4j_status lay_out(Plan* plan) {
  plan->problem = plan->conv;
  const Conv2d& g = plan->conv;
  Blocking& b = plan->blocking;
  const Axis height = height_of(g);
  const Axis width = width_of(g);
  const int64_t images = g.n * g.g > 0 ? g.n * g.g : 1;
  const int64_t wanted = ceil_divide(wanted_tasks(g.multiply_adds()), images);
  const int64_t tiles = ceil_divide(g.icg, plan->kernels->product_rows);
  constexpr int64_t kTiles = 4;  // enough to make up for the copy of the strip
  b.chunks = ceil_divide(tiles, kTiles);
  b.chunk = ceil_divide(g.icg, b.chunks);
  b.chunks = ceil_divide(g.icg, b.chunk);
  int64_t rows = ceil_divide(height.steps, ceil_divide(wanted, b.chunks));
  while (rows > 1 && scratch_bytes(g, rows, b.chunk) > static_cast<double>(caches().l2) / 2) {
    rows = (rows + 1) / 2;
  }
  b.strips = ceil_divide(height.steps, rows);
  b.strip_rows = ceil_divide(height.steps, b.strips);
  b.strips = ceil_divide(height.steps, b.strip_rows);
  b.strip_in_rows = b.strip_rows + height.reach;
  b.phase_length = width.steps + width.reach;
  b.row_elements = g.sw * width.steps;

  int64_t* offsets = allocate_offsets(plan, g.ocg * g.kh * g.kw);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t residue = 0; residue < g.sh * g.sw; ++residue) {
    for (int64_t c = 0; c < g.ocg; ++c) {
      height.for_each_tap(residue / g.sw, [&](int64_t, int64_t k) {
        width.for_each_tap(residue % g.sw, [&](int64_t, int64_t l) {
          *offsets++ = (c * b.strip_in_rows + height.reach - k) * b.phase_length + width.reach - l;
        });
      });
    }
  }
  plan->packed_elements = g.weights_elements();
  plan->multiplies_padding = true;
  const int64_t in = align_up(g.ocg * b.strip_in_rows * b.phase_length, 16);
  const int64_t out = align_up(b.chunk * b.strip_rows * b.row_elements, 16);
  plan->workspace_per_thread = (in + out) * static_cast<int64_t>(sizeof(float));
  return CONV4J_OK;
}

// Group by group, chunk by chunk, residue by residue in panels: what product_f32 reads.
void prepare(const Plan& plan, const float* weights, float* packed) {
  const Conv2d& g = plan.conv;
  const Axis height = height_of(g);
  const Axis width = width_of(g);
  for (int64_t group = 0; group < g.g; ++group) {
    for (int64_t first = 0; first < g.icg; first += plan.blocking.chunk) {
      const int64_t chunk =
          first + plan.blocking.chunk < g.icg ? plan.blocking.chunk : g.icg - first;
      const Panels panels = panels_for(plan, chunk);
      for (int64_t residue = 0; residue < g.sh * g.sw; ++residue) {
        int64_t m = first;
        for (int64_t panel = 0; panel < panels.count; ++panel) {
          const int64_t rows = chunk / panels.count + (panel < chunk % panels.count ? 1 : 0);
          for (int64_t c = group * g.ocg; c < (group + 1) * g.ocg; ++c) {
            height.for_each_tap(residue / g.sw, [&](int64_t kh, int64_t) {
              width.for_each_tap(residue % g.sw, [&](int64_t kw, int64_t) {
                for (int64_t row = 0; row < rows; ++row) {
                  *packed++ = weights[((c * g.icg + m + row) * g.kh + kh) * g.kw + kw];
                }
              });
            });
          }
          m += rows;
        }
      }
    }
  }
}

// The rows of diff_dst that values [first, first + rows) of t read, with zeros around them.
void copy_strip(const Plan& plan, const float* planes, int64_t first, int64_t rows, float* strip) {
  const Conv2d& g = plan.conv;
  const Blocking& b = plan.blocking;
  const int64_t above = height_of(g).reach;
  SplitRow copy = {nullptr, g.ow, width_of(g).reach, 1, b.phase_length, 0.0F, nullptr};
  for (int64_t c = 0; c < g.ocg; ++c) {
    for (int64_t r = 0; r < rows + above; ++r) {
      const int64_t oh = first - above + r;
      copy.row = oh >= 0 && oh < g.oh ? planes + c * g.dst_plane + oh * g.ow : nullptr;
      copy.out = strip + (c * b.strip_in_rows + r) * b.phase_length;
      plan.kernels->split_row_f32(copy);
    }
  }
}

// One residue of a chunk of `channels`: out[m][row][residue of the column][u].
void multiply(const Plan& plan, int64_t residue, int64_t taps, const int64_t* offsets,
              const float* weights, int64_t channels, int64_t rows, const float* strip,
              float* out) {
  const Conv2d& g = plan.conv;
  const Blocking& b = plan.blocking;
  const int64_t steps = b.row_elements / g.sw;
  float* phase = out + residue % g.sw * steps;
  if (taps == 0) {
    for (int64_t r = 0; r < channels * rows; ++r) {
      std::memset(phase + r * b.row_elements, 0, static_cast<size_t>(steps) * sizeof(float));
    }
    return;
  }
  Product product = {};
  product.a = weights;
  product.panels = panels_for(plan, channels);
  product.k = taps;
  product.b = strip;
  product.offsets = offsets;
  product.b_row = b.phase_length;
  product.c = phase;
  product.c_m = rows * b.row_elements;
  product.c_row = b.row_elements;
  product.rows = rows;
  product.columns = steps;
  plan.kernels->product_f32(product);
}

void execute(const Plan& plan, const Execution& run) {
  const Conv2d& g = plan.conv;
  const Blocking& b = plan.blocking;
  const Axis height = height_of(g);
  const Axis width = width_of(g);
  const auto task = [&](int64_t index, int64_t slot) {
    const int64_t chunk = index % b.chunks;
    const int64_t strip = index / b.chunks % b.strips;
    const int64_t image = index / (b.chunks * b.strips);  // n * G + group
    const int64_t group = image % g.g;
    const int64_t first = strip * b.strip_rows;
    const int64_t rows = first + b.strip_rows < height.steps ? b.strip_rows : height.steps - first;
    const int64_t m = chunk * b.chunk;
    const int64_t channels = m + b.chunk < g.icg ? b.chunk : g.icg - m;
    float* in = scratch_of(plan, run, slot);
    float* out = in + align_up(g.ocg * b.strip_in_rows * b.phase_length, 16);
    copy_strip(plan, run.diff_dst + image * g.ocg * g.dst_plane, first, rows, in);
    const int64_t* offsets = plan.offsets;
    const float* weights = run.weights + (group * g.icg + m) * g.ocg * g.kh * g.kw;
    for (int64_t residue = 0; residue < g.sh * g.sw; ++residue) {
      const int64_t taps = g.ocg * height.taps(residue / g.sw) * width.taps(residue % g.sw);
      multiply(plan, residue, taps, offsets, weights, channels, rows, in, out);
      offsets += taps;
      weights += taps * channels;
      if (residue % g.sw != g.sw - 1) continue;
      // All columns of the rows with this residue are there.
      for (int64_t row = 0; row < channels * rows; ++row) {
        const int64_t ih = residue / g.sw + (first + row % rows) * g.sh - g.pt;
        if (ih < 0 || ih >= g.ih) continue;
        float* to = run.diff_src + ((image * g.icg + m + row / rows) * g.ih + ih) * g.iw;
        plan.kernels->merge_row_f32(out + row * b.row_elements, g.iw, g.pl, g.sw, width.steps, to);
      }
    }
  };
  parallel_for(g.n * g.g * b.strips * b.chunks, run.threads, task);
}

double cost(const Plan& plan) {
  const Conv2d& g = plan.conv;
  const Axis height = height_of(g);
  const Axis width = width_of(g);
  const double vectors = static_cast<double>(height.steps) *
                         static_cast<double>(ceil_divide(width.steps, plan.kernels->lanes));
  const double rows = static_cast<double>(g.icg);
  const double images = static_cast<double>(g.n * g.g);
  // Measured on an Ice Lake; rows of one vector leave the product kernel half its tile.
  const double one = g.kh == 1 && g.kw == 1 ? 2.0 : 1.0;
  const double efficiency = one * (width.steps <= plan.kernels->lanes ? 2.0 : 1.35);
  const double calls = images * static_cast<double>(g.sh * g.sw) * 1600.0;
  const double products = calls + images * rows * static_cast<double>(g.ocg * g.kh * g.kw) *
                                      vectors * (efficiency + 5.0 / rows) * vector_cost(plan);
  const double copies =
      images * static_cast<double>(g.ocg * g.oh) * (20.0 + static_cast<double>(g.ow) / 8.0);
  const double merges = images * rows * static_cast<double>(g.ih) *
                        (20.0 + static_cast<double>(g.iw) * (g.sw == 2 || g.sw == 4 ? 0.2 : 1.0));
  return products + copies + merges;
}

}  // namespace

const Algorithm kParity = {"parity", supports, cost, lay_out, prepare, execute};

}  // namespace conv4j
