// broadcast: direct convolution whose lanes are output channels, on plain rows of pixels.
//
//   S[channel][row][phase][column]  the strip's input rows, split by phase (kernels/rows.inl), or
//                                   the image itself, without padding and with horizontal stride 1
//   W[group][panel][tap][2 * lanes]  weights, zeros past the last channel; the last panel may be
//                                    one vector
//   C[pixel][lane] = sum over taps of S * W, by the channel product
//   dst = C transposed, with bias and ReLU
// As `direct` it reads a tap of any stride, dilation and padding as a row at a constant offset, and
// as `blocked` it wastes no lanes on the width of the map; unlike that it neither lays out blocks
// of input channels nor fills them up. So it suits few input channels and output rows that end
// within a vector, as LeNet's second layer, 6 to 16 channels of 10x10 pixels, and 1x1 kernels on
// small maps, which it takes as one row. Each task computes a strip of output rows of one image and
// group for a chunk of output channels. Also backward data at stride 1, as the convolution of
// diff_dst with the rotated weights.
#include "algorithms/algorithms.h"
#include "algorithms/strips.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kFloat = static_cast<int64_t>(sizeof(float));
constexpr int64_t kPixels = 224;  // whose sums the first-level cache holds

bool reads_in_place(const Conv2d& p) { return p.sw == 1 && !p.padded(); }

// The problem; a small image under a 1x1 kernel as one row, which wastes no rows of a tile.
bool set_rows(Plan* plan) {
  if (!set_problem(plan)) return false;
  Conv2d& p = plan->problem;
  if (is_pointwise(p) && p.dst_plane <= kPixels) take_as_one_row(&p);
  return true;
}

int64_t panel_of(const Plan& plan) { return kPanelVectors * plan.kernels->lanes; }

bool supports(const Plan& plan) {
  Plan copy = plan;
  if (!set_rows(&copy)) return false;
  // A strip of one row has to stay far from the limits of memory, and so have the weights; the sums
  // of a row lie in a cache.
  const Conv2d& p = copy.problem;
  const double strip = static_cast<double>(strip_in_rows(p, 1)) * static_cast<double>(p.icg) *
                       static_cast<double>(used_phases(p)) * static_cast<double>(phase_length(p));
  const double weights = static_cast<double>(p.g) * static_cast<double>(p.ocg + panel_of(plan)) *
                         static_cast<double>(p.taps);
  const double sums = static_cast<double>(p.ow) * static_cast<double>(panel_of(plan));
  return (reads_in_place(p) || strip < 1e8) && weights < 1e10 && sums < 1e6;
}

// Output rows of a strip at most: for so many strips, and what half the L2 cache holds.
int64_t most_rows(const Conv2d& p, int64_t wanted) {
  const int64_t least = 4;  // rows that neighbouring strips share are split twice
  const int64_t fitting = reads_in_place(p) ? p.oh : strip_rows_for(p, p.icg, caches().l2 / 2);
  const int64_t rows = ceil_divide(p.oh, wanted);
  const int64_t most = rows < least ? least : rows;
  return most < fitting ? most : fitting;
}

conv4j_status lay_out(Plan* plan) {
  set_rows(plan);
  const Conv2d& p = plan->problem;
  Blocking& b = plan->blocking;
  b.in_place = reads_in_place(p);
  const int64_t wanted = wanted_tasks(p.multiply_adds());
  const int64_t images = p.n * p.g > 0 ? p.n * p.g : 1;
  const int64_t rows = most_rows(p, ceil_divide(wanted, images));
  set_strips(p, rows < 1 ? 1 : rows, &b);
  const int64_t panels = ceil_divide(p.ocg, panel_of(*plan));
  b.chunks = ceil_divide(wanted, images * (b.strips > 0 ? b.strips : 1));
  if (b.chunks > panels) b.chunks = panels;
  b.chunk = ceil_divide(panels, b.chunks) * panel_of(*plan);
  b.chunks = ceil_divide(p.ocg, b.chunk);
  // Rows whose sums are kept at a time.
  const int64_t kept = p.ow > 0 ? kPixels / p.ow : 1;
  b.segment = kept < 1 ? 1 : kept < b.strip_rows ? kept : b.strip_rows;

  int64_t* offsets = allocate_offsets(plan, p.taps);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t c = 0; c < p.icg; ++c) {
    for (int64_t kh = 0; kh < p.kh; ++kh) {
      for (int64_t kw = 0; kw < p.kw; ++kw) {
        *offsets++ = b.in_place ? c * p.src_plane + kh * p.dh * p.iw + kw * p.dw
                                : split_offset(p, b, c, kh, kw);
      }
    }
  }
  plan->packed_elements = p.g * align_up(p.ocg, plan->kernels->lanes) * p.taps;
  plan->multiplies_padding = p.padded();
  const int64_t strip = b.in_place ? 0 : p.icg * b.strip_in_rows * b.row_elements;
  const int64_t sums = panel_of(*plan) * b.segment * p.ow;
  plan->workspace_per_thread = align_up((align_up(strip, 16) + sums) * kFloat, kAlignment);
  return CONV4J_OK;
}

