// The gradient of max pooling of planes, at stride 1 or 2 along the row.
//
//   diff_src[ih][iw] = the sum of diff_dst[oh][ow] over the windows whose offset names the pixel:
//                      offsets[oh][ow] == kh*KW + kw, ih = oh*SH - PT + kh, iw = ow*SW - PL + kw
// Each element gathers from the windows that hold it and is written once, rows without a window as
// zeros. A vector of windows gives SW vectors of pixels, one a phase of the padded column, which
// are interleaved when they are stored; tap kw of phase kw % SW comes from kw / SW windows before.
// The last vector of a row overlaps the one before where it can. Lanes outside the row take no part
// in the comparison; in the first and the last plane of a call they are not loaded either, and get
// the offset 255, which no window has. Rows are taken as in max_windows.inl: 2x2 at stride 2 on
// 64x224x224 21 GB/s, a copy 29 (Ice Lake, one thread; 9 before rows were asked for in advance).
// Windows of 2x2 and 3x3 at the usual strides are gone through row by row of windows instead: with
// those of 3x3 one thread of a Zen 3, AVX2, is 1.8 to 2.5 times as fast as pixel by pixel.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// kSize is that of the windows, kSize x kSize, or 0: any.
template <int kStride, int kSize>
struct MaxGradientPlane {
  // A vector of windows: which lanes lie in the plane of the windows and of those before them that
  // reach as far, and which pixels in the row. Known before the rows are gone through, where the
  // size is.
  struct Reach {
    static constexpr int64_t kBefore = (kSize + kStride - 1) / kStride;

    Reach(int64_t window, int64_t windows, int64_t first_column, int64_t width)
        : q(window), OW(windows), column(first_column) {
      CONV4J_UNROLL
      for (int64_t j = 0; j < kBefore; ++j) known[j] = find(j);
      CONV4J_UNROLL
      for (int64_t v = 0; v < kStride; ++v) pixels[v] = lanes_inside(column + v * kLanes, width);
    }
    Lanes find(int64_t j) const { return lanes_inside(q - j, OW); }
    Lanes windows_before(int64_t j) const { return kSize > 0 ? known[j] : find(j); }

    int64_t q, OW, column;
    Lanes known[kSize > 0 ? kBefore : 1] = {};
    Lanes pixels[kStride];
  };

  // How a vector is loaded that reaches out of its row: it does not (kInside), with what lies there
  // in the planes around (kWhole), or without (kMasked).
  enum Edge { kInside, kWhole, kMasked };

  static constexpr bool kApart = kSize == kStride;

  // What the windows add up from the window row at diff, whose tap kh * KW is `first`.
  template <Edge kEdge>
  static void add_row(const float* diff, const uint8_t* offsets, const Reach& reach, int64_t KW,
                      int64_t first, vf (&totals)[kStride]) {
    for (int64_t j = 0; j * kStride < KW; ++j) {
      const int64_t at = reach.q - j;
      vf x;
      vt taps;
      if (kEdge == kMasked) {
        x = load_lanes(diff + at, reach.windows_before(j), zero());
        taps = load_lanes_t(offsets + at, reach.windows_before(j), broadcast_t(0xFF));
      } else {
        x = load(diff + at);
        taps = load_t(offsets + at);
      }
      CONV4J_UNROLL
      for (int64_t v = 0; v < kStride; ++v) {
        const int64_t kw = j * kStride + v;
        if (kw < KW) {
          const vt tap = broadcast_t(first + kw);
          const vm chosen =
              kEdge == kWhole ? equal_t(reach.windows_before(j), taps, tap) : equal_t(taps, tap);
          totals[v] = add_if(chosen, totals[v], x);
        }
      }
    }
  }

