// im2col: windows laid out as panels of columns, then products whose operands are read in sequence.
//
//   columns[panel][tap][2 vectors]   the windows of a piece of the output under the taps of a chunk
//                                    of input channels; a panel is two vectors of output pixels
//   dst (+)= weights * columns       chunk by chunk
// A task takes a piece, some rows of one image and group or a part of a long row, and some of the
// output channels; how the output is cut follows the number of threads, so that they end together.
// The columns of one chunk stay in half the L2 cache, while the weights pass over them once, in
// panels that the L1 cache holds: the product then reads both operands in sequence. Those of a
// single row are laid out by its first panel, which reads them where they are: to lay them out
// before took 4 to 17 % of the 1x1 layers of ResNet-50, which so reach 91 to 97 of 102 GFLOP/s on a
// Zen 3 (AVX2, one thread; 82 to 95 before). Measured before that: 90 % of the peak in those of
// 14x14 and 28x28 maps on a Cascade Lake, 87 to 95 % in those of 28x28 on a Zen 5 (AVX-512, two
// threads). To prefetch the next panel of weights cost 2 % on the Zen 3 and 30 % on the Cascade
// Lake; to go through all panels of weights for a panel of columns, 3 % on the Zen 3.
// Pixels run on over the ends of rows, so that narrow maps waste no lanes. A 1x1 kernel at stride 1
// without padding sees its image as one row. Without padding and with horizontal stride 1 the
// windows are taken from the image; otherwise from its rows, split by phase (kernels/rows.inl).
// Also backward data at stride 1, as the convolution of diff_dst with the rotated weights.
#include <cmath>

#include "algorithms/algorithms.h"
#include "algorithms/strips.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kFloat = static_cast<int64_t>(sizeof(float));
constexpr int64_t kLeastPixels = 64;  // of a piece, which is several panels
constexpr int64_t kTaps = 512;        // wanted of a chunk: more would leave a piece too few pixels

// The problem; a 1x1 kernel's image as one row.
bool set_rows(Plan* plan) {
  if (!set_problem(plan)) return false;
  Conv2d& p = plan->problem;
  if (is_pointwise(p)) take_as_one_row(&p);
  return true;
}

int64_t panel_width(const Plan& plan) { return kPanelVectors * plan.kernels->lanes; }

bool supports(const Plan& plan) {
  Plan copy = plan;
  if (!set_rows(&copy)) return false;
  // One panel of columns and the split rows under it have to stay far from the limits of memory.
  const Conv2d& p = copy.problem;
  return static_cast<double>(p.taps) < 1e7 &&
         static_cast<double>(strip_in_rows(p, 1)) * static_cast<double>(used_phases(p)) *
                 static_cast<double>(kMostPackedPixels + (p.kw - 1) * p.dw) <
             1e7;
}

// Output pixels of a piece at most: what half of L2 holds under kTaps taps (256 pixels in 1 MB, 128
// in 512 KB), or more where their work were too little for a task.
int64_t most_pixels(const Conv2d& p) {
  const int64_t fitting = caches().l2 / 2 / kFloat / kTaps;
  const double one = static_cast<double>(p.ocg) * static_cast<double>(p.taps);
  const double least = kLeastTask / one;
  const double most = static_cast<double>(kMostPackedPixels);
  if (least > most || fitting > kMostPackedPixels) return kMostPackedPixels;
  if (least > static_cast<double>(fitting)) return static_cast<int64_t>(least);
  return fitting < kLeastPixels ? kLeastPixels : fitting;
}

// Lays down the most that a piece may be: whole rows of the output, or a part of a long one.
void set_pieces(const Plan& plan, Blocking* b) {
  const Conv2d& p = plan.problem;
  const int64_t most = most_pixels(p);
  const int64_t width = panel_width(plan);
  int64_t rows = 1;
  b->segment = p.ow;
  if (p.ow > most) {
    b->segment = most < width ? width : most / width * width;
  } else if (p.ow > 0) {
    rows = most / p.ow;
  }
  if (rows > p.oh) rows = p.oh > 0 ? p.oh : 1;
  b->strip_rows = rows;
  b->strip_in_rows = strip_in_rows(p, rows);
  b->phase_length = b->segment + (p.kw - 1) * p.dw / p.sw + 1;
  b->row_elements = used_phases(p) * b->phase_length;
}

