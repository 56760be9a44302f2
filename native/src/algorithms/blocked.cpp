// blocked: direct convolution on blocks of channels, NCHW in and out.
//
//   S[block][row][phase][column][lane]  padded input rows, a vector's lanes of channels in a block
//   W[panel][block][tap][lane][2 * lanes]  weights, zeros where a channel fills up a block
//   C[pixel][lane] = sum over blocks, taps and lanes of S * W, by the blocked product
//   dst = C transposed, with bias and ReLU
// A tap of a window, whatever the stride and dilation, is a run of vectors in S, so that one
// product sums over all blocks and taps; output rows of any width waste no lanes. A product's
// summands are cut so that its part of W stays in the L2 cache while all rows of a strip pass over
// it; C of a strip lies in the cache, too. Taps above and below the image are left out, those
// beside it meet zeros. Two ways:
//   strips  a task lays out the input rows of its strip in the L2 cache, for all output channels
//   shared  small maps have too few strips for many threads: one round of tasks lays out whole
//           images in the shared workspace, the next multiplies them, strip by chunk of channels;
//           where these are too few tasks, strips become lower
// A 1x1 kernel at stride 1 without padding sees its image as one row. Also backward data at stride
// 1, as the convolution of diff_dst with the rotated weights.
#include "algorithms/algorithms.h"
#include "algorithms/strips.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kFloat = static_cast<int64_t>(sizeof(float));

// The geometry as `blocked` sees it.
struct Shape {
  int64_t lanes;
  int64_t in, out;        // blocks of channels of a group
  int64_t rows, columns;  // of the output
  int64_t phases;         // of a row that a tap reads
  int64_t length;         // columns of one phase
  bool flat;              // the image is one row
  int64_t in_rows(const Conv2d& p, int64_t out_rows) const {
    return flat ? 1 : strip_in_rows(p, out_rows);
  }
  int64_t row_elements() const { return phases * length * lanes; }
};

Shape shape_of(const Plan& plan, const Conv2d& p) {
  Shape s = {};
  s.lanes = plan.kernels->lanes;
  s.in = ceil_divide(p.icg, s.lanes);
  s.out = ceil_divide(p.ocg, s.lanes);
  s.flat = is_pointwise(p);
  s.rows = s.flat ? 1 : p.oh;
  s.columns = s.flat ? p.dst_plane : p.ow;
  for (int64_t kw = 0; kw < p.kw; ++kw) {
    const int64_t phase = kw * p.dw % p.sw;
    if (phase >= s.phases) s.phases = phase + 1;
  }
  s.length = s.columns + (p.kw - 1) * p.dw / p.sw;
  return s;
}

bool supports(const Plan& plan) {
  Plan copy = plan;
  if (!set_problem(&copy)) return false;
  // A strip of one row has to stay far from the limits of memory, and so have the weights.
  const Conv2d& p = copy.problem;
  const Shape s = shape_of(copy, p);
  const double strip = static_cast<double>(s.in) * static_cast<double>(s.in_rows(p, 1)) *
                       static_cast<double>(s.phases * s.lanes) * static_cast<double>(s.length);
  const double weights = static_cast<double>(p.g * s.out * s.in * s.lanes * s.lanes) *
                         static_cast<double>(p.kh * p.kw);
  return strip < 1e8 && weights < 1e10;
}

// Whether any tap of any output row reads row r of the padded image.
bool is_read(const Conv2d& p, int64_t r) {
  for (int64_t kh = 0; kh < p.kh && kh * p.dh <= r; ++kh) {
    if ((r - kh * p.dh) % p.sh == 0) return true;
  }
  return false;
}

// Where a piece of the output begins and how large it is: whole rows, or columns of a flat image.
struct Strip {
  int64_t first_row, rows;
  int64_t first_column, columns;
  int64_t pixel() const { return first_row * columns + first_column; }
};

Strip strip_at(const Shape& s, const Blocking& b, int64_t index) {
  const int64_t first = index * b.strip_rows;
  if (s.flat) {
    return {0, 1, first, first + b.strip_rows < s.columns ? b.strip_rows : s.columns - first};
  }
  return {first, first + b.strip_rows < s.rows ? b.strip_rows : s.rows - first, 0, s.columns};
}

