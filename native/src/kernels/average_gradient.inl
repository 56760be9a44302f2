// The gradient of average pooling of planes, at stride 1 or 2 along the row.
//
//   diff_src[ih][iw] = the sum of diff_dst / (row_counts * column_counts) over the windows that
//                      hold the pixel
// Divisions are as in average_windows.inl. Windows that share no pixel and are as wide as their
// stride are divided in registers and written to all their rows. Otherwise each row of diff_dst is
// divided once into scratch, between zeros. 3x3 windows with the same stride both ways are then
// gone through down the columns, a row of them once for all the rows of pixels that it reaches. Of
// others the rows that hold a pixel are added up, then spread: tap kw of phase kw % SW comes from
// kw / SW windows before; rows held by the same windows are written together. A vector may read
// zeros of scratch past the end of a row; only diff_src is masked. One thread of a Zen 4, AVX-512,
// 3x3 at stride 2: 64x112x112 in 107 us (175 when rows were added up first), 832x14x14 in 31 (84);
// with AVX2 126 (220) and 47 (86).

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// Rows of windows divided by what they count: row r, which counts row_counts[r], at
// to + r * distance, with zeros up to the end of the last vector.
inline void divide_rows(const float* from, int64_t rows, const float* row_counts,
                        const float* column_counts, bool reciprocal, int64_t columns, float* to,
                        int64_t distance) {
  for (int64_t i = 0; i < columns; i += kLanes) {
    const Lanes lanes = lanes_inside(i, columns);
    const bool full = i + kLanes <= columns;
    const vf counts = load_lanes(column_counts + i, lanes, broadcast(1.0F));
    for (int64_t r = 0; r < rows; ++r) {
      const float* row = from + r * columns + i;
      const vf x = full ? load(row) : load_lanes(row, lanes, zero());
      const vf count = mul(broadcast(row_counts[r]), counts);
      store(to + r * distance + i, averaged(x, count, reciprocal));
    }
  }
}

// Rows [first, end) of diff_src, all held by the same windows: `height` divided rows, and the row
// of their sums, zeros around it.
struct RowsOfWindows {
  const float* divided;
  int64_t height;
  float* sums;
  int64_t first, end;
};

// The sums of some blocks of rows, those below one another first.
inline void add_up(RowsOfWindows* blocks, int64_t count, int64_t distance, int64_t OW) {
  for (int64_t i = 0; i < OW; i += kLanes) {
    for (int64_t b = 0; b < count; ++b) {
      const float* from = blocks[b].divided + i;
      vf total = zero();
      for (int64_t r = 0; r < blocks[b].height; ++r) total = add(total, load(from + r * distance));
      store(blocks[b].sums + i, total);
    }
  }
}

// A vector of their rows of diff_src, that at `column`.
template <int kStride, int kWidth, bool kWhole>
void spread_vector(const PoolPlane& p, const RowsOfWindows* blocks, int64_t count, int64_t q,
                   int64_t column, float* diff_src) {
  const int64_t KW = kWidth > 0 ? kWidth : p.kw;
  const int64_t IW = p.iw;
  Lanes lanes[kStride];
  for (int64_t v = 0; v < kStride; ++v) lanes[v] = lanes_inside(column + v * kLanes, IW);
  for (int64_t b = 0; b < count; ++b) {
    const float* sums = blocks[b].sums + q;
    vf totals[kStride];
    for (int64_t v = 0; v < kStride; ++v) totals[v] = zero();
    for (int64_t j = 0; j * kStride < KW; ++j) {
      const vf x = load(sums - j);
      for (int64_t v = 0; v < kStride; ++v) {
        if (j * kStride + v < KW) totals[v] = add(totals[v], x);
      }
    }
    float* to = diff_src + blocks[b].first * IW + column;
    for (int64_t ih = blocks[b].first; ih < blocks[b].end; ++ih, to += IW) {
      if (kWhole) {
        interleave(totals, to);
      } else {
        interleave(totals, to, lanes);
      }
    }
  }
}

// All of them, those below one another first.
template <int kStride, int kWidth>
void spread(const PoolPlane& p, const RowsOfWindows* blocks, int64_t count, float* diff_src) {
  const PixelVectors<kStride> vectors(p);
  for (int64_t i = vectors.begin; i < vectors.end; i += kLanes) {
    const int64_t q = vectors.at(i);
    const int64_t column = q * kStride - p.pl;
    if (vectors.whole(q)) {
      spread_vector<kStride, kWidth, true>(p, blocks, count, q, column, diff_src);
    } else {
      spread_vector<kStride, kWidth, false>(p, blocks, count, q, column, diff_src);
    }
  }
}

constexpr int64_t kSumRows = 8;