conv4j_status lay_out(Plan* plan) {
  set_rows(plan);
  const Conv2d& p = plan->problem;
  Blocking& b = plan->blocking;
  b.in_place = p.sw == 1 && !p.padded();
  set_pieces(*plan, &b);
  const int64_t kernel = p.kh * p.kw;
  const int64_t width = panel_width(*plan);
  const int64_t pixels = align_up(b.strip_rows * b.segment, width);
  int64_t channels = caches().l2 / 2 / kFloat / (pixels * kernel);
  const int64_t panel = caches().l1 * 3 / 4 / kFloat / (plan->kernels->product_rows * kernel);
  if (panel < channels) channels = panel;
  b.in_chunks = ceil_divide(p.icg, channels < 1 ? 1 : channels);
  b.in_chunk = ceil_divide(p.icg, b.in_chunks);
  b.in_chunks = ceil_divide(p.icg, b.in_chunk);
  // The smallest share of the output channels that a task takes, in full panels: whoever takes
  // fewer pays more for the columns than for the products.
  b.chunks = ceil_divide(p.ocg, 4 * plan->kernels->product_rows);
  b.chunk = align_up(ceil_divide(p.ocg, b.chunks), plan->kernels->product_rows);
  b.chunks = ceil_divide(p.ocg, b.chunk);

  const int64_t taps = b.in_chunk * kernel;
  int64_t* offsets = allocate_offsets(plan, 2 * taps);
  if (offsets == nullptr) return CONV4J_OUT_OF_MEMORY;
  for (int64_t t = 0; t < taps; ++t) *offsets++ = t * width;
  for (int64_t c = 0; c < b.in_chunk; ++c) {
    for (int64_t kh = 0; kh < p.kh; ++kh) {
      for (int64_t kw = 0; kw < p.kw; ++kw) {
        *offsets++ = b.in_place ? c * p.src_plane + kh * p.dh * p.iw + kw * p.dw
                                : split_offset(p, b, c, kh, kw);
      }
    }
  }
  plan->packed_elements = p.oc * p.taps;
  plan->multiplies_padding = p.padded();
  const int64_t split = b.in_place ? 0 : b.in_chunk * b.strip_in_rows * b.row_elements;
  plan->workspace_per_thread = align_up((pixels * taps + split) * kFloat, kAlignment);
  return CONV4J_OK;
}

// [group][chunk of input channels][chunk of output channels][panel][tap][row]
void prepare(const Plan& plan, const float* weights, float* packed) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  parallel_for(p.g * b.in_chunks, thread_limit(), [&](int64_t index, int64_t) {
    const int64_t g = index / b.in_chunks;
    const int64_t c = index % b.in_chunks * b.in_chunk;
    const int64_t channels = c + b.in_chunk < p.icg ? b.in_chunk : p.icg - c;
    float* out = packed + g * p.ocg * p.taps + c * p.kh * p.kw * p.ocg;
    for (int64_t m = 0; m < p.ocg; m += b.chunk) {
      const int64_t rows = m + b.chunk < p.ocg ? b.chunk : p.ocg - m;
      out = pack_panels(plan, weights, {g, m, rows, c, channels}, out);
    }
  });
}

// How the output of an image is cut on so many threads. Units are rows, or panels of a long row.
// Which pixels are computed together, and how many channels, has no effect on their values.
struct Cut {
  int64_t units, pieces;
  int64_t shares;  // tasks for a piece, each with columns of its own and some of the channels
};

bool cuts_rows(const Plan& plan) {
  const Conv2d& p = plan.problem;
  return p.ow > plan.blocking.segment ||
         (plan.blocking.in_place && p.oh == 1 && p.ow > panel_width(plan));
}

// Piece i, of units that are dealt out evenly. The last piece is one of the largest.
int64_t first_unit(const Cut& cut, int64_t i) { return cut.units * i / cut.pieces; }

// What the products of so many units take, in panels: one that is half full is slower than half.
double panels_of(const Plan& plan, int64_t unit, int64_t units, int64_t missing) {
  const int64_t width = panel_width(plan);
  const int64_t pixels = units * unit - missing;
  const int64_t rest = pixels % width;
  return static_cast<double>(pixels / width) + (rest == 0                     ? 0.0
                                                : rest <= plan.kernels->lanes ? 0.7
                                                                              : 1.0);
}

// The time until the last thread ends, in products of all channels with a panel: those of a task,
// its columns, and its weights, which come from farther away the first time.
double time_of(const Plan& plan, const Cut& cut, int64_t unit, int64_t missing, int64_t threads) {
  const Conv2d& p = plan.problem;
  const int64_t most = ceil_divide(cut.units, cut.pieces);
  const int64_t others = cut.units % cut.pieces == 1 ? most - 1 : most;  // all but the last one
  const double last = panels_of(plan, unit, most, missing);
  const double other = cut.pieces > 1 ? panels_of(plan, unit, others, 0) : 0.0;
  const double panels = last > other ? last : other;
  const int64_t rows = ceil_divide(plan.blocking.chunks, cut.shares) * plan.blocking.chunk;
  const double share = rows < p.ocg ? static_cast<double>(rows) / static_cast<double>(p.ocg) : 1.0;
  const double one = panels * (share + 8.0 / static_cast<double>(p.ocg)) + 0.3 * share;
  const double tasks =
      static_cast<double>(p.n * p.g * cut.pieces) * static_cast<double>(cut.shares);
  return std::ceil(tasks / static_cast<double>(threads)) * one;
}

