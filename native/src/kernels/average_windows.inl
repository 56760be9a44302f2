// Average pooling of planes and its gradient, at stride 1 or 2 along the row.
//
//   dst[oh][ow] = (the sum of src over the window) / (row_counts[oh] * column_counts[ow])
//   diff_src[ih][iw] = the sum of diff_dst / (row_counts * column_counts) over the windows that
//                      hold the pixel
// Forward, the rows of a window are added up whole into a row of scratch between zeros, and the
// windows along it follow, one load a tap and vector; at stride 2 two vectors are dealt out to even
// and odd columns, which are two taps. Backward, each row of diff_dst is divided once into scratch;
// the rows that hold a pixel are added up, then spread: tap kw of phase kw % SW comes from kw / SW
// windows before. Rows held by the same windows are written together.
// Every window adds up its own pixels, from zero, and never a running sum's difference. Divisions
// are true ones, unless all counts are powers of two: then the product with one over them is the
// same number. A vector may read zeros of scratch past the end of a row; only dst is masked.
// 3x3 windows are averaged another way where the plan asks for it: average_columns.inl.
// 3x3 at stride 2 on 128x112x112: 25 GB/s, a copy 30 (Ice Lake, one thread).

#include "kernels/average_columns.inl"

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

inline void clear(float* x, int64_t count) {
  for (int64_t i = 0; i < count; ++i) x[i] = 0.0F;
}

// Asks for vectors of rows that are computed later: rows taken a few at a time are no stream that
// the processor would recognize. The address may lie outside the tensor.
template <int kVectors>
inline void fetch(const float* p) {
  for (int64_t v = 0; v < kVectors; ++v) __builtin_prefetch(p + v * kLanes);
}

constexpr int64_t kRowsAtOnce = 8;

// The vectors of a row by phase and back, at stride 1 and 2; for the kernels of max pooling, too.
inline void deal_out(vf (&)[1]) {}
inline void deal_out(vf (&x)[2]) {
  const vf first = x[0];
  x[0] = even(first, x[1]);
  x[1] = odd(first, x[1]);
}
inline void interleave(const vf (&x)[1], float* to) { store(to, x[0]); }
inline void interleave(const vf (&x)[2], float* to) { merge2(x, to); }
inline void interleave(const vf (&x)[1], float* to, const Lanes (&lanes)[1]) {
  store_lanes(to, lanes[0], x[0]);
}
inline void interleave(const vf (&x)[2], float* to, const Lanes (&lanes)[2]) {
  vf pair[2] = {x[0], x[1]};
  interleave2(pair);
  store_lanes(to, lanes[0], pair[0]);
  store_lanes(to + kLanes, lanes[1], pair[1]);
}

// The vectors of a row of pixels, each as the first of its kLanes windows, which begins at column
// window * kStride - PL. The last vector ends with the row where its pixels have the right phase,
// and overlaps the one before.
template <int kStride>
struct PixelVectors {
  explicit PixelVectors(const PoolPlane& p)
      : begin(p.pl / kStride),
        end((p.pl + p.iw - 1) / kStride + 1),
        before(p.pl),
        width(p.iw),
        last(p.pl + p.iw - kStride * kLanes),
        ends_with_row(last >= begin * kStride && last % kStride == 0) {}

  int64_t at(int64_t q) const { return ends_with_row && q + kLanes >= end ? last / kStride : q; }
  bool whole(int64_t q) const {
    const int64_t column = q * kStride - before;
    return column >= 0 && column + kStride * kLanes <= width;
  }

  int64_t begin, end;
  int64_t before, width;
  int64_t last;  // the column of the padded row where a vector begins that ends with the row
  bool ends_with_row;
};

