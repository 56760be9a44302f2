// Winograd's transforms for 3x3 kernels at stride 1: F(4x4,3x3) and F(2x2,3x3).
//
//   v = B^T d B      of each 6x6 (4x4) tile d of the padded image, in winograd_input_f32
//   y = A^T m A      of the products m of v and the transformed kernels, in winograd_output_f32
// The matrices are those of A. Lavin and S. Gray, arXiv 1509.09308: points 0, 1, -1, 2, -2 and
// infinity for F(4,3), 0, 1, -1 and infinity for F(2,3). The lanes of a vector are channels, so
// that the products read and write what they need as it lies, and maps of any width waste nothing.
//   input   down the columns first, channel by channel, lanes = columns: the image is read in whole
//           vectors; then across, four columns of all channels transposed at a time
//   output  both ways with lanes = channels; the result is transposed into rows of kPiece columns
// What stands between the two halves is a piece of a row of tiles in the first-level cache, at most
// 24 KiB. Columns and rows outside the image are zeros, not read; what lies outside dst is dropped.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

template <int kSize>
struct WinogradLine;

template <>
struct WinogradLine<4> {
  static inline void input(const vf (&d)[6], vf (&v)[6]) {
    const vf four = broadcast(4.0F);
    const vf two = broadcast(2.0F);
    const vf minus_five = broadcast(-5.0F);
    const vf minus_four = broadcast(-4.0F);
    const vf minus_two = broadcast(-2.0F);
    const vf minus_one = broadcast(-1.0F);
    const vf even = fma(minus_four, d[2], d[4]);
    const vf odd = fma(minus_four, d[1], d[3]);
    const vf far = fma(minus_one, d[2], d[4]);
    const vf step = fma(minus_one, d[1], d[3]);
    v[0] = fma(four, d[0], fma(minus_five, d[2], d[4]));
    v[1] = add(even, odd);
    v[2] = fma(minus_one, odd, even);
    v[3] = fma(two, step, far);
    v[4] = fma(minus_two, step, far);
    v[5] = fma(four, d[1], fma(minus_five, d[3], d[5]));
  }

  static inline void output(const vf (&m)[6], vf (&y)[4]) {
    const vf minus_one = broadcast(-1.0F);
    const vf sum1 = add(m[1], m[2]);
    const vf difference1 = fma(minus_one, m[2], m[1]);
    const vf sum2 = add(m[3], m[4]);
    const vf difference2 = fma(minus_one, m[4], m[3]);
    y[0] = add(m[0], add(sum1, sum2));
    y[1] = fma(broadcast(2.0F), difference2, difference1);
    y[2] = fma(broadcast(4.0F), sum2, sum1);
    y[3] = add(m[5], fma(broadcast(8.0F), difference2, difference1));
  }
};

template <>
struct WinogradLine<2> {
  static inline void input(const vf (&d)[4], vf (&v)[4]) {
    const vf minus_one = broadcast(-1.0F);
    v[0] = fma(minus_one, d[2], d[0]);
    v[1] = add(d[1], d[2]);
    v[2] = fma(minus_one, d[1], d[2]);
    v[3] = fma(minus_one, d[3], d[1]);
  }

  static inline void output(const vf (&m)[4], vf (&y)[2]) {
    const vf minus_one = broadcast(-1.0F);
    y[0] = add(m[0], add(m[1], m[2]));
    y[1] = fma(minus_one, m[3], fma(minus_one, m[2], m[1]));
  }
};

// Columns of the small arrays between the two halves of a transform.
constexpr int64_t kPiece = 64;

// Lines of one row i of B^T d, a channel each; a cache line more keeps the rows i out of each
// other's sets.
template <int kSize>
struct WinogradLines {
  alignas(64) float rows[kSize + 2][kLanes * kPiece + 16];
};