Cut cut_for(const Plan& plan, int64_t threads) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const int64_t width = panel_width(plan);
  const bool columns = cuts_rows(plan);
  const int64_t unit = columns ? width : p.ow;
  const int64_t units = columns ? ceil_divide(p.ow, width) : p.oh;
  const int64_t missing = columns ? units * width - p.ow : 0;
  const int64_t first = ceil_divide(units, columns ? ceil_divide(b.segment, width) : b.strip_rows);
  Cut best = {units, first, 1};
  double least = time_of(plan, best, unit, missing, threads);
  for (int64_t pieces = first; pieces <= units && pieces <= first + 2 * threads; ++pieces) {
    for (int64_t shares = 1; shares <= b.chunks && shares <= 2 * threads; ++shares) {
      const Cut cut = {units, pieces, shares};
      const double time = time_of(plan, cut, unit, missing, threads);
      if (time < least) {
        least = time;
        best = cut;
      }
    }
  }
  return best;
}

// What one task computes.
struct Piece {
  int64_t image, g;
  int64_t row, rows;        // of the output
  int64_t column, columns;  // of each of them
  int64_t chunk, end;       // chunks of output channels
};

// Pieces of an image: of each row, where rows are cut.
int64_t pieces_of(const Plan& plan, const Cut& cut) {
  return cuts_rows(plan) ? plan.problem.oh * cut.pieces : cut.pieces;
}

Piece piece_at(const Plan& plan, const Cut& cut, int64_t index) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const int64_t pieces = pieces_of(plan, cut);
  Piece piece;
  const int64_t share = index % cut.shares;
  piece.chunk = share * b.chunks / cut.shares;
  piece.end = (share + 1) * b.chunks / cut.shares;
  index /= cut.shares;
  piece.image = index / pieces;  // n * G + g
  piece.g = piece.image % p.g;
  const int64_t first = first_unit(cut, index % pieces % cut.pieces);
  const int64_t end = first_unit(cut, index % pieces % cut.pieces + 1);
  if (cuts_rows(plan)) {
    const int64_t width = panel_width(plan);
    piece.row = index % pieces / cut.pieces;
    piece.rows = 1;
    piece.column = first * width;
    piece.columns = (end * width < p.ow ? end * width : p.ow) - piece.column;
  } else {
    piece.row = first;
    piece.rows = end - first;
    piece.column = 0;
    piece.columns = p.ow;
  }
  return piece;
}

// Where the taps of a chunk lie in the source of its columns.
const int64_t* source_offsets(const Plan& plan) {
  return plan.offsets + plan.blocking.in_chunk * plan.problem.kh * plan.problem.kw;
}

// Where the windows of a piece in `channels` planes are taken from: the image, or `split`.
struct Source {
  const float* first;
  int64_t row;  // distance of two rows
};

Source source_of(const Plan& plan, const Piece& piece, const float* planes, int64_t channels,
                 float* split) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  if (b.in_place) return {planes + piece.row * p.sh * p.iw + piece.column, p.sh * p.iw};
  split_strip(plan, p, planes, channels, piece.row, piece.rows, piece.column, split);
  return {split, p.sh * b.row_elements};
}

// Lays out the windows of several rows.
void pack_columns(const Plan& plan, const Piece& piece, const Source& source, int64_t taps,
                  float* columns) {
  PackColumns pack = {};
  pack.b = source.first;
  pack.b_row = source.row;
  pack.k = taps;
  pack.offsets = source_offsets(plan);
  pack.rows = piece.rows;
  pack.columns = piece.columns;
  pack.out = columns;
  plan.kernels->pack_columns_f32(pack);
}

// The products of one row of pixels, a panel of columns after the other.
void multiply(const Plan& plan, Product product, int64_t pixels) {
  const int64_t width = panel_width(plan);
  product.rows = pixels / width;
  product.columns = width;
  product.c_row = width;
  if (product.rows > 0) plan.kernels->product_f32(product);
  if (pixels % width == 0) return;
  product.b += product.rows * product.b_row;
  product.c += product.rows * width;
  if (product.keep != nullptr) product.keep += product.rows * product.k * width;
  product.rows = 1;
  product.columns = pixels % width;
  plan.kernels->product_f32(product);
}