conv4j_status lay_out(Plan* plan) {
  set_problem(plan);
  const Conv2d& p = plan->problem;
  Blocking& b = plan->blocking;
  const Shape s = shape_of(*plan, p);
  const int64_t taps = p.kh * p.kw;
  const int64_t images = p.n * p.g > 0 ? p.n * p.g : 1;
  const int64_t wanted = wanted_tasks(p.multiply_adds());

  // strip_rows counts columns of a flat image, else output rows.
  const int64_t budget = caches().l2 * 2 / 5 / kFloat;
  constexpr int64_t kPixels = 224;  // whose sums lie in the first-level cache
  const int64_t all = s.flat ? s.columns : s.rows;
  int64_t most = 1;
  if (s.flat) {
    most = kPixels;
  } else {
    const int64_t in_rows = budget / (s.in * s.row_elements());
    most = (in_rows - p.dh * (p.kh - 1) - 1) / p.sh + 1;
  }
  if (most < 1) most = 1;
  if (most > all) most = all;
  b.strips = ceil_divide(all, most);
  b.strip_rows = ceil_divide(all, b.strips);
  b.strips = ceil_divide(all, b.strip_rows);
  const int64_t panels = ceil_divide(s.out, kPanelVectors);
  const int64_t panel = kPanelVectors * s.lanes;
  b.chunks = 1;
  b.panel = 0;
  if (images * b.strips < wanted) {
    // Shared: so many images at a time.
    const int64_t image = s.in * s.in_rows(p, p.oh) * s.row_elements() * kFloat;
    int64_t together = caches().l3 / 4 / image;
    b.panel = together < 1 ? 1 : together < images ? together : images;
    b.chunks = ceil_divide(wanted, b.panel * b.strips);
    if (b.chunks > panels) b.chunks = panels;
    // Every strip reads the weights anew: cut only where channels leave too few tasks.
    const int64_t tasks = b.panel * b.chunks * b.strips;
    if (tasks < wanted / 2) {
      b.strip_rows = ceil_divide(all, ceil_divide(wanted / 2, b.panel * b.chunks));
      if (s.flat) b.strip_rows = align_up(b.strip_rows, 28);  // whole tiles on AVX-512
      b.strips = ceil_divide(all, b.strip_rows);
    }
    plan->workspace_shared = align_up(b.panel * image, kAlignment);
  }
  b.chunk = ceil_divide(panels, b.chunks) * panel;
  b.chunks = ceil_divide(p.ocg, b.chunk);
  b.strip_in_rows = s.in_rows(p, b.panel > 0 ? p.oh : b.strip_rows);
  b.row_elements = s.flat && b.panel == 0 ? b.strip_rows * s.lanes : s.row_elements();
  // Blocks and taps of one product.
  const int64_t part = caches().l2 / 8 / (panel * s.lanes * kFloat);
  const int64_t summands = s.in * taps;
  const int64_t unit = part >= taps ? taps : 1;  // all taps of a block, if they fit
  b.in_chunks = ceil_divide(summands, part < 1 ? 1 : part / unit * unit);
  b.in_chunk = ceil_divide(summands / unit, b.in_chunks) * unit;
  b.in_chunks = ceil_divide(summands, b.in_chunk);
  // Rows whose sums are kept: all of a strip where they are summed in parts.
  const int64_t strip_rows = s.flat ? 1 : b.strip_rows;
  const int64_t kept = kPixels / s.columns;
  b.segment = b.in_chunks > 1 || kept > strip_rows ? strip_rows : kept < 1 ? 1 : kept;

  int64_t* offsets = allocate_offsets(plan, summands);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t in = 0; in < s.in; ++in) {
    for (int64_t kh = 0; kh < p.kh; ++kh) {
      for (int64_t kw = 0; kw < p.kw; ++kw) {
        const int64_t column = kw * p.dw;
        *offsets++ = (in * b.strip_in_rows + kh * p.dh) * b.row_elements +
                     (column % p.sw * s.length + column / p.sw) * s.lanes;
      }
    }
  }
  plan->packed_elements = p.g * s.out * s.lanes * s.in * s.lanes * taps;
  plan->multiplies_padding = p.padded();
  const int64_t strip = b.panel > 0 ? 0 : s.in * b.strip_in_rows * b.row_elements;
  const int64_t sums = panel * b.segment * (s.flat ? b.strip_rows : s.columns);
  plan->workspace_per_thread = align_up((strip + sums) * kFloat, kAlignment);
  return CONV4J_OK;
}

