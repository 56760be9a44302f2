// The kernels that exist for every instruction set, and the plain structs that they take.
//
// This header is included by every kernels/isa_<isa>.cpp, which is compiled with that set's flags:
// it must stay free of functions, and of headers that hold any, or the linker might keep a copy
// that only one kind of CPU can run.
#ifndef CONV4J_KERNELS_KERNEL_LIST_H
#define CONV4J_KERNELS_KERNEL_LIST_H

#include <stddef.h>
#include <stdint.h>

namespace conv4j {

// Panels of a packed left operand: m rows are dealt out to as few panels as tiles of at most
// max_rows need, evenly, the first ones getting one more. Panel i of h rows starting at row r holds
// a[r * k + t * h + (row - r)], t the summand.
struct Panels {
  int64_t m;
  int64_t count;
};

enum ProductFlags : uint32_t {
  kProductAccumulate = 1,  // c += instead of c =
  kProductRelu = 2         // c = max(c, 0) at the end; NaN stays NaN
};

// c[m][row][column] = bias[m] + sum over t of a[m][t] * b[offsets[t] + row * b_row + column].
// With `keep` it also lays b out as [row][t][kPanelVectors vectors], the columns, at most so many,
// first; then there is one panel of rows.
struct Product {
  const float* a;  // packed in panels
  Panels panels;
  int64_t k;  // summands
  const float* b;
  const int64_t* offsets;  // [k], in elements of b
  ptrdiff_t b_row;
  float* c;
  ptrdiff_t c_m, c_row;  // distance in c between two m, two rows
  int64_t rows, columns;
  const float* bias;  // [m] or null
  uint32_t flags;
  float* keep;  // or null
};

// A panel of columns: so many vectors of pixels side by side.
constexpr int64_t kPanelVectors = 2;
constexpr int64_t kMostPackedPixels = 512;

// out[panel][t][panel's pixels] = b[offsets[t] + row * b_row + column], the pixels row by row and
// without gaps; the last panel is filled up with anything.
struct PackColumns {
  const float* b;
  const int64_t* offsets;  // [k]
  int64_t k;
  ptrdiff_t b_row;
  int64_t rows, columns;  // rows * columns <= kMostPackedPixels
  float* out;
};

// c[m][j] += sum over row, column of a[m * a_m + row * a_row + column]
//                                    * b[offsets[j] + row * b_row + column].
struct Dot {
  const float* a;
  ptrdiff_t a_m, a_row;
  int64_t m;
  const float* b;
  const int64_t* offsets;  // [j]
  ptrdiff_t b_row;
  int64_t j;
  float* c;
  ptrdiff_t c_m;
  int64_t rows, columns;
};

// The widest kernel that filter_f32 takes.
constexpr int64_t kFilterMostColumns = 16;
// The widest image times the kernel's width that is gone through down its columns, where any is.
constexpr int64_t kFilterWidestColumns = 1536;

// Output rows [first, first + rows) of groups * outputs planes, `outputs` of which read the same
// `channels` input planes: see kernels/filter.inl.
struct Filter {
  const float* src;  // [groups][channels] planes of height * width
  ptrdiff_t src_plane;
  int64_t groups, channels, height, width;
  const float* weights;  // [groups * outputs][channels][kh][kw]
  int64_t kh, kw, sh, sw;
  int64_t top, left;  // rows and columns of padding before the image
  float* dst;         // of row `first`
  ptrdiff_t dst_plane, dst_row;
  int64_t outputs, first, rows, columns;
  const float* bias;  // [groups * outputs] or null
  int32_t relu;
  bool by_columns;  // down the columns where the kernel can, see kernels/filter_columns.inl
};

// The gradients of groups * outputs kernels, `outputs` of which read the same `channels` input
// planes, summed over all images: see kernels/filter_gradient.inl.
struct FilterGradient {
  int64_t images, groups, outputs, channels;
  const float* src;  // [groups][channels] planes of height * width, of the first image
  ptrdiff_t src_image, src_plane;
  int64_t height, width;
  const float* diff_dst;  // [groups * outputs] planes of rows * columns, likewise
  ptrdiff_t dst_image, dst_plane;
  int64_t rows, columns;
  int64_t kh, kw, sh, sw;
  int64_t top, left;    // rows and columns of padding before the image
  float* diff_weights;  // [groups * outputs][channels][kh][kw]
};

// A row of an image, padded and dealt out by phase: out[p * length + i] is the padded row's column
// i * stride + p; columns left of the image, or right of it, are fill.
struct SplitRow {
  const float* row;  // null for a row of padding
  int64_t width;
  int64_t left;  // columns of padding before the image
  int64_t stride;
  int64_t length;  // columns of one phase
  float fill;
  float* out;          // [phases][length]
  int64_t phases = 0;  // how many are wanted, from the first one on; 0: all, as many as the stride
};

// One row of windows, horizontally: value[i] = the best of phases[offsets[tap] + i] over the taps,
// in their order, tap[i] = its number or -1 where every one is -infinity. tap may be null.
struct MaxRow {
  const float* phases;
  const int64_t* offsets;
  int64_t taps;
  int64_t columns;
  float* value;
  int32_t* tap;
  bool least;
};

// The best of several rows that MaxRow made, in their order: dst[i], and tap[i] =
// row_taps[r] + (the row's own tap), -1 where there is none. taps may be null in all or in none.
struct MaxColumn {
  const float* values;  // row r at values + r * row_distance
  const int32_t* taps;  // likewise, or null
  ptrdiff_t row_distance;
  int64_t rows;
  int32_t first_tap, tap_step;  // row r's taps count from first_tap + r * tap_step
  int64_t columns;
  float* dst;
  int32_t* tap;  // or null
  bool least;
};

// One row of windows of an average: out[i] = (the sum over the taps of phases[offsets[tap] + i])
// divided by divisors[i].
struct AverageRow {
  const float* phases;
  const int64_t* offsets;  // [taps]
  int64_t taps;
  int64_t columns;
  const float* divisors;  // [columns]
  float* out;
};

// Ranges [begins[i], ends[i]) of a row, one for each output column; each is at least one long, but
// for range_sums_f32, which gives 0 for an empty one.
struct Ranges {
  const float* x;
  const int64_t* begins;
  const int64_t* ends;
  int64_t columns;
};

// A dense pooling of one plane [ih][iw] into [oh][ow] with sw 1 or 2 (any where ow is 1,
// written as 1): window (oh, ow) starts at
// (oh * sh - pt, ow * sw - pl) and has a tap inside the plane.
struct PoolPlane {
  int64_t ih, iw, oh, ow;
  int64_t kh, kw, sh, sw, pt, pl;
};

// The best of each window of the output rows [first, end), and its offset kh * kw + kw in the
// window, at most 254.
struct MaxWindows {
  PoolPlane plane;
  int64_t planes;    // one behind the other; more than one only with all their rows
  const float* src;  // of the first plane, like dst and offsets
  int64_t first, end;
  // Scratch where windows overlap vertically, but for those that are 2x2 or 3x3 with the same
  // stride both ways: the best along each input row, [ring][distance], ring a power of two and at
  // least kh.
  float* values;
  uint8_t* taps;  // likewise
  int64_t ring;
  int64_t distance;  // at least ow rounded up to whole vectors
  float* dst;
  uint8_t* offsets;  // or null
  bool least;
};

// The way back: rows [first, end) of diff_src, each element the sum over the windows whose offset
// names it.
struct MaxGradient {
  PoolPlane plane;
  int64_t planes;  // likewise
  const float* diff_dst;
  const uint8_t* offsets;
  int64_t first, end;
  float* diff_src;
};

// The average of each window of the output rows [first, end). What a window counts is the product
// of its row's and its column's count: the divisor, or, where `reciprocal`, one over it.
struct AverageWindows {
  PoolPlane plane;
  int64_t planes;              // likewise
  const float* row_counts;     // [oh]
  const float* column_counts;  // [ow]
  bool reciprocal;
  bool by_columns;    // forward, down the columns where the kernel can
  const float* from;  // src, or diff_dst
  int64_t first, end;
  // Scratch [rows][distance]. Forward, any number of rows of at least pl and iw rounded up to whole
  // vectors, and of ow rounded up, times sw, plus kw. For the gradient eight rows more than there
  // are rows of windows over [first, end), of at least (kw - 1) / sw + (pl + iw) / sw and a vector.
  float* scratch;
  int64_t rows, distance;
  float* to;  // dst, or diff_src
};

// Planes of one pooling, one behind the other, each pooled in a lane of its own: see
// kernels/window_blocks.inl. Tables hold, for every window, the pixels inside the plane, or, for a
// gradient, for every pixel the windows that hold it, along one axis: all begins, then all ends.
struct PoolBlock {
  PoolPlane plane;  // any sw
  int64_t planes;   // 1 to the lanes of a vector
  const int64_t* rows;
  const int64_t* columns;
  const float* from;  // src, or diff_dst
  float* to;          // dst, or diff_src
  // Times the lanes: ih * iw and oh * ow, or the larger of them, and, but for the gradient of a
  // maximum, ih * ow, or oh * iw for the gradient of an average, floats; then the offsets of a
  // maximum, ih * ow and oh * ow bytes, of its gradient oh * ow integers.
  float* scratch;
};
struct AverageBlock {
  PoolBlock pool;
  const float* row_counts;     // as in AverageWindows
  const float* column_counts;  // likewise
  bool reciprocal;             // likewise
  bool gradient;
};
struct MaxBlock {
  PoolBlock pool;    // its tables end with the first tap inside the plane of each window
  uint8_t* offsets;  // of the first plane, or null
  bool least;
};
struct MaxGradientBlock {
  PoolBlock pool;
  const uint8_t* offsets;
  int64_t readable;  // bytes from there on that may be read: those of these planes, or more
};

// Neighbouring tiles of one row of Winograd tiles, for as many channels as a vector has lanes. A
// tile of t + 2 by t + 2 pixels, t its output size (2 or 4), starts every t pixels; pixels outside
// the image are zeros. With lane = channel and L lanes:
//   v[(i * (t + 2) + j) * v_distance + n * L + lane] = (B^T d B)[i][j] of tile n.
// Lanes past the last channel hold zeros.
struct WinogradInput {
  int32_t size;      // t
  const float* src;  // pixel (0, 0) of the first channel
  ptrdiff_t plane;   // elements from one channel to the next
  int64_t height, width;
  int64_t channels;      // 1 to L
  int64_t first_row;     // of the image, where the tiles begin; may be negative
  int64_t first_column;  // of the image, where tile 0 begins; may be negative
  int64_t tiles;
  float* v;
  ptrdiff_t v_distance;
};

// The output transform: dst[lane * plane + row * dst_row + t * n + column] =
// (A^T m A)[row][column] of tile n + bias[lane], m[(i * (t + 2) + j) * m_distance + n * L + lane],
// for the channels, rows and columns that exist.
struct WinogradOutput {
  int32_t size;  // t
  const float* m;
  ptrdiff_t m_distance;
  int64_t tiles;
  float* dst;
  ptrdiff_t plane, dst_row;
  int64_t channels;   // 1 to L
  int64_t rows;       // at most t
  int64_t columns;    // of dst, more than t * (tiles - 1), at most t * tiles
  const float* bias;  // [channels] or null
  int32_t relu;
};

// A product whose operands lie in blocks of L channels, L the lanes of a vector:
//   c[v * c_block + row * L + l] = sum over blocks i and lanes t of
//       a[offsets[i] + row * L + t] * b[(i * L + t) * vectors * L + v * L + l]
// Blocks come in runs: so many, one behind the other, then as many as the gap are left out.
struct BlockedProduct {
  const float* a;
  const int64_t* offsets;  // in elements of a
  int64_t runs, run, gap;
  int64_t rows;
  const float* b;
  int64_t vectors;  // 1 or 2
  float* c;
  ptrdiff_t c_block;
  int32_t accumulate;  // 1: c += instead of c =
  const float* next;   // what will be read after this product: asked for meanwhile, evenly
  int64_t next_lines;  // cache lines of it; 0 for none
};

// A product of pixels in plain rows whose lanes are output channels:
//   c[v * c_block + (row * columns + i) * L + l] = sum over t < k of
//       b[offsets[t] + row * b_row + i] * a[(t * vectors + v) * L + l]
struct ChannelProduct {
  const float* a;
  int64_t vectors;  // 1 or 2
  const float* b;
  int64_t k;
  const int64_t* offsets;  // in elements of b
  int64_t rows, columns;
  ptrdiff_t b_row;
  float* c;
  ptrdiff_t c_block;
};

// A row of an image of up to L channels, laid out in a block of them and dealt out by phase:
// out[(p * length + i) * L + lane] is the padded row's column i * stride + p of channel `lane`, for
// the phases p < phases; columns outside the image, and lanes past the last channel, are zeros.
struct BlockRow {
  const float* row;  // of the first channel; null for a row of padding
  ptrdiff_t plane;   // elements from one channel to the next
  int64_t channels;  // 1 to L
  int64_t width;
  int64_t left;  // columns of padding before the image
  int64_t stride;
  int64_t phases;  // at most stride
  int64_t length;  // columns of one phase
  float* out;
};

// The way back: dst[lane * plane + i] = blocks[i * L + lane] + bias[lane], with relu the greater of
// that and 0.
struct UnblockRow {
  const float* blocks;
  int64_t columns;
  float* dst;
  ptrdiff_t plane;
  int64_t channels;   // 1 to L
  const float* bias;  // [channels] or null
  int32_t relu;
};

// out[column * out_distance + row] = in[row * in_distance + column].
struct Transpose {
  const float* in;
  ptrdiff_t in_distance;
  int64_t rows, columns;
  float* out;
  ptrdiff_t out_distance;
  ptrdiff_t ahead;  // where from `in` on the next call will read; 0 for not known
};

// The transforms for the gradient of a 3x3 kernel of neighbouring tiles, which start every 4
// pixels: of the image (size 6, B^T d B) or of diff_dst (size 4, G d G^T), v[(i * 6 + j) *
// v_distance + t * tile_distance + c] of tile t, channel c. Of diff_dst, sums[c] += its pixels
// unless sums is null.
struct WinogradTiles {
  int32_t size;
  const float* pixels;  // pixel (row, column) at row * row_distance + column * pixel_distance
  ptrdiff_t row_distance, pixel_distance;
  int64_t tiles, channels;
  float* v;
  ptrdiff_t v_distance, tile_distance;
  float* sums;  // [channels] or null
};

// A row laid into a longer one, or a part of it: `before` columns copied from those that sources
// name, `inside` columns from column `skip` on, `after` copied ones. The source -1 is a zero.
struct PadRow {
  const int64_t* sources;  // [before + after]
  int64_t before, skip, inside, after;
};

// Which function unary_f32 computes; the order is that of conv4j.h.
enum UnaryFunction : int { kUnaryRelu = 0, kUnaryTanh = 1, kUnarySigmoid = 2 };

// Where a block of dropout stands in the stream of random bits, and what it does with them.
struct DropoutBlock {
  uint32_t key[2];    // of the block
  int32_t first;      // number of element 0 within the block
  int32_t threshold;  // of 24 bits: elements with fewer are dropped
  float scale;        // of those that stay
};

// Columns along which softmax runs: element c of column i at [c * distance + i]. Several columns
// lie side by side (pixels); a single one with distance 1 is read as a row.
struct SoftmaxColumns {
  const float* x;  // backward: the forward pass's result
  const float* diff_dst;
  ptrdiff_t distance;
  int64_t channels, columns;
  float* out;    // exp_columns: null where only shift and sum are wanted
  float* shift;  // [columns]
  float* sum;    // [columns]
};

// A step of stochastic gradient descent: see kernels/optimizers.inl.
struct SgdStep {
  float rate, momentum, undamped, weight_decay;
  bool nesterov, first;
};

// A step of Adam or AdamW, bias corrections included: likewise.
struct AdamStep {
  float l2;      // what of the parameter is added to the gradient
  float shrink;  // what of the parameter is taken off it
  float rate1, beta2, rate2;
  float rate, root_correction, eps;
};

// The kernels of the layers around convolution and pooling.
#define CONV4J_FOR_EACH_LAYER_KERNEL(X)                                                        \
  /* y[i] = f(x[i]); y may be x */                                                             \
  X(unary_f32, void, (UnaryFunction f, const float* x, float* y, int64_t count))               \
  /* out[i] = diff[i] * f'(x) at the x with f(x) = y[i]; out may be diff */                    \
  X(unary_backward_f32, void,                                                                  \
    (UnaryFunction f, const float* y, const float* diff, float* out, int64_t count))           \
  /* y[i] = x[i] * (kept ? scale : 0); y may be x */                                           \
  X(dropout_f32, void, (const DropoutBlock& block, const float* x, float* y, int64_t count))   \
  /* shift[i] = max of x, out = exp(x - shift[i]), sum[i] = the sum of out over channels */    \
  X(exp_columns_f32, void, (const SoftmaxColumns& s))                                          \
  /* out = x * sum[i], or with log (x - shift[i]) - sum[i]; out may be x */                    \
  X(scale_columns_f32, void, (const SoftmaxColumns& s, int log))                               \
  /* out = x * (diff - sum of diff * x), or with log diff - exp(x) * (sum of diff) */          \
  X(softmax_backward_f32, void, (const SoftmaxColumns& s, int log))                            \
  /* y[i] = (x[i] - shift) * scale + offset */                                                 \
  X(affine_f32, void,                                                                          \
    (const float* x, float* y, int64_t count, float shift, float scale, float offset))         \
  /* sums[0] = sum of z[i], sums[1] = sum of z[i] * (x[i] - shift); z null: x - shift */       \
  X(centered_sums_f32, void,                                                                   \
    (const float* x, const float* z, int64_t count, float shift, float* sums))                 \
  /* out[i] = scale * diff[i] + ((x[i] - shift) * slope + offset) */                           \
  X(normalize_backward_f32, void,                                                              \
    (const float* x, const float* diff, float* out, int64_t count, float shift, float scale,   \
     float slope, float offset))                                                               \
  /* the sum of (x[i] - t[i])^2; diff[i] = scale * (x[i] - t[i]) unless null */                \
  X(squared_difference_f32, float,                                                             \
    (const float* x, const float* t, float* diff, float scale, int64_t count))                 \
  /* buffer may be null */                                                                     \
  X(sgd_step_f32, void,                                                                        \
    (const SgdStep& s, const float* gradient, float* parameter, float* buffer, int64_t count)) \
  X(adam_step_f32, void,                                                                       \
    (const AdamStep& s, const float* gradient, float* parameter, float* mean, float* square,   \
     int64_t count))                                                                           \
  /* x[i] *= a */                                                                              \
  X(scale_f32, void, (float a, float* x, int64_t count))                                       \
  /* x[i] = min(max(x[i], low), high); NaN stays NaN */                                        \
  X(clamp_f32, void, (float low, float high, float* x, int64_t count))                         \
  X(sum_of_squares_f32, float, (const float* x, int64_t count))

// Every kernel is one entry here: its name, its result, its parameters.
#define CONV4J_FOR_EACH_KERNEL(X)                                                              \
  X(product_f32, void, (const Product&))                                                       \
  X(pack_columns_f32, void, (const PackColumns&))                                              \
  X(dot_f32, void, (const Dot&))                                                               \
  X(filter_f32, void, (const Filter&))                                                         \
  X(filter_gradient_f32, void, (const FilterGradient&))                                        \
  X(split_row_f32, void, (const SplitRow&))                                                    \
  /* out[i * stride + p - left] = phases[p * length + i] wherever that lies in [0, width) */   \
  X(merge_row_f32, void,                                                                       \
    (const float* phases, int64_t width, int64_t left, int64_t stride, int64_t length,         \
     float* out))                                                                              \
  /* y[i * y_stride] += a * x[i * x_stride] */                                                 \
  X(axpy_f32, void,                                                                            \
    (float a, const float* x, int64_t x_stride, float* y, int64_t y_stride, int64_t count))    \
  /* the sum of x[i * x_stride] * y[i] */                                                      \
  X(dot_row_f32, float, (const float* x, int64_t x_stride, const float* y, int64_t count))     \
  X(sum_f32, float, (const float* x, int64_t count))                                           \
  /* y[i] += bias, then y[i] = max(y[i], 0) if relu */                                         \
  X(bias_relu_f32, void, (float* y, int64_t count, float bias, int relu))                      \
  X(blocked_product_f32, void, (const BlockedProduct&))                                        \
  X(channel_product_f32, void, (const ChannelProduct&))                                        \
  X(block_row_f32, void, (const BlockRow&))                                                    \
  X(unblock_row_f32, void, (const UnblockRow&))                                                \
  X(winograd_input_f32, void, (const WinogradInput&))                                          \
  X(winograd_output_f32, void, (const WinogradOutput&))                                        \
  X(winograd_tiles_f32, void, (const WinogradTiles&))                                          \
  /* weights[c][3][3] = A^T m A of m[(i * 6 + j) * m_distance + c] */                          \
  X(winograd_weights_f32, void,                                                                \
    (const float* m, ptrdiff_t m_distance, int64_t channels, float* weights))                  \
  /* out[i] = dst[i] <= 0 ? 0 : diff[i] */                                                     \
  X(relu_backward_f32, void, (const float* dst, const float* diff, float* out, int64_t count)) \
  /* 1 when no x[i] is NaN or infinite */                                                      \
  X(all_finite_f32, int, (const float* x, int64_t count))                                      \
  X(max_row_f32, void, (const MaxRow&))                                                        \
  /* 1 when every output has a tap, or none was asked for */                                   \
  X(max_column_f32, int, (const MaxColumn&))                                                   \
  /* out[i] = taps[i] in size bytes (1, 2 or 4); -1 becomes all bits set */                    \
  X(narrow_taps, void, (const int32_t* taps, int64_t count, int64_t size, void* out))          \
  X(widen_taps, void, (const void* taps, int64_t count, int64_t size, int32_t* out))           \
  /* y[i] += taps[i] == tap ? x[i] : 0 */                                                      \
  X(add_where_f32, void,                                                                       \
    (const int32_t* taps, int32_t tap, const float* x, float* y, int64_t count))               \
  X(max_windows_f32, void, (const MaxWindows&))                                                \
  X(max_gradient_f32, void, (const MaxGradient&))                                              \
  X(max_block_f32, void, (const MaxBlock&))                                                    \
  X(max_gradient_block_f32, void, (const MaxGradientBlock&))                                   \
  X(pad_row_f32, void, (const PadRow& p, const float* row, float* out))                        \
  /* row[the column that x's column was copied from] += x */                                   \
  X(fold_row_f32, void, (const PadRow& p, const float* x, float* row))                         \
  X(transpose_f32, void, (const Transpose&))                                                   \
  /* out[i] = the sum over r of rows[r * distance + i] */                                      \
  X(sum_rows_f32, void,                                                                        \
    (const float* rows, ptrdiff_t distance, int64_t count, int64_t columns, float* out))       \
  X(average_row_f32, void, (const AverageRow&))                                                \
  /* y[i] += x[i] / divisors[i] */                                                             \
  X(add_quotients_f32, void, (const float* x, const float* divisors, float* y, int64_t count)) \
  X(average_windows_f32, void, (const AverageWindows&))                                        \
  X(average_gradient_f32, void, (const AverageWindows&))                                       \
  X(average_block_f32, void, (const AverageBlock&))                                            \
  /* out[i] = the sum of the range, divided by divisors[i] unless divisors is null */          \
  X(range_sums_f32, void, (const Ranges&, const float* divisors, float* out))                  \
  /* value[i] = the best of the range, column[i] where it stood, -1 if all are -infinity */    \
  X(range_max_f32, void, (const Ranges&, float* value, int32_t* column /* or null */))         \
  CONV4J_FOR_EACH_LAYER_KERNEL(X)

// One instruction set's kernels. Filled with the scalar ones first, so that no hole can exist.
struct KernelTable {
  int64_t lanes;         // floats of one vector
  int64_t product_rows;  // the most rows of one tile of product_f32
  int64_t dot_tile;      // rows, and columns, of one tile of dot_f32
#define CONV4J_FIELD(name, result, parameters) result(*name) parameters;
  CONV4J_FOR_EACH_KERNEL(CONV4J_FIELD)
#undef CONV4J_FIELD
};

}  // namespace conv4j

#endif