// The first panel of rows of a product, which takes its columns from source and lays them out.
// Leaves the other rows.
void multiply_first(const Plan& plan, const Source& source, int64_t pixels, float* columns,
                    Product* product) {
  const Panels panels = product->panels;
  const int64_t rows = ceil_divide(panels.m, panels.count);
  Product first = *product;
  first.panels = {rows, 1};
  first.b = source.first;
  first.b_row = panel_width(plan);
  first.offsets = source_offsets(plan);
  first.keep = columns;
  multiply(plan, first, pixels);
  product->panels = {panels.m - rows, panels.count - 1};
  product->a += rows * product->k;
  product->c += rows * product->c_m;
  if (product->bias != nullptr) product->bias += rows;
}

void execute(const Plan& plan, const Execution& run) {
  const Conv2d& p = plan.problem;
  const Blocking& b = plan.blocking;
  const int64_t kernel = p.kh * p.kw;
  const int64_t width = panel_width(plan);
  const int64_t most = align_up(b.strip_rows * b.segment, width) * b.in_chunk * kernel;
  if (p.n * p.g * p.dst_plane == 0) return;
  const Cut cut = cut_for(plan, run.threads);
  const auto task = [&](int64_t index, int64_t slot) {
    const Piece piece = piece_at(plan, cut, index);
    float* columns = scratch_of(plan, run, slot);
    const float* planes = problem_src(plan, run) + piece.image * p.icg * p.src_plane;
    const int64_t oc = piece.g * p.ocg;
    float* dst = problem_dst(plan, run) + (piece.image / p.g * p.oc + oc) * p.dst_plane +
                 piece.row * p.ow + piece.column;
    const int64_t pixels = piece.rows * piece.columns;
    for (int64_t c = 0; c < p.icg; c += b.in_chunk) {
      const int64_t channels = c + b.in_chunk < p.icg ? b.in_chunk : p.icg - c;
      const int64_t taps = channels * kernel;
      const Source source =
          source_of(plan, piece, planes + c * p.src_plane, channels, columns + most);
      // Columns of one row are laid out by the first product that needs them.
      bool laid_out = piece.rows > 1;
      if (laid_out) pack_columns(plan, piece, source, taps, columns);
      Product product = {};
      product.k = taps;
      product.offsets = plan.offsets;
      product.b_row = taps * width;
      product.c_m = p.dst_plane;
      if (c > 0) product.flags |= kProductAccumulate;
      if (c + channels == p.icg) product.flags |= product_flags(plan);
      for (int64_t chunk = piece.chunk; chunk < piece.end; ++chunk) {
        const int64_t m = chunk * b.chunk;
        product.panels = panels_for(plan, m + b.chunk < p.ocg ? b.chunk : p.ocg - m);
        product.a = run.weights + oc * p.taps + c * kernel * p.ocg + m * taps;
        product.bias = c == 0 && run.bias != nullptr ? run.bias + oc + m : nullptr;
        product.b = columns;
        product.c = dst + m * p.dst_plane;
        if (!laid_out) multiply_first(plan, source, pixels, columns, &product);
        laid_out = true;
        if (product.panels.count > 0) multiply(plan, product, pixels);
      }
    }
  };
  parallel_for(p.n * p.g * pieces_of(plan, cut) * cut.shares, run.threads, task);
}

// In steps of a product, measured on a Cascade Lake and a Zen 5 (AVX-512) and a Zen 3 (AVX2).
double cost(const Plan& plan) {
  Plan copy = plan;
  set_rows(&copy);
  const Conv2d& p = copy.problem;
  const bool in_place = p.sw == 1 && !p.padded();
  const bool wide = plan.kernels->lanes >= 16;
  const double rows = static_cast<double>(p.ocg);
  const double lanes = static_cast<double>(plan.kernels->lanes);
  const double vectors = static_cast<double>(p.dst_plane) / lanes + 1.0;
  const double step = in_place ? 1.24 : (wide ? 1.4 : 1.2) + (p.sw > 1 ? 0.1 : 0.0);
  // Of a vector of columns: to lay it out, and what it shares of the rows that it is taken from.
  const double laid = (in_place ? 12.0 : 20.0) + 30.0 * lanes / static_cast<double>(p.ow);
  const double sums = vectors * (static_cast<double>(p.taps) * (rows * step + laid) + rows * 8.0);
  const double weights = static_cast<double>(p.ocg * p.taps) * static_cast<double>(kFloat);
  return static_cast<double>(p.n * p.g) *
         (sums * vector_cost(plan) + weights * weight_byte_cost(plan, weights));
}

}  // namespace

const Algorithm kIm2col = {"im2col", supports, cost, lay_out, prepare, execute};

}  // namespace conv4j