void prepare(const Plan& plan, const float* weights, float* packed) {
  const Conv2d& p = plan.problem;
  const Shape s = shape_of(plan, p);
  const int64_t taps = p.kh * p.kw;
  const int64_t width = kPanelVectors * s.lanes;
  const int64_t panels = ceil_divide(s.out, kPanelVectors);
  parallel_for(p.g * panels, thread_limit(), [&](int64_t index, int64_t) {
    const int64_t g = index / panels;
    const int64_t first = index % panels * width;
    const int64_t lanes = first + width < s.out * s.lanes ? width : s.out * s.lanes - first;
    float* out = packed + (g * s.out * s.lanes + first) * s.in * s.lanes * taps;
    for (int64_t c = 0; c < s.in * s.lanes; ++c) {
      float* channel = out + (c / s.lanes * taps * s.lanes + c % s.lanes) * lanes;
      for (int64_t lane = 0; lane < lanes; ++lane) {
        const bool exists = c < p.icg && first + lane < p.ocg;
        TapLine line = {nullptr, 0};
        if (exists) line = tap_line(plan, weights, g, first + lane, c);
        for (int64_t tap = 0; tap < taps; ++tap) {
          channel[tap * s.lanes * lanes + lane] = exists ? line.first[tap * line.step] : 0.0F;
        }
      }
    }
  });
}

// Lays out what `strip` reads of one block of input channels.
void block_strip(const Plan& plan, const Shape& s, const float* planes, int64_t in,
                 const Strip& strip, float* out) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const int64_t c = in * s.lanes;
  BlockRow row = {};
  row.plane = p.src_plane;
  row.channels = c + s.lanes < p.icg ? s.lanes : p.icg - c;
  row.stride = p.sw;
  row.phases = s.phases;
  const float* plane = planes + c * p.src_plane;
  if (s.flat) {
    row.row = plane + strip.first_column;
    row.width = strip.columns;
    row.length = strip.columns;
    row.out = out;
    plan.kernels->block_row_f32(row);
    return;
  }
  row.width = p.iw;
  row.left = p.pl;
  row.length = s.length;
  const int64_t in_rows = strip_in_rows(p, strip.rows);
  for (int64_t r = 0; r < in_rows; ++r) {
    if (!is_read(p, r)) continue;
    const int64_t ih = strip.first_row * p.sh - p.pt + r;
    row.row = ih >= 0 && ih < p.ih ? plane + ih * p.iw : nullptr;
    row.out = out + r * b.row_elements;
    plan.kernels->block_row_f32(row);
  }
}

// The rows of the kernel that lie inside the image for row oh of the output.
Range rows_inside(const Conv2d& p, int64_t oh) {
  const int64_t start = oh * p.sh - p.pt;
  const int64_t begin = start < 0 ? ceil_divide(-start, p.dh) : 0;
  const int64_t end = start < p.ih ? (p.ih - 1 - start) / p.dh + 1 : 0;
  return {begin < p.kh ? begin : p.kh, end < p.kh ? end : p.kh};
}

