// Average pooling of planes, at stride 1 or 2 along the row.
//
//   dst[oh][ow] = (the sum of src over the window) / (row_counts[oh] * column_counts[ow])
// The rows of a window are added up whole into a row of scratch between zeros, and the windows
// along it follow, one load a tap and vector; at stride 2 two vectors are dealt out to even and odd
// columns, which are two taps.
// Every window adds up its own pixels, from zero, and never a running sum's difference. Divisions
// are true ones, unless all counts are powers of two: then the product with one over them is the
// same number. A vector may read zeros of scratch past the end of a row; only dst is masked.
// 3x3 windows are averaged another way where the plan asks for it: average_columns.inl.
// 3x3 at stride 2 on 128x112x112: 25 GB/s, a copy 30 (Ice Lake, one thread).

#include "kernels/average_columns.inl"

namespace conv4j {
namespace CONV4J_ISA {
namespace {

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

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
