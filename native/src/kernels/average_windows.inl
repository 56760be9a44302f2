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

namespace conv4j {
namespace CONV4J_ISA {
namespace {

inline vf averaged(vf total, vf count, bool reciprocal) {
  return reciprocal ? mul(total, count) : divide(total, count);
}

// to[i] = from[i] / (row_count * column_counts[i]).
inline void average_row(const float* from, float row_count, const float* column_counts,
                        bool reciprocal, int64_t columns, float* to) {
  const vf rows = broadcast(row_count);
  int64_t i = 0;
  for (; i + kLanes <= columns; i += kLanes) {
    store(to + i, averaged(load(from + i), mul(rows, load(column_counts + i)), reciprocal));
  }
  if (i < columns) {
    // The lanes beyond the end divide zero by zero; nothing sees it.
    const int64_t n = columns - i;
    const vf count = mul(rows, load_first(column_counts + i, n));
    store_first(to + i, averaged(load_first(from + i, n), count, reciprocal), n);
  }
}

inline void clear(float* x, int64_t count) {
  for (int64_t i = 0; i < count; ++i) x[i] = 0.0F;
}

inline void interleave(const vf (&x)[1], float* to) { store(to, x[0]); }
inline void interleave(const vf (&x)[2], float* to) { merge2(x, to); }

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
  for (int64_t oh = a.first; oh < end; ++oh) {
    const int64_t start = oh * p.sh - p.pt;
    const int64_t top = start > 0 ? start : 0;
    const int64_t bottom = start + p.kh < p.ih ? start + p.kh : p.ih;
    sum_rows_f32(src + top * p.iw, p.iw, bottom - top, p.iw, sums + p.pl);
    const vf rows = broadcast(row_counts[oh]);
    float* to = dst + oh * OW;
    for (int64_t i = 0; i < OW; i += kLanes) {
      vf total = zero();
      for (int64_t t = 0; t < KW; t += kStride) {
        vf x[kStride];
        for (int64_t v = 0; v < kStride; ++v) x[v] = load(sums + i * kStride + t + v * kLanes);
        deal_out(x);
        for (int64_t v = 0; v < kStride; ++v) {
          if (t + v < KW) total = add(total, x[v]);
        }
      }
      const int64_t n = OW - i;
      if (n >= kLanes) {
        store(to + i, averaged(total, mul(rows, load(column_counts + i)), reciprocal));
      } else {
        const vf count = mul(rows, load_first(column_counts + i, n));
        store_first(to + i, averaged(total, count, reciprocal), n);
      }
    }
  }
}

// Rows [first, end) of diff_src from the row of the windows' sums, zeros around it.
template <int kStride, int kWidth>
void spread(const PoolPlane& p, const float* sums, int64_t first, int64_t end, float* diff_src) {
  const int64_t KW = kWidth > 0 ? kWidth : p.kw;
  const int64_t IW = p.iw;
  const int64_t PL = p.pl;
  for (int64_t q = PL / kStride; q * kStride - PL < IW; q += kLanes) {
    vf totals[kStride];
    for (int64_t v = 0; v < kStride; ++v) totals[v] = zero();
    for (int64_t j = 0; j * kStride < KW; ++j) {
      const vf x = load(sums + q - j);
      for (int64_t v = 0; v < kStride; ++v) {
        if (j * kStride + v < KW) totals[v] = add(totals[v], x);
      }
    }
    const int64_t column = q * kStride - PL;
    if (column >= 0 && column + kStride * kLanes <= IW) {
      for (int64_t ih = first; ih < end; ++ih) interleave(totals, diff_src + ih * IW + column);
      continue;
    }
    float merged[kStride * kLanes];
    interleave(totals, merged);
    for (int64_t v = 0; v < kStride * kLanes; v += kLanes) {
      const Lanes lanes = lanes_inside(column + v, IW);
      const vf x = load(merged + v);
      for (int64_t ih = first; ih < end; ++ih) {
        store_lanes(diff_src + ih * IW + column + v, lanes, x);
      }
    }
  }
}

template <int kStride, int kWidth>
void average_gradient_plane(const AverageWindows& a, const float* diff_dst, float* diff_src) {
  const PoolPlane p = a.plane;
  const int64_t lead = (p.kw - 1) / kStride;
  const auto first_window = [&p](int64_t ih) {
    const int64_t before = ih + p.pt - p.kh + 1;  // the first window starts here or later
    return before > 0 ? (before + p.sh - 1) / p.sh : 0;
  };
  const auto last_window = [&p](int64_t ih) {
    const int64_t last = (ih + p.pt) / p.sh;
    return last < p.oh ? last : p.oh - 1;
  };
  // Row 0 of scratch holds sums, the others the divided rows.
  const int64_t top = first_window(a.first);
  const int64_t bottom = last_window(a.end - 1);
  for (int64_t oh = top; oh <= bottom; ++oh) {
    average_row(diff_dst + oh * p.ow, a.row_counts[oh], a.column_counts, a.reciprocal, p.ow,
                a.scratch + (oh - top + 1) * a.distance + lead);
  }
  for (int64_t ih = a.first; ih < a.end;) {
    const int64_t begin = first_window(ih);
    const int64_t end = last_window(ih) + 1;
    int64_t until = ih + 1;
    while (until < a.end && first_window(until) == begin && last_window(until) + 1 == end) ++until;
    const float* sums = a.scratch + (begin - top + 1) * a.distance + lead;
    if (end - begin != 1) {
      sum_rows_f32(sums, a.distance, end - begin, p.ow, a.scratch + lead);
      sums = a.scratch + lead;
    }
    spread<kStride, kWidth>(p, sums, ih, until, diff_src);
    ih = until;
  }
}

template <int kStride, int kWidth>
void average_windows(const AverageWindows& a) {
  const int64_t inputs = a.plane.ih * a.plane.iw;
  const int64_t outputs = a.plane.oh * a.plane.ow;
  clear(a.scratch, a.distance);
  for (int64_t plane = 0; plane < a.planes; ++plane) {
    average_plane<kStride, kWidth>(a, a.from + plane * inputs, a.to + plane * outputs);
  }
}

template <int kStride, int kWidth>
void average_gradient(const AverageWindows& a) {
  const int64_t inputs = a.plane.ih * a.plane.iw;
  const int64_t outputs = a.plane.oh * a.plane.ow;
  clear(a.scratch, a.rows * a.distance);
  for (int64_t plane = 0; plane < a.planes; ++plane) {
    average_gradient_plane<kStride, kWidth>(a, a.from + plane * outputs, a.to + plane * inputs);
  }
}

void average_windows_f32(const AverageWindows& a) {
  const int64_t kw = a.plane.kw;
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