  // One plane, from local copies: a store of a vector may alias anything else.
  template <Edge kEdge>
  static void run(const MaxGradient& g, const float* diff_dst, const uint8_t* offsets,
                  float* diff_src) {
    const PoolPlane p = g.plane;
    const int64_t KH = p.kh;
    const int64_t KW = p.kw;
    const int64_t IW = p.iw;
    const int64_t OW = p.ow;
    const int64_t PL = p.pl;
    const int64_t end = g.end;
    const int64_t q_begin = PL / kStride;
    const int64_t q_end = (PL + IW - 1) / kStride + 1;
    const int64_t before = (KW - 1) / kStride;
    const int64_t most =
        q_end - q_begin <= 2 * kLanes ? end - g.first : kRowsAtOnce;  // as in max_windows.inl
    for (int64_t first = g.first; first < end; first += most) {
      const int64_t until = first + most < end ? first + most : end;
      for (int64_t i = q_begin; i < q_end; i += kLanes) {
        int64_t q = i;
        // The last vector ends with the windows, unless there are pixels behind them.
        if (q + kLanes > OW && q_end <= OW && OW - kLanes >= q_begin) q = OW - kLanes;
        const int64_t column = q * kStride - PL;
        const bool inside =
            q >= before && q + kLanes <= OW && column >= 0 && column + kStride * kLanes <= IW;
        const Reach reach(q, OW, column, IW);
        HoldingWindows windows(p, first);
        for (int64_t ih = first; ih < until; ++ih, windows.next()) {
          // From the last window that holds the row, in whose tap row kh it is, to those before.
          int64_t oh = windows.end() - 1;
          int64_t kh = ih + p.pt - oh * p.sh;
          fetch<kStride>(diff_src + (ih + most) * IW + column);
          fetch<1>(diff_dst + (oh + most / p.sh) * OW + q);
          vf totals[kStride];
          CONV4J_UNROLL
          for (int64_t v = 0; v < kStride; ++v) totals[v] = zero();
          if (inside) {
            for (; kh < KH && oh >= 0; kh += p.sh, --oh) {
              add_row<kInside>(diff_dst + oh * OW, offsets + oh * OW, reach, KW, kh * KW, totals);
            }
            interleave(totals, diff_src + ih * IW + column);
          } else {
            for (; kh < KH && oh >= 0; kh += p.sh, --oh) {
              add_row<kEdge>(diff_dst + oh * OW, offsets + oh * OW, reach, KW, kh * KW, totals);
            }
            interleave(totals, diff_src + ih * IW + column, reach.pixels);
          }
        }
      }
    }
  }

  // Rows [first, until) of a vector of pixels in windows that share none: a vector of windows is
  // loaded once for all its rows. Those `ahead` of them are asked for.
  template <Edge kEdge, bool kWholePixels>
  static void run_column_apart(const PoolPlane& plane, const Reach& of, int64_t first,
                               int64_t until, int64_t ahead, const float* diff_dst,
                               const uint8_t* offsets, float* diff_src) {
    const Reach reach = of;  // a copy: what is stored may alias it
    const int64_t IW = plane.iw;
    const int64_t OW = plane.ow;
    const int64_t PT = plane.pt;
    const int64_t SH = plane.sh;
    const Lanes read = reach.windows_before(0);
    HoldingWindows windows(plane, first);
    for (int64_t ih = first; ih < until;) {
      const int64_t oh = windows.begin();
      int64_t kh = kSize - 1;  // without a window: this row alone
      vf x = zero();
      vt taps = broadcast_t(0xFF);
      if (oh < windows.end()) {
        kh = ih + PT - oh * SH;
        const int64_t at = oh * OW + reach.q;
        if (kEdge == kMasked) {
          x = load_lanes(diff_dst + at, read, zero());
          taps = load_lanes_t(offsets + at, read, broadcast_t(0xFF));
        } else {
          x = load(diff_dst + at);
          taps = load_t(offsets + at);
          if (kEdge == kWhole) x = only_lanes(read, x);
        }
      }
      for (; kh < kSize && ih < until; ++kh, ++ih, windows.next()) {
        float* to = diff_src + ih * IW + reach.column;
        fetch<kStride>(to + ahead * IW);
        vf pixels[kStride];
        CONV4J_UNROLL
        for (int64_t v = 0; v < kStride; ++v) {
          pixels[v] = add_if(equal_t(taps, broadcast_t(kh * kSize + v)), zero(), x);
        }
        if (kWholePixels) {
          interleave(pixels, to);
        } else {
          interleave(pixels, to, reach.pixels);
        }
      }
    }
  }