// [group][panel][tap][lane]; the last panel may be one vector.
void prepare(const Plan& plan, const float* weights, float* packed) {
  const Conv2d& p = plan.problem;
  const int64_t all = align_up(p.ocg, plan.kernels->lanes);
  const int64_t panel = panel_of(plan);
  const int64_t panels = ceil_divide(all, panel);
  const int64_t kernel = p.kh * p.kw;
  parallel_for(p.g * panels, thread_limit(), [&](int64_t index, int64_t) {
    const int64_t g = index / panels;
    const int64_t first = index % panels * panel;
    const int64_t lanes = first + panel < all ? panel : all - first;
    float* out = packed + (g * all + first) * p.taps;
    for (int64_t c = 0; c < p.icg; ++c) {
      for (int64_t lane = 0; lane < lanes; ++lane) {
        const bool exists = first + lane < p.ocg;
        TapLine line = {nullptr, 0};
        if (exists) line = tap_line(plan, weights, g, first + lane, c);
        for (int64_t tap = 0; tap < kernel; ++tap) {
          out[(c * kernel + tap) * lanes + lane] = exists ? line.first[tap * line.step] : 0.0F;
        }
      }
    }
  });
}

void execute(const Plan& plan, const Execution& run) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const int64_t lanes = plan.kernels->lanes;
  const int64_t all = align_up(p.ocg, lanes);
  parallel_for(p.n * p.g * b.strips * b.chunks, run.threads, [&](int64_t index, int64_t slot) {
    const int64_t chunk = index % b.chunks;
    const int64_t first = index / b.chunks % b.strips * b.strip_rows;
    const int64_t image = index / (b.chunks * b.strips);  // n * G + g
    const int64_t g = image % p.g;
    const int64_t rows = first + b.strip_rows < p.oh ? b.strip_rows : p.oh - first;
    const float* planes = problem_src(plan, run) + image * p.icg * p.src_plane;
    float* dst = problem_dst(plan, run) + image * p.ocg * p.dst_plane + first * p.ow;
    float* sums = scratch_of(plan, run, slot);

    ChannelProduct product = {};
    product.k = p.taps;
    product.offsets = plan.offsets;
    product.columns = p.ow;
    const float* pixels = planes + first * p.sh * p.iw;
    product.b_row = p.sh * p.iw;
    if (!b.in_place) {
      float* strip = sums;
      sums += align_up(p.icg * b.strip_in_rows * b.row_elements, 16);
      split_strip(plan, p, planes, p.icg, first, rows, 0, strip);
      pixels = strip;
      product.b_row = p.sh * b.row_elements;
    }
    product.c = sums;
    UnblockRow unblock = {};
    unblock.plane = p.dst_plane;
    unblock.relu = plan.options.relu != 0 ? 1 : 0;
    const int64_t end = (chunk + 1) * b.chunk < all ? (chunk + 1) * b.chunk : all;
    for (int64_t m = chunk * b.chunk; m < end; m += panel_of(plan)) {
      product.vectors = m + lanes < end ? kPanelVectors : 1;
      product.a = run.weights + (g * all + m) * p.taps;
      for (int64_t row = 0; row < rows; row += b.segment) {
        product.rows = row + b.segment < rows ? b.segment : rows - row;
        product.b = pixels + row * product.b_row;
        product.c_block = product.rows * p.ow * lanes;
        plan.kernels->channel_product_f32(product);
        for (int64_t v = 0; v < product.vectors; ++v) {
          const int64_t k = m + v * lanes;
          unblock.blocks = sums + v * product.c_block;
          unblock.columns = product.rows * p.ow;
          unblock.dst = dst + k * p.dst_plane + row * p.ow;
          unblock.channels = k + lanes < p.ocg ? lanes : p.ocg - k;
          unblock.bias = run.bias != nullptr ? run.bias + g * p.ocg + k : nullptr;
          plan.kernels->unblock_row_f32(unblock);
        }
      }
    }
  });
}

// Fitted on a Zen 4, in the units of `direct` and `blocked`; transposing does not become cheaper
// where vectors are computed at once.
double cost(const Plan& plan) {
  Plan copy = plan;
  set_rows(&copy);
  const Conv2d& p = copy.problem;
  const double vectors = static_cast<double>(ceil_divide(p.ocg, plan.kernels->lanes));
  // A tile of fewer than four pixels waits for its sums.
  const double columns = static_cast<double>(p.ow < 4 ? 4 : p.ow);
  const double sums = static_cast<double>(p.n * p.g * p.oh) * columns * vectors;
  const bool slow = vector_cost(plan) > 1.0;
  const double transposed = slow ? 25.0 : 40.0;
  const double rows = static_cast<double>(p.n * p.ic * p.ih);
  const double element = p.sw == 1 ? 0.125 : 1.0;
  const double weights = static_cast<double>(p.oc * p.taps) * static_cast<double>(kFloat);
  const double split =
      reads_in_place(p) ? 0.0 : rows * (20.0 + static_cast<double>(p.iw) * element);
  // One vector has as many loads as sums; without the time for them it waits as in `blocked`.
  const double one = slow && reads_in_place(p) ? 1.25 : vectors == 1.0 && !slow ? 1.7 : 1.35;
  const double step = p.ow < 4 ? 1.25 : one;
  return sums * (static_cast<double>(p.taps) * step + transposed) * vector_cost(plan) + split +
         weights * weight_byte_cost(plan, weights);
}

}  // namespace

const Algorithm kBroadcast = {"broadcast", supports, cost, lay_out, prepare, execute};

}  // namespace conv4j