// The windows that hold a row of the plane, row by row: no division for each of them.
class HoldingWindows {
 public:
  HoldingWindows(const PoolPlane& p, int64_t ih) : sh_(p.sh), oh_(p.oh) {
    latest_ = (ih + p.pt) / sh_;
    below_ = ih + p.pt - latest_ * sh_;
    const int64_t start = ih + p.pt - p.kh + 1;  // the first window starts here or below
    earliest_ = start > 0 ? (start - 1) / sh_ + 1 : start / sh_;
    above_ = earliest_ * sh_ - start;
  }
  void next() {
    if (++below_ == sh_) {
      below_ = 0;
      ++latest_;
    }
    if (--above_ < 0) {
      above_ = sh_ - 1;
      ++earliest_;
    }
  }
  int64_t begin() const { return earliest_ < 0 ? 0 : earliest_ < oh_ ? earliest_ : oh_; }
  int64_t end() const { return latest_ < oh_ ? latest_ + 1 : oh_; }

 private:
  int64_t sh_, oh_;
  int64_t latest_, below_;    // the last window that starts not below the row, and how far above
  int64_t earliest_, above_;  // the first one that reaches it, and where it starts behind the least
};

// One plane, from local copies: a store of a vector may alias anything else.
template <int kStride, int kWidth>
void average_plane(const AverageWindows& a, const float* src, float* dst) {
  const PoolPlane p = a.plane;
  const int64_t KW = kWidth > 0 ? kWidth : p.kw;
  const int64_t OW = p.ow;
  const int64_t end = a.end;
  const bool reciprocal = a.reciprocal;
  const float* row_counts = a.row_counts;
  const float* column_counts = a.column_counts;
  float* sums = a.scratch;
  const int64_t distance = a.distance;
  const int64_t most = a.rows;
  for (int64_t first = a.first; first < end; first += most) {
    const int64_t until = first + most < end ? first + most : end;
    for (int64_t i = 0; i < p.iw; i += kLanes) {
      const Lanes lanes = lanes_inside(i, p.iw);
      const bool full = i + kLanes <= p.iw;
      for (int64_t oh = first; oh < until; ++oh) {
        const int64_t start = oh * p.sh - p.pt;
        const int64_t top = start > 0 ? start : 0;
        const int64_t bottom = start + p.kh < p.ih ? start + p.kh : p.ih;
        const float* from = src + top * p.iw + i;
        fetch<1>(from + most * p.sh * p.iw);
        if (p.sh > 1) fetch<1>(from + (most * p.sh + 1) * p.iw);
        vf total = zero();
        for (int64_t ih = top; ih < bottom; ++ih, from += p.iw) {
          total = add(total, full ? load(from) : load_lanes(from, lanes, zero()));
        }
        store(sums + (oh - first) * distance + p.pl + i, total);
      }
    }
    for (int64_t i = 0; i < OW; i += kLanes) {
      const Lanes written = lanes_inside(i, OW);
      const bool full = OW - i >= kLanes;
      const vf columns = load_lanes(column_counts + i, written, broadcast(1.0F));
      for (int64_t oh = first; oh < until; ++oh) {
        const float* row = sums + (oh - first) * distance + i * kStride;
        fetch<1>(dst + (oh + most) * OW + i);
        vf total = zero();
        for (int64_t t = 0; t < KW; t += kStride) {
          vf x[kStride];
          for (int64_t v = 0; v < kStride; ++v) x[v] = load(row + t + v * kLanes);
          deal_out(x);
          for (int64_t v = 0; v < kStride; ++v) {
            if (t + v < KW) total = add(total, x[v]);
          }
        }
        total = averaged(total, mul(broadcast(row_counts[oh]), columns), reciprocal);
        if (full) {
          store(dst + oh * OW + i, total);
        } else {
          store_lanes(dst + oh * OW + i, written, total);
        }
      }
    }
  }
}