template <int kStride, int kWidth>
void average_gradient_plane(const AverageWindows& a, const float* diff_dst, float* diff_src) {
  const PoolPlane p = a.plane;
  const int64_t lead = (p.kw - 1) / kStride;
  // The first rows of scratch hold sums, the others the divided rows.
  float* divided = a.scratch + kSumRows * a.distance + lead;
  HoldingWindows windows(p, a.first);
  const int64_t top = windows.begin();
  const int64_t bottom = HoldingWindows(p, a.end - 1).end();
  divide_rows(diff_dst + top * p.ow, bottom - top, a.row_counts + top, a.column_counts,
              a.reciprocal, p.ow, divided, a.distance);
  for (int64_t ih = a.first; ih < a.end;) {
    // A few rows of sums before they are spread: what was just stored cannot be loaded at another
    // offset for a while.
    RowsOfWindows blocks[kSumRows];
    int64_t count = 0;
    for (; count < kSumRows && ih < a.end; ++count) {
      const int64_t begin = windows.begin();
      const int64_t end = windows.end();
      const int64_t first = ih;
      do {
        ++ih;
        windows.next();
      } while (ih < a.end && windows.begin() == begin && windows.end() == end);
      blocks[count] = {divided + (begin - top) * a.distance, end - begin,
                       a.scratch + count * a.distance + lead, first, ih};
    }
    add_up(blocks, count, a.distance, p.ow);
    spread<kStride, kWidth>(p, blocks, count, diff_src);
  }
}

// What the 3x3 windows of a row, divided, add to each of the rows of pixels that they hold: at
// stride 2 to its even and odd columns.
template <int kStride>
CONV4J_INLINE void window_row(const float* divided, vf (&row)[kStride]) {
  const vf x = load(divided);
  const vf before = load(divided - 1);
  if constexpr (kStride == 1) {
    row[0] = add(add(x, before), load(divided - 2));
  } else {
    row[0] = add(x, before);
    row[1] = x;
  }
}

// Rows [first, end) of a vector of pixels in 3x3 windows whose stride is kStride both ways: the
// totals of the rows that the last windows reached stay in registers. `divided` points to the
// vector's windows in row `top` of them; `to` is the vector's in row 0.
template <int kStride, bool kWhole>
CONV4J_NOINLINE void average_gradient_run(const PoolPlane& p, const float* divided,
                                          int64_t distance, int64_t top, int64_t first, int64_t end,
                                          const Lanes (&lanes)[kStride], float* to) {
  constexpr int kSize = 3;
  constexpr int kPending = kSize - kStride;
  const int64_t IW = p.iw;
  const int64_t OH = p.oh;
  int64_t oh = first_window<kStride, kSize>(p, first);
  int64_t ih = oh * kStride - p.pt;
  divided += (oh - top) * distance;
  to += ih * IW;
  vf pending[kPending][kStride];
  for (auto& row : pending) {
    for (vf& x : row) x = zero();
  }
  for (; ih < end; ++oh, divided += distance) {
    vf row[kStride];
    if (oh >= 0 && oh < OH) {
      window_row<kStride>(divided, row);
    } else {
      for (vf& x : row) x = zero();
    }
    vf rows[kSize][kStride];
    CONV4J_UNROLL
    for (int kh = 0; kh < kSize; ++kh) {
      CONV4J_UNROLL
      for (int v = 0; v < kStride; ++v) {
        rows[kh][v] = kh < kPending ? add(pending[kh][v], row[v]) : row[v];
      }
    }
    CONV4J_UNROLL
    for (int kh = 0; kh < kStride; ++kh, ++ih, to += IW) {
      if (ih < first || ih >= end) continue;
      fetch<kStride>(to + 2 * kStride * IW);
      if (kWhole) {
        interleave(rows[kh], to);
      } else {
        interleave(rows[kh], to, lanes);
      }
    }
    CONV4J_UNROLL
    for (int kh = 0; kh < kPending; ++kh) {
      CONV4J_UNROLL
      for (int v = 0; v < kStride; ++v) pending[kh][v] = rows[kh + kStride][v];
    }
  }
}

template <int kStride>
void average_gradient_columns(const AverageWindows& a) {
  const PoolPlane& p = a.plane;
  const int64_t IW = p.iw;
  const int64_t outputs = p.oh * p.ow;
  float* divided = a.scratch + (p.kw - 1) / kStride;
  const int64_t top = HoldingWindows(p, a.first).begin();
  const int64_t bottom = HoldingWindows(p, a.end - 1).end();
  const PixelVectors<kStride> vectors(p);
  for (int64_t plane = 0; plane < a.planes; ++plane) {
    divide_rows(a.from + plane * outputs + top * p.ow, bottom - top, a.row_counts + top,
                a.column_counts, a.reciprocal, p.ow, divided, a.distance);
    for (int64_t i = vectors.begin; i < vectors.end; i += kLanes) {
      const int64_t q = vectors.at(i);
      const int64_t column = q * kStride - p.pl;
      Lanes lanes[kStride];
      for (int64_t v = 0; v < kStride; ++v) lanes[v] = lanes_inside(column + v * kLanes, IW);
      float* to = a.to + plane * p.ih * IW + column;
      const auto run = [&](auto run_vector) {
        run_vector(p, divided + q, a.distance, top, a.first, a.end, lanes, to);
      };
      run(vectors.whole(q) ? average_gradient_run<kStride, true>
                           : average_gradient_run<kStride, false>);
    }
  }
}