  // Adds the row of windows at diff to the rows of pixels that it reaches.
  template <Edge kEdge>
  static CONV4J_INLINE void add_windows(const float* diff, const uint8_t* offsets,
                                        const Reach& reach, vf (&totals)[kSize][kStride]) {
    CONV4J_UNROLL
    for (int64_t j = 0; j * kStride < kSize; ++j) {
      const int64_t at = reach.q - j;
      vf x;
      vt taps;
      if (kEdge == kMasked) {
        x = load_lanes(diff + at, reach.windows_before(j), zero());
        taps = load_lanes_t(offsets + at, reach.windows_before(j), broadcast_t(0xFF));
      } else {
        x = load(diff + at);
        taps = load_t(offsets + at);
        if (kEdge == kWhole) x = only_lanes(reach.windows_before(j), x);
      }
      CONV4J_UNROLL
      for (int64_t kh = 0; kh < kSize; ++kh) {
        CONV4J_UNROLL
        for (int64_t v = 0; v < kStride; ++v) {
          const int64_t kw = j * kStride + v;
          if (kw >= kSize) continue;
          const vm chosen = equal_t(taps, broadcast_t(kh * kSize + kw));
          totals[kh][v] = add_if(chosen, totals[kh][v], x);
        }
      }
    }
  }

  // The same for windows that overlap both ways: a row of them is loaded once and added to all the
  // rows of pixels that it reaches, whose totals stay in registers until their last windows.
  template <Edge kEdge, bool kWholePixels>
  CONV4J_NOINLINE static void run_column_overlapping(const PoolPlane& plane, const Reach& of,
                                                     int64_t first, int64_t until, int64_t ahead,
                                                     const float* diff_dst, const uint8_t* offsets,
                                                     float* diff_src) {
    const Reach reach = of;  // a copy: what is stored may alias it
    const int64_t IW = plane.iw;
    const int64_t OH = plane.oh;
    const int64_t OW = plane.ow;
    const int64_t PT = plane.pt;
    int64_t oh = first_window<kStride, kSize>(plane, first);
    vf totals[kSize][kStride];
    CONV4J_UNROLL
    for (auto& row : totals) {
      CONV4J_UNROLL
      for (vf& total : row) total = zero();
    }
    for (int64_t ih = oh * kStride - PT; ih < until; ih += kStride, ++oh) {
      if (oh >= 0 && oh < OH) {
        add_windows<kEdge>(diff_dst + oh * OW, offsets + oh * OW, reach, totals);
        fetch<1>(diff_dst + (oh + ahead / kStride) * OW + reach.q);
      }
      CONV4J_UNROLL
      for (int64_t row = 0; row < kStride; ++row) {
        if (ih + row < first || ih + row >= until) continue;
        float* to = diff_src + (ih + row) * IW + reach.column;
        fetch<kStride>(to + ahead * IW);
        if (kWholePixels) {
          interleave(totals[row], to);
        } else {
          interleave(totals[row], to, reach.pixels);
        }
      }
      CONV4J_UNROLL
      for (int64_t row = 0; row < kSize; ++row) {
        CONV4J_UNROLL
        for (int64_t v = 0; v < kStride; ++v) {
          totals[row][v] = row + kStride < kSize ? totals[row + kStride][v] : zero();
        }
      }
    }
  }

  // Planes on either side of the others whose vectors reach out of the tensor: all where that is
  // further than the plane beside them.
  static int64_t planes_at_edge(const MaxGradient& g) {
    const int64_t outputs = g.plane.oh * g.plane.ow;
    const int64_t behind = (g.plane.pl + g.plane.iw - 1) / kStride + 1 - g.plane.ow + kLanes;
    return outputs >= g.plane.kw && outputs >= behind ? 1 : g.planes;
  }