// One vector of columns of B^T d for all channels. Of the rows of d, [top, bottom) are in the
// image, and of the columns, the lanes [from, until).
template <int kSize, bool kWhole>
inline void winograd_down(const float* at, ptrdiff_t plane, ptrdiff_t width, int64_t channels,
                          int top, int bottom, int64_t from, int64_t until, float* out) {
  constexpr int kTile = kSize + 2;
  constexpr int64_t kRow = kLanes * kPiece + 16;
  const vm inside = between(from, until);
  for (int64_t c = 0; c < kLanes; ++c, at += plane, out += kPiece) {
    vf d[kTile];
    vf v[kTile];
    if (!kWhole && c >= channels) {
      CONV4J_UNROLL
      for (int i = 0; i < kTile; ++i) store(out + i * kRow, zero());
      continue;
    }
    CONV4J_UNROLL
    for (int r = 0; r < kTile; ++r) {
      if (kWhole) {
        d[r] = load(at + r * width);
      } else {
        d[r] = r >= top && r < bottom ? load_where(inside, at + r * width) : zero();
      }
    }
    WinogradLine<kSize>::input(d, v);
    CONV4J_UNROLL
    for (int i = 0; i < kTile; ++i) store(out + i * kRow, v[i]);
  }
}

// B^T d of `columns` columns from column `begin` of the run on.
template <int kSize>
inline void winograd_down(const WinogradInput& w, int64_t begin, int64_t columns,
                          WinogradLines<kSize>* lines) {
  constexpr int kTile = kSize + 2;
  const int top = static_cast<int>(w.first_row >= 0       ? 0
                                   : w.first_row < -kTile ? kTile
                                                          : -w.first_row);
  const int64_t below = w.height - w.first_row;
  const int bottom = static_cast<int>(below < 0 ? 0 : below < kTile ? below : kTile);
  const bool all = top == 0 && bottom == kTile && w.channels == kLanes;
  const int64_t left = w.first_column + begin;
  const float* at = w.src + w.first_row * w.width + left;
  for (int64_t j = 0; j < columns; j += kLanes) {
    const int64_t before = -(left + j);
    const int64_t after = w.width - (left + j);
    float* out = &lines->rows[0][j];
    if (all && before <= 0 && after >= kLanes) {
      winograd_down<kSize, true>(at + j, w.plane, w.width, kLanes, 0, kTile, 0, kLanes, out);
    } else {
      const int64_t from = before < 0 ? 0 : before < kLanes ? before : kLanes;
      const int64_t until = after < from ? from : after < kLanes ? after : kLanes;
      winograd_down<kSize, false>(at + j, w.plane, w.width, w.channels, top, bottom, from, until,
                                  out);
    }
  }
}

// One tile across: columns [first, first + kSize + 2) of quad and next.
template <int kSize, int kFirst>
inline void winograd_across(const vf (&quad)[4], const vf (&next)[4], float* out,
                            ptrdiff_t v_distance) {
  constexpr int kTile = kSize + 2;
  vf d[kTile];
  vf x[kTile];
  CONV4J_UNROLL
  for (int j = 0; j < kTile; ++j)
    d[j] = kFirst + j < 4 ? quad[(kFirst + j) % 4] : next[(kFirst + j) % 4];
  WinogradLine<kSize>::input(d, x);
  CONV4J_UNROLL
  for (int j = 0; j < kTile; ++j) store(out + j * v_distance, x[j]);
}

// One line of (B^T d) B: tiles that begin at column 0 of line.
template <int kSize>
inline void winograd_line(const float* line, int64_t tiles, float* out, ptrdiff_t v_distance) {
  vf even[4];
  vf odd[4];
  load_columns(line, kPiece, even);
  for (int64_t n = 0;;) {
    load_columns(line + 4, kPiece, odd);
    winograd_across<kSize, 0>(even, odd, out + n * kLanes, v_distance);
    if (++n == tiles) return;
    if constexpr (kSize == 2) {
      winograd_across<kSize, 2>(even, odd, out + n * kLanes, v_distance);
      if (++n == tiles) return;
    }
    line += 8;
    load_columns(line, kPiece, even);
    winograd_across<kSize, 0>(odd, even, out + n * kLanes, v_distance);
    if (++n == tiles) return;
    if constexpr (kSize == 2) {
      winograd_across<kSize, 2>(odd, even, out + n * kLanes, v_distance);
      if (++n == tiles) return;
    }
  }
}

