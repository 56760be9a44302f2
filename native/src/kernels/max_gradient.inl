// The gradient of max pooling of planes, at stride 1 or 2 along the row.
//
//   diff_src[ih][iw] = the sum of diff_dst[oh][ow] over the windows whose offset names the pixel:
//                      offsets[oh][ow] == kh*KW + kw, ih = oh*SH - PT + kh, iw = ow*SW - PL + kw
// Each element gathers from the windows that hold it and is written once, rows without a window as
// zeros. A vector of windows gives SW vectors of pixels, one a phase of the padded column, which
// are interleaved when they are stored; tap kw of phase kw % SW comes from kw / SW windows before.
// The last vector of a row overlaps the one before where it can; lanes outside the plane get the
// offset 255, which no window has.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

template <int kStride, int kSize>
struct MaxGradientPlane {
  // What vector q of windows adds up from the window row at diff, whose tap kh * KW is `first`.
  template <bool kInside>
  static void add_row(const float* diff, const uint8_t* offsets, int64_t q, int64_t OW, int64_t KW,
                      int64_t first, vf (&totals)[kStride]) {
    const vt before = broadcast_t(first);
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
          totals[v] = add_if(equal_t(taps, add_t(before, broadcast_t(kw))), totals[v], x);
        }
      }
    }
  }

  static void write_inside(float* to, const vf (&phases)[1]) { store(to, phases[0]); }
  static void write_inside(float* to, const vf (&phases)[2]) { merge2(phases, to); }
  static void write_edge(float* row, int64_t column, int64_t IW, const vf (&phases)[kStride]) {
    float merged[kStride * kLanes];
    write_inside(merged, phases);
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
    for (int64_t ih = g.first; ih < end; ++ih) {
      float* to = diff_src + ih * IW;
      // The windows that hold the row: window oh_last, whose tap row is kh_first, and those before.
      const int64_t latest = (ih + p.pt) / p.sh;
      const int64_t oh_last = latest < p.oh ? latest : p.oh - 1;
      const int64_t kh_first = ih + p.pt - oh_last * p.sh;
      for (int64_t i = q_begin; i < q_end; i += kLanes) {
        int64_t q = i;
        // The last vector ends with the windows, unless there are pixels behind them.
        if (q + kLanes > OW && q_end <= OW && OW - kLanes >= q_begin) q = OW - kLanes;
        const int64_t column = q * kStride - PL;
        const bool inside =
            q >= reach && q + kLanes <= OW && column >= 0 && column + kStride * kLanes <= IW;
        vf totals[kStride];
        for (int64_t v = 0; v < kStride; ++v) totals[v] = zero();
        int64_t oh = oh_last;
        if (inside) {
          for (int64_t kh = kh_first; kh < KH && oh >= 0; kh += p.sh, --oh) {
            add_row<true>(diff_dst + oh * OW, offsets + oh * OW, q, OW, KW, kh * KW, totals);
          }
          write_inside(to + column, totals);
        } else {
          for (int64_t kh = kh_first; kh < KH && oh >= 0; kh += p.sh, --oh) {
            add_row<false>(diff_dst + oh * OW, offsets + oh * OW, q, OW, KW, kh * KW, totals);
          }
          write_edge(to, column, IW, totals);
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