// Sets what the product of one row sums up, of `count` blocks and taps from `first` on: without
// those in the padding above and below the image, where all taps of a block are there.
void set_summands(const Plan& plan, const Shape& s, int64_t oh, int64_t first, int64_t count,
                  const float* weights, BlockedProduct* product) {
  const Conv2d& p = plan.problem;
  const int64_t taps = p.kh * p.kw;
  const Range kept = s.flat ? Range{0, p.kh} : rows_inside(p, oh);
  product->runs = 1;
  product->run = count;
  product->gap = 0;
  int64_t skipped = 0;
  if (kept.end - kept.begin < p.kh && kept.begin < kept.end && first % taps == 0 &&
      count % taps == 0) {
    product->runs = count / taps;
    product->run = (kept.end - kept.begin) * p.kw;
    product->gap = taps - product->run;
    skipped = kept.begin * p.kw;
  }
  product->offsets = plan.offsets + first + skipped;
  product->b = weights + (first + skipped) * s.lanes * product->vectors * s.lanes;
}

// The output channels of one chunk for one strip; blocks holds what the strip reads.
void multiply_strip(const Plan& plan, const Shape& s, const Execution& run, int64_t image,
                    int64_t chunk, const Strip& strip, const float* blocks, float* sums) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const int64_t taps = p.kh * p.kw;
  const int64_t g = image % p.g;
  const int64_t n = image / p.g;
  const int64_t summands = s.in * taps;
  BlockedProduct product = {};
  product.rows = strip.columns;
  product.c_block = b.segment * strip.columns * s.lanes;
  UnblockRow row = {};
  row.plane = p.dst_plane;
  row.relu = plan.options.relu != 0 ? 1 : 0;
  float* dst = problem_dst(plan, run) + (n * p.oc + g * p.ocg) * p.dst_plane + strip.pixel();
  const int64_t first = chunk * b.chunk / s.lanes;
  const int64_t end = first + b.chunk / s.lanes < s.out ? first + b.chunk / s.lanes : s.out;
  for (int64_t out = first; out < end; out += kPanelVectors) {
    product.vectors = out + kPanelVectors < end ? kPanelVectors : end - out;
    const float* weights = run.weights + (g * s.out + out) * s.lanes * s.in * s.lanes * taps;
    for (int64_t first_row = 0; first_row < strip.rows; first_row += b.segment) {
      const int64_t rows = first_row + b.segment < strip.rows ? b.segment : strip.rows - first_row;
      const bool last = first_row + rows == strip.rows;
      for (int64_t i = 0; i < summands; i += b.in_chunk) {
        const int64_t count = i + b.in_chunk < summands ? b.in_chunk : summands - i;
        product.accumulate = i > 0 ? 1 : 0;
        const int64_t block = s.lanes * product.vectors * s.lanes;
        const int64_t elements = count * block;
        product.next = weights + (i + count) * block;
        product.next_lines = last ? ceil_divide(elements * kFloat / kAlignment, rows) : 0;
        for (int64_t r = 0; r < rows; ++r) {
          set_summands(plan, s, strip.first_row + first_row + r, i, count, weights, &product);
          product.a = blocks + (first_row + r) * p.sh * b.row_elements;
          product.c = sums + r * strip.columns * s.lanes;
          plan.kernels->blocked_product_f32(product);
          product.next += product.next_lines * kAlignment / kFloat;
        }
      }
      for (int64_t v = 0; v < product.vectors; ++v) {
        const int64_t k = (out + v) * s.lanes;
        row.columns = rows * strip.columns;
        row.blocks = sums + v * product.c_block;
        row.dst = dst + k * p.dst_plane + first_row * strip.columns;
        row.channels = k + s.lanes < p.ocg ? s.lanes : p.ocg - k;
        row.bias = run.bias != nullptr ? run.bias + g * p.ocg + k : nullptr;
        plan.kernels->unblock_row_f32(row);
      }
    }
  }
}

void execute_strips(const Plan& plan, const Execution& run) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const Shape s = shape_of(plan, p);
  const float* src = problem_src(plan, run);
  parallel_for(p.n * p.g * b.strips, run.threads, [&](int64_t index, int64_t slot) {
    const int64_t image = index / b.strips;
    const Strip strip = strip_at(s, b, index % b.strips);
    float* sums = scratch_of(plan, run, slot);
    float* blocks =
        sums + kPanelVectors * s.lanes * b.segment * (s.flat ? b.strip_rows : s.columns);
    const float* planes = src + image * p.icg * p.src_plane;
    for (int64_t in = 0; in < s.in; ++in) {
      block_strip(plan, s, planes, in, strip, blocks + in * b.strip_in_rows * b.row_elements);
    }
    multiply_strip(plan, s, run, image, 0, strip, blocks, sums);
  });
}