  // A vector of pixels after the other, each of them downwards. Which lanes exist is found out once
  // for all planes of one vector.
  static void run_columns(const MaxGradient& g) {
    const PoolPlane p = g.plane;
    const int64_t inputs = p.ih * p.iw;
    const int64_t outputs = p.oh * p.ow;
    const int64_t edge = planes_at_edge(g);
    const PixelVectors<kStride> vectors(p);
    const int64_t columns = vectors.end - vectors.begin;
    // Windows that overlap are loaded again where a new piece of the column begins.
    const int64_t rows = kSize > kStride ? 4 * kRowsAtOnce : 2 * kRowsAtOnce;
    const int64_t most = columns <= 2 * kLanes ? g.end - g.first : rows;
    const int64_t at_once = columns <= kLanes ? g.planes : 1;
    for (int64_t begin = 0; begin < g.planes; begin += at_once) {
      for (int64_t first = g.first; first < g.end; first += most) {
        const int64_t until = first + most < g.end ? first + most : g.end;
        for (int64_t i = vectors.begin; i < vectors.end; i += kLanes) {
          const int64_t q = vectors.at(i);
          const int64_t column = q * kStride - p.pl;
          const Reach reach(q, p.ow, column, p.iw);
          const bool whole_pixels = vectors.whole(q);
          const bool inside = whole_pixels && q >= (kSize - 1) / kStride && q + kLanes <= p.ow;
          for (int64_t plane = begin; plane < begin + at_once; ++plane) {
            const auto run = [&](auto run_vector) {
              run_vector(p, reach, first, until, most, g.diff_dst + plane * outputs,
                         g.offsets + plane * outputs, g.diff_src + plane * inputs);
            };
            const bool masked = plane < edge || plane >= g.planes - edge;
            if (inside) {
              run(kApart ? run_column_apart<kInside, true> : run_column_overlapping<kInside, true>);
            } else if (masked) {
              run_edge<kMasked>(whole_pixels, run);
            } else {
              run_edge<kWhole>(whole_pixels, run);
            }
          }
        }
      }
    }
  }

  template <Edge kEdge, typename Run>
  static CONV4J_INLINE void run_edge(bool whole_pixels, const Run& run) {
    if (whole_pixels) {
      run(kApart ? run_column_apart<kEdge, true> : run_column_overlapping<kEdge, true>);
    } else {
      run(kApart ? run_column_apart<kEdge, false> : run_column_overlapping<kEdge, false>);
    }
  }

  static void run_all(const MaxGradient& g) {
    if constexpr (kSize > 0) {
      run_columns(g);
      return;
    }
    const int64_t inputs = g.plane.ih * g.plane.iw;
    const int64_t outputs = g.plane.oh * g.plane.ow;
    const int64_t edge = planes_at_edge(g);
    for (int64_t plane = 0; plane < g.planes; ++plane) {
      const float* diff_dst = g.diff_dst + plane * outputs;
      const uint8_t* offsets = g.offsets + plane * outputs;
      float* diff_src = g.diff_src + plane * inputs;
      plane >= edge&& plane < g.planes - edge ? run<kWhole>(g, diff_dst, offsets, diff_src)
                                              : run<kMasked>(g, diff_dst, offsets, diff_src);
    }
  }
};

template <int kStride>
void max_gradient_strided(const MaxGradient& g) {
  const PoolPlane& p = g.plane;
  // Windows that share no pixel, or else overlap as far down as along the row.
  const bool usual = p.kh == p.kw && (p.kw == kStride ? p.sh >= p.kh : p.sh == kStride);
  usual&& p.kw == 2   ? MaxGradientPlane<kStride, 2>::run_all(g)
  : usual&& p.kw == 3 ? MaxGradientPlane<kStride, 3>::run_all(g)
                      : MaxGradientPlane<kStride, 0>::run_all(g);
}

void max_gradient_f32(const MaxGradient& g) {
  g.plane.sw == 2 ? max_gradient_strided<2>(g) : max_gradient_strided<1>(g);
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