template <int kSize>
void winograd_input(const WinogradInput& w) {
  constexpr int64_t kMost = (kPiece - 4) / kSize;
  WinogradLines<kSize> lines;
  for (int64_t n = 0; n < w.tiles; n += kMost) {
    const int64_t tiles = w.tiles - n < kMost ? w.tiles - n : kMost;
    const int64_t quads = (tiles * kSize + 3) / 4 + 1;
    winograd_down<kSize>(w, n * kSize, quads * 4, &lines);
    for (int i = 0; i < kSize + 2; ++i) {
      winograd_line<kSize>(lines.rows[i], tiles, w.v + i * (kSize + 2) * w.v_distance + n * kLanes,
                           w.v_distance);
    }
  }
}

void winograd_input_f32(const WinogradInput& w) {
  if (w.size == 4) {
    winograd_input<4>(w);
  } else {
    winograd_input<2>(w);
  }
}

// A^T m A + bias of one tile into columns [first, first + kSize) of y.
template <int kSize>
inline void winograd_tile(const WinogradOutput& w, const float* m, vf bias, int first,
                          vf (&y)[kSize][4]) {
  constexpr int kTile = kSize + 2;
  vf half[kSize][kTile];  // A^T m, column by column
  CONV4J_UNROLL
  for (int j = 0; j < kTile; ++j) {
    vf x[kTile];
    vf down[kSize];
    CONV4J_UNROLL
    for (int i = 0; i < kTile; ++i) x[i] = load(m + (i * kTile + j) * w.m_distance);
    WinogradLine<kSize>::output(x, down);
    CONV4J_UNROLL
    for (int i = 0; i < kSize; ++i) half[i][j] = down[i];
  }
  CONV4J_UNROLL
  for (int row = 0; row < kSize; ++row) {
    vf across[kSize];
    WinogradLine<kSize>::output(half[row], across);
    CONV4J_UNROLL
    for (int j = 0; j < kSize; ++j) {
      const vf sum = add(across[j], bias);
      y[row][first + j] = w.relu != 0 ? relu(sum) : sum;
    }
  }
}

template <int kSize>
void winograd_output(const WinogradOutput& w) {
  constexpr int64_t kMost = kPiece / kSize;
  alignas(64) float lines[kSize][kLanes][kPiece];
  const vf bias = w.bias != nullptr ? load_first(w.bias, w.channels) : zero();
  for (int64_t n = 0; n < w.tiles; n += kMost) {
    const int64_t tiles = w.tiles - n < kMost ? w.tiles - n : kMost;
    for (int64_t t = 0; t < tiles; t += 4 / kSize) {
      vf y[kSize][4];
      const float* m = w.m + (n + t) * kLanes;
      winograd_tile<kSize>(w, m, bias, 0, y);
      if constexpr (kSize == 2) {
        winograd_tile<kSize>(w, t + 1 < tiles ? m + kLanes : m, bias, 2, y);
      }
      CONV4J_UNROLL
      for (int row = 0; row < kSize; ++row) {
        store_columns(y[row], &lines[row][0][t * kSize], kPiece);
      }
    }
    const int64_t left = w.columns - n * kSize;
    const int64_t columns = left < tiles * kSize ? left : tiles * kSize;
    for (int64_t c = 0; c < w.channels; ++c) {
      for (int64_t row = 0; row < w.rows; ++row) {
        const float* from = lines[row][c];
        float* to = w.dst + c * w.plane + row * w.dst_row + n * kSize;
        int64_t j = 0;
        for (; j + kLanes <= columns; j += kLanes) store(to + j, load(from + j));
        if (j < columns) store_first(to + j, load(from + j), columns - j);
      }
    }
  }
}

void winograd_output_f32(const WinogradOutput& w) {
  if (w.size == 4) {
    winograd_output<4>(w);
  } else {
    winograd_output<2>(w);
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
