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
// 3x3 at stride 2 on 128x112x112: 25 GB/s, a copy 30 (Ice Lake, one thread).

namespace conv4j {
namespace CONV4J_ISA {
namespace {

inline vf averaged(vf total, vf count, bool reciprocal) {
  // Zero is added to make +0 of the -0 that a negative divisor gives.
  return add(reciprocal ? mul(total, count) : divide(total, count), zero());
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

// Asks for vectors of rows that are computed later: rows taken a few at a time are no stream that
// the processor would recognize. The address may lie outside the tensor.
template <int kVectors>
inline void fetch(const float* p) {
  for (int64_t v = 0; v < kVectors; ++v) __builtin_prefetch(p + v * kLanes);
}

// The vectors of a row by phase and back, at stride 1 and 2; for the kernels of max pooling, too.
inline void deal_out(vf (&)[1]) {}
inline void deal_out(vf (&x)[2]) {
  const vf first = x[0];
  x[0] = even(first, x[1]);
  x[1] = odd(first, x[1]);
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
      const int64_t n = OW - i;
      const bool full = n >= kLanes;
      const vf columns = full ? load(column_counts + i) : load_first(column_counts + i, n);
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
        // The lanes beyond the end divide zero by zero; nothing sees it.
        total = averaged(total, mul(broadcast(row_counts[oh]), columns), reciprocal);
        if (full) {
          store(dst + oh * OW + i, total);
        } else {
          store_first(dst + oh * OW + i, total, n);
        }
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

constexpr int64_t kSumRows = 8;

// Rows [first, end) of diff_src, all held by the same windows, whose sums these are.
struct RowsOfWindows {
  const float* sums;
  int64_t first, end;
};

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
  // The first rows of scratch hold sums, the others the divided rows.
  float* divided = a.scratch + kSumRows * a.distance + lead;
  const int64_t top = first_window(a.first);
  const int64_t bottom = last_window(a.end - 1);
  for (int64_t oh = top; oh <= bottom; ++oh) {
    average_row(diff_dst + oh * p.ow, a.row_counts[oh], a.column_counts, a.reciprocal, p.ow,
                divided + (oh - top) * a.distance);
  }
  for (int64_t ih = a.first; ih < a.end;) {
    // A few rows of sums before they are spread: what was just stored cannot be loaded at another
    // offset for a while.
    RowsOfWindows blocks[kSumRows];
    int64_t count = 0;
    for (; count < kSumRows && ih < a.end; ++count) {
      const int64_t begin = first_window(ih);
      const int64_t end = last_window(ih) + 1;
      const int64_t first = ih;
      for (++ih; ih < a.end && first_window(ih) == begin && last_window(ih) + 1 == end;) ++ih;
      const float* sums = divided + (begin - top) * a.distance;
      if (end - begin != 1) {
        float* row = a.scratch + count * a.distance + lead;
        sum_rows_f32(sums, a.distance, end - begin, p.ow, row);
        sums = row;
      }
      blocks[count] = {sums, first, ih};
    }
    for (int64_t i = 0; i < count; ++i) {
      spread<kStride, kWidth>(p, blocks[i].sums, blocks[i].first, blocks[i].end, diff_src);
    }
  }
}

template <int kStride, int kWidth>
void average_windows(const AverageWindows& a) {
  const int64_t inputs = a.plane.ih * a.plane.iw;
  const int64_t outputs = a.plane.oh * a.plane.ow;
  clear(a.scratch, a.rows * a.distance);
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