void execute_shared(const Plan& plan, const Execution& run) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const Shape s = shape_of(plan, p);
  const float* src = problem_src(plan, run);
  auto* shared = reinterpret_cast<float*>(run.workspace);
  const int64_t block = b.strip_in_rows * b.row_elements;
  const Strip whole = {0, s.rows, 0, s.columns};
  for (int64_t start = 0; start < p.n * p.g; start += b.panel) {
    const int64_t images = start + b.panel < p.n * p.g ? b.panel : p.n * p.g - start;
    parallel_for(images * s.in, run.threads, [&](int64_t index, int64_t) {
      const float* planes = src + (start + index / s.in) * p.icg * p.src_plane;
      block_strip(plan, s, planes, index % s.in, whole, shared + index * block);
    });
    parallel_for(b.chunks * images * b.strips, run.threads, [&](int64_t index, int64_t slot) {
      const int64_t chunk = index / (images * b.strips);
      const int64_t image = index / b.strips % images;
      const Strip strip = strip_at(s, b, index % b.strips);
      const float* blocks = shared + image * s.in * block +
                            strip.first_row * p.sh * b.row_elements + strip.first_column * s.lanes;
      multiply_strip(plan, s, run, start + image, chunk, strip, blocks,
                     scratch_of(plan, run, slot));
    });
  }
}

void execute(const Plan& plan, const Execution& run) {
  if (plan.blocking.panel > 0) {
    execute_shared(plan, run);
  } else {
    execute_strips(plan, run);
  }
}

// The share of kernel rows that lie inside the image, over all output rows.
double share_inside(const Conv2d& p) {
  if (p.oh == 0) return 1.0;
  int64_t inside = 0;
  for (int64_t kh = 0; kh < p.kh; ++kh) {
    // Output rows [begin, end) under which row kh is one of the image's.
    const int64_t above = p.pt - kh * p.dh;
    const int64_t begin = above > 0 ? ceil_divide(above, p.sh) : 0;
    const int64_t last = p.ih - 1 + above;
    const int64_t end = last < 0 ? 0 : last / p.sh + 1;
    const int64_t count = (end < p.oh ? end : p.oh) - begin;
    if (count > 0) inside += count;
  }
  return static_cast<double>(inside) / static_cast<double>(p.oh * p.kh);
}

double cost(const Plan& plan) {
  Plan copy = plan;
  set_problem(&copy);
  const Conv2d& p = copy.problem;
  const Shape s = shape_of(copy, p);
  const double lanes = static_cast<double>(s.lanes);
  const double images = static_cast<double>(p.n * p.g);
  // A tile of fewer than four rows waits for its sums.
  const double columns = static_cast<double>(s.columns < 4 ? 4 : s.columns);
  const double sums = static_cast<double>(s.rows) * columns * static_cast<double>(s.out);
  const double summands = static_cast<double>(s.in * s.lanes * p.kh * p.kw);
  const double inside = s.flat ? 1.0 : share_inside(p);
  // Measured on an Ice Lake; there a panel of one vector waits for its loads.
  const bool waits = s.out == 1 && vector_cost(plan) == 1.0;
  const double products = images * sums * summands * inside * (waits ? 1.7 : 1.25);
  const double in = static_cast<double>(s.in * s.in_rows(p, p.oh)) * static_cast<double>(s.phases) *
                    static_cast<double>(s.length);
  const double weights =
      static_cast<double>(p.g * s.out) * lanes * summands * static_cast<double>(kFloat);
  return (products + images * 25.0 * (in + sums)) * vector_cost(plan) +
         weights * weight_byte_cost(plan, weights);
}

}  // namespace

const Algorithm kBlocked = {"blocked", supports, cost, lay_out, prepare, execute};

}  // namespace conv4j