// Rows [first, until) of the vector of pixels at `column`, of windows from q on that share no pixel
// and are as wide as their stride; kWhole: all of these exist. Rows that lie `ahead` are asked for.
template <int kStride, bool kWhole>
void average_column_apart(const AverageWindows& a, int64_t q, int64_t column, int64_t first,
                          int64_t until, int64_t ahead, const float* diff_dst, float* diff_src) {
  const PoolPlane p = a.plane;
  const int64_t IW = p.iw;
  const int64_t OW = p.ow;
  const Lanes read = lanes_inside(q, OW);
  const vf columns = load_lanes(a.column_counts + q, read, broadcast(1.0F));
  Lanes lanes[kStride];
  for (int64_t v = 0; v < kStride; ++v) lanes[v] = lanes_inside(column + v * kLanes, IW);
  const bool reciprocal = a.reciprocal;
  const float* row_counts = a.row_counts;
  HoldingWindows windows(p, first);
  for (int64_t ih = first; ih < until;) {
    const int64_t oh = windows.begin();
    int64_t held = 1;  // rows from ih on that the same window holds
    vf x = zero();
    if (oh < windows.end()) {
      const float* row = diff_dst + oh * OW + q;
      held = oh * p.sh - p.pt + p.kh - ih;
      x = averaged(kWhole ? load(row) : load_lanes(row, read, zero()),
                   mul(broadcast(row_counts[oh]), columns), reciprocal);
    }
    vf pixels[kStride];
    for (int64_t v = 0; v < kStride; ++v) pixels[v] = x;
    for (; held > 0 && ih < until; --held, ++ih, windows.next()) {
      float* to = diff_src + ih * IW + column;
      fetch<kStride>(to + ahead * IW);
      if (kWhole) {
        interleave(pixels, to);
      } else {
        interleave(pixels, to, lanes);
      }
    }
  }
}

template <int kStride>
void average_gradient_apart(const AverageWindows& a, const float* diff_dst, float* diff_src) {
  const PixelVectors<kStride> vectors(a.plane);
  const int64_t most = vectors.end - vectors.begin <= 2 * kLanes ? a.end - a.first : kRowsAtOnce;
  for (int64_t first = a.first; first < a.end; first += most) {
    const int64_t until = first + most < a.end ? first + most : a.end;
    for (int64_t i = vectors.begin; i < vectors.end; i += kLanes) {
      const int64_t q = vectors.at(i);
      const int64_t column = q * kStride - a.plane.pl;
      if (vectors.whole(q) && q + kLanes <= a.plane.ow) {
        average_column_apart<kStride, true>(a, q, column, first, until, most, diff_dst, diff_src);
      } else {
        average_column_apart<kStride, false>(a, q, column, first, until, most, diff_dst, diff_src);
      }
    }
  }
}

template <int kStride, int kWidth>
void average_gradient(const AverageWindows& a) {
  const int64_t inputs = a.plane.ih * a.plane.iw;
  const int64_t outputs = a.plane.oh * a.plane.ow;
  const bool apart = kWidth == kStride && a.plane.kh <= a.plane.sh;
  if (!apart) clear(a.scratch, a.rows * a.distance);
  if constexpr (kWidth == 3) {
    if (a.plane.kh == 3 && a.plane.sh == kStride) return average_gradient_columns<kStride>(a);
  }
  for (int64_t plane = 0; plane < a.planes; ++plane) {
    const float* diff_dst = a.from + plane * outputs;
    float* diff_src = a.to + plane * inputs;
    if (apart) {
      average_gradient_apart<kStride>(a, diff_dst, diff_src);
    } else {
      average_gradient_plane<kStride, kWidth>(a, diff_dst, diff_src);
    }
  }
}

void average_gradient_f32(const AverageWindows& a) {
  const int64_t kw = a.plane.kw;
  if (a.plane.sw == 2) {
    kw == 2   ? average_gradient<2, 2>(a)
    : kw == 3 ? average_gradient<2, 3>(a)
              : average_gradient<2, 0>(a);
  } else {
    kw == 2   ? average_gradient<1, 2>(a)
    : kw == 3 ? average_gradient<1, 3>(a)
              : average_gradient<1, 0>(a);
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