// The same for windows that share no column, as wide as their stride: all of one is in the vectors
// that are dealt out, and nothing goes through scratch.
template <int kStride>
void average_plane_apart(const AverageWindows& a, const float* src, float* dst) {
  const PoolPlane p = a.plane;
  const int64_t IW = p.iw;
  const int64_t OW = p.ow;
  const int64_t end = a.end;
  const bool reciprocal = a.reciprocal;
  const float* row_counts = a.row_counts;
  const int64_t most = OW <= 2 * kLanes ? end - a.first : kRowsAtOnce;
  for (int64_t first = a.first; first < end; first += most) {
    const int64_t until = first + most < end ? first + most : end;
    for (int64_t i = 0; i < OW; i = next_vector(i, OW)) {
      const int64_t column = i * kStride - p.pl;
      const bool inside = column >= 0 && column + kStride * kLanes <= IW;
      Lanes lanes[kStride];
      for (int64_t v = 0; v < kStride; ++v) lanes[v] = lanes_inside(column + v * kLanes, IW);
      const Lanes written = lanes_inside(i, OW);
      const bool full = OW - i >= kLanes;
      const vf columns = load_lanes(a.column_counts + i, written, broadcast(1.0F));
      for (int64_t oh = first; oh < until; ++oh) {
        const int64_t start = oh * p.sh - p.pt;
        const int64_t top = start > 0 ? start : 0;
        const int64_t bottom = start + p.kh < p.ih ? start + p.kh : p.ih;
        const float* from = src + top * IW + column;
        for (int64_t r = 0; r < p.sh && r < p.kh; ++r)
          fetch<kStride>(from + (most * p.sh + r) * IW);
        fetch<1>(dst + (oh + most) * OW + i);
        vf x[kStride];
        for (int64_t v = 0; v < kStride; ++v) x[v] = zero();
        for (int64_t ih = top; ih < bottom; ++ih, from += IW) {
          for (int64_t v = 0; v < kStride; ++v) {
            const float* at = from + v * kLanes;
            x[v] = add(x[v], inside ? load(at) : load_lanes(at, lanes[v], zero()));
          }
        }
        deal_out(x);
        vf total = zero();
        for (int64_t v = 0; v < kStride; ++v) total = add(total, x[v]);
        total = averaged(total, mul(broadcast(row_counts[oh]), columns), reciprocal);
        if (full) {
          store(dst + oh * OW + i, total);
        } else {
          store_lanes(dst + oh * OW + i, written, total);
        }
      }
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
void average_windows(const AverageWindows& a) {
  const int64_t inputs = a.plane.ih * a.plane.iw;
  const int64_t outputs = a.plane.oh * a.plane.ow;
  if (kWidth != kStride) clear(a.scratch, a.rows * a.distance);
  for (int64_t plane = 0; plane < a.planes; ++plane) {
    const float* src = a.from + plane * inputs;
    float* dst = a.to + plane * outputs;
    if constexpr (kWidth == kStride) {
      average_plane_apart<kStride>(a, src, dst);
    } else {
      average_plane<kStride, kWidth>(a, src, dst);
    }
  }
}

template <int kStride, int kWidth>
void average_gradient(const AverageWindows& a) {
  const int64_t inputs = a.plane.ih * a.plane.iw;
  const int64_t outputs = a.plane.oh * a.plane.ow;
  const bool apart = kWidth == kStride && a.plane.kh <= a.plane.sh;
  if (!apart) clear(a.scratch, a.rows * a.distance);
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

void average_windows_f32(const AverageWindows& a) {
  const int64_t kw = a.plane.kw;
  if constexpr (kGoesDownColumns) {
    const bool strides = a.plane.sh == a.plane.sw;
    if (a.by_columns && kw == 3 && a.plane.kh == 3 && strides &&
        kw * a.plane.iw <= kFilterWidestColumns) {
      a.plane.sw == 2 ? average_columns<2, 3>(a) : average_columns<1, 3>(a);
      return;
    }
  }
  if (a.plane.sw == 2) {
    kw == 2   ? average_windows<2, 2>(a)
    : kw == 3 ? average_windows<2, 3>(a)
              : average_windows<2, 0>(a);
  } else {
    kw == 2   ? average_windows<1, 2>(a)
    : kw == 3 ? average_windows<1, 3>(a)
              : average_windows<1, 0>(a);
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
