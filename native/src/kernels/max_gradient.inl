// The gradient of max pooling of planes, at stride 1 or 2 along the row.
//
//   diff_src[ih][iw] = the sum of diff_dst[oh][ow] over the windows whose offset names the pixel:
//                      offsets[oh][ow] == kh*KW + kw, ih = oh*SH - PT + kh, iw = ow*SW - PL + kw
// Each element gathers from the windows that hold it and is written once, rows without a window as
// zeros. A vector of windows gives SW vectors of pixels, one a phase of the padded column, which
// are interleaved when they are stored; tap kw of phase kw % SW comes from kw / SW windows before.
// The last vector of a row overlaps the one before where it can; lanes outside the plane get the
// offset 255, which no window has. Rows are taken as in max_windows.inl: 2x2 at stride 2 on
// 64x224x224 21 GB/s, a copy 29 (Ice Lake, one thread; 9 before rows were asked for in advance).

namespace conv4j {
namespace CONV4J_ISA {
namespace {

template <int kStride, int kSize>
struct MaxGradientPlane {
  // What vector q of windows adds up from the window row at diff, whose tap kh * KW is `first`.
  template <bool kInside>
  static void add_row(const float* diff, const uint8_t* offsets, int64_t q, int64_t OW, int64_t KW,
                      int64_t first, const vt* wanted, vf (&totals)[kStride]) {
    for (int64_t j = 0; j * kStride < KW; ++j) {
      const int64_t at = q - j;
      vf x;
      vt taps;
      if (kInside) {
        x = load(diff + at);
        taps = load_t(offsets + at);
      } else {
        const Lanes lanes = lanes_inside(at, OW);
        x = load_lanes(diff + at, lanes, zero());
        taps = load_lanes_t(offsets + at, lanes, broadcast_t(0xFF));
      }
      for (int64_t v = 0; v < kStride; ++v) {
        const int64_t kw = j * kStride + v;
        if (kw < KW) {
          const vt tap = kSize > 0 ? wanted[first + kw] : broadcast_t(first + kw);
          totals[v] = add_if(equal_t(taps, tap), totals[v], x);
        }
      }
    }
  }

  static void write_edge(float* row, int64_t column, int64_t IW, const vf (&phases)[kStride]) {
    float merged[kStride * kLanes];
    interleave(phases, merged);
    for (int64_t v = 0; v < kStride * kLanes; v += kLanes) {
      store_lanes(row + column + v, lanes_inside(column + v, IW), load(merged + v));
    }
  }

  // One plane, from local copies: a store of a vector may alias anything else.
  static void run(const MaxGradient& g, const float* diff_dst, const uint8_t* offsets,
                  float* diff_src) {
    const PoolPlane p = g.plane;
    const int64_t KH = kSize > 0 ? kSize : p.kh;
    const int64_t KW = kSize > 0 ? kSize : p.kw;
    const int64_t IW = p.iw;
    const int64_t OW = p.ow;
    const int64_t PL = p.pl;
    const int64_t end = g.end;
    const int64_t q_begin = PL / kStride;
    const int64_t q_end = (PL + IW - 1) / kStride + 1;
    const int64_t reach = (KW - 1) / kStride;
    vt wanted[kSize > 0 ? kSize * kSize : 1];  // every offset, of a window whose size is known
    for (int64_t tap = 0; tap < kSize * kSize; ++tap) wanted[tap] = broadcast_t(tap);
    const int64_t most =
        q_end - q_begin <= 2 * kLanes ? end - g.first : 8;  // as in max_windows.inl
    for (int64_t first = g.first; first < end; first += most) {
      const int64_t until = first + most < end ? first + most : end;
      for (int64_t i = q_begin; i < q_end; i += kLanes) {
        int64_t q = i;
        // The last vector ends with the windows, unless there are pixels behind them.
        if (q + kLanes > OW && q_end <= OW && OW - kLanes >= q_begin) q = OW - kLanes;
        const int64_t column = q * kStride - PL;
        const bool inside =
            q >= reach && q + kLanes <= OW && column >= 0 && column + kStride * kLanes <= IW;
        for (int64_t ih = first; ih < until; ++ih) {
          // The windows that hold the row: the last of them, in whose tap row kh it is, and those
          // before.
          const int64_t latest = (ih + p.pt) / p.sh;
          int64_t oh = latest < p.oh ? latest : p.oh - 1;
          int64_t kh = ih + p.pt - oh * p.sh;
          fetch<kStride>(diff_src + (ih + most) * IW + column);
          fetch<1>(diff_dst + (oh + most / p.sh) * OW + q);
          vf totals[kStride];
          for (int64_t v = 0; v < kStride; ++v) totals[v] = zero();
          if (inside) {
            for (; kh < KH && oh >= 0; kh += p.sh, --oh) {
              add_row<true>(diff_dst + oh * OW, offsets + oh * OW, q, OW, KW, kh * KW, wanted,
                            totals);
            }
            interleave(totals, diff_src + ih * IW + column);
          } else {
            for (; kh < KH && oh >= 0; kh += p.sh, --oh) {
              add_row<false>(diff_dst + oh * OW, offsets + oh * OW, q, OW, KW, kh * KW, wanted,
                             totals);
            }
            write_edge(diff_src + ih * IW, column, IW, totals);
          }
        }
      }
    }
  }

  static void run_all(const MaxGradient& g) {
    const int64_t inputs = g.plane.ih * g.plane.iw;
    const int64_t outputs = g.plane.oh * g.plane.ow;
    for (int64_t plane = 0; plane < g.planes; ++plane) {
      run(g, g.diff_dst + plane * outputs, g.offsets + plane * outputs,
          g.diff_src + plane * inputs);
    }
  }
};

void max_gradient_f32(const MaxGradient& g) {
  const PoolPlane& p = g.plane;
  const int64_t size = p.kh == p.kw ? p.kw : 0;
  if (p.sw == 2) {
    size == 2   ? MaxGradientPlane<2, 2>::run_all(g)
    : size == 3 ? MaxGradientPlane<2, 3>::run_all(g)
                : MaxGradientPlane<2, 0>::run_all(g);
  } else {
    size == 2   ? MaxGradientPlane<1, 2>::run_all(g)
    : size == 3 ? MaxGradientPlane<1, 3>::run_all(g)
                : MaxGradientPlane<1, 0>::run_all(g);
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
