// Max pooling of planes straight from their rows, at stride 1 or 2 along the row.
//
//   dst[oh][ow] = the best of src[oh*SH - PT + kh][ow*SW - PL + kw], offsets[oh][ow] = kh*KW + kw
// Rows come first, so that of equal values the first in row-major order stays; a later tap wins
// when it is larger or NaN. A window starts with its first tap inside the plane, so that one of
// nothing but -infinity needs no second look. At stride 2 two vectors are dealt out to even and odd
// columns, which are two taps. The last vector of a row overlaps the one before; only where a
// vector reaches out of the plane are its lanes there filled with -infinity. Windows that share no
// row are finished in registers. Where they overlap, each row's result is kept in a ring of scratch
// rows that stays in the first cache, and read by every window that holds the row; those of windows
// of 2x2 or 3x3 whose strides are the same both ways stay in registers, a vector of windows at a
// time from the top of a strip of rows to its end, 1.2 to 1.5 times as fast (one thread of a Zen 4,
// AVX-512 and AVX2; 2x2 at stride 1 with offsets 1.7 and 2.1).
// Offsets are kept as bytes. Min pooling is the same with < for > and +infinity for -infinity.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

struct Interval {
  int64_t begin, end;
};

template <int kStride, int kSize, bool kTaps, bool kLeast>
struct MaxPlane {
  struct Best {
    vf value;
    vt tap;
  };

  static void keep(vf value, vt tap, Best* best) {
    if (kTaps) {
      const vm wins = winner<kLeast>(value, best->value);
      best->value = select(wins, value, best->value);
      best->tap = select_t(wins, tap, best->tap);
    } else {
      best->value = kLeast ? least(value, best->value) : greatest(value, best->value);
    }
  }

  // The first tap inside the plane of each window of a vector, the first one starting at column.
  static vt first_taps(int64_t column) {
    if (!kTaps || column >= 0) return broadcast_t(0);
    uint8_t taps[kLanes];
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      const int64_t start = column + lane * kStride;
      taps[lane] = static_cast<uint8_t>(start < 0 ? -start : 0);
    }
    return load_t(taps);
  }

  // A vector of windows, the first one starting at column: what its taps load, and which lanes of
  // that lie in the plane. Known before the rows are gone through, where the size is.
  struct Reach {
    static constexpr int64_t kLoads = (kSize + kStride - 1) / kStride * kStride;

    Reach(int64_t first_column, int64_t width) : column(first_column), IW(width) {
      CONV4J_UNROLL
      for (int64_t load = 0; load < kLoads; ++load) known[load] = find(load);
    }
    // Load t + v begins kLanes * v columns behind tap t, a multiple of the stride.
    int64_t begin(int64_t load) const {
      return column + load / kStride * kStride + load % kStride * kLanes;
    }
    Lanes find(int64_t load) const { return lanes_inside(begin(load), IW); }
    Lanes lanes(int64_t load) const { return kSize > 0 ? known[load] : find(load); }

    int64_t column, IW;
    Lanes known[kSize > 0 ? kLoads : 1] = {};
  };

  // The windows along one row.
  template <bool kInside>
  static Best along(const float* row, const Reach& reach, int64_t KW, vt start) {
    Best best = {zero(), start};
    for (int64_t t = 0; t < KW; t += kStride) {
      vf x[kStride];
      CONV4J_UNROLL
      for (int64_t v = 0; v < kStride; ++v) {
        const float* at = row + reach.column + t + v * kLanes;
        x[v] = kInside ? load(at) : load_lanes(at, reach.lanes(t + v), broadcast(worst<kLeast>()));
      }
      deal_out(x);
      CONV4J_UNROLL
      for (int64_t v = 0; v < kStride; ++v) {
        if (t + v == 0) {
          best.value = x[0];
        } else if (t + v < KW) {
          keep(x[v], broadcast_t(t + v), &best);
        }
      }
    }
    return best;
  }

  // The windows of one vector from the rows of src, as many as there are.
  template <bool kInside>
  static Best whole(const float* row, int64_t rows, int64_t first_tap, const Reach& reach,
                    int64_t KW, vt start) {
    Best best = along<kInside>(row, reach, KW, start);
    if (kTaps && first_tap != 0) best.tap = add_t(best.tap, broadcast_t(first_tap));
    for (int64_t r = 1; r < rows; ++r) {
      row += reach.IW;
      Best later = along<kInside>(row, reach, KW, start);
      if (kTaps) later.tap = add_t(later.tap, broadcast_t(first_tap + r * KW));
      keep(later.value, later.tap, &best);
    }
    return best;
  }

  // The same from the rows' results: row ih of the ring is row ih & mask of scratch.
  static Best down(const float* values, const uint8_t* taps, int64_t distance, int64_t ih,
                   int64_t mask, int64_t rows, int64_t first_tap, int64_t KW) {
    const int64_t at = (ih & mask) * distance;
    Best best = {load(values + at), broadcast_t(0)};
    if (kTaps) best.tap = add_t(load_t(taps + at), broadcast_t(first_tap));
    for (int64_t r = 1; r < rows; ++r) {
      const int64_t later = ((ih + r) & mask) * distance;
      vt tap = broadcast_t(0);
      if (kTaps) tap = add_t(load_t(taps + later), broadcast_t(first_tap + r * KW));
      keep(load(values + later), tap, &best);
    }
    return best;
  }

  static void write(float* dst, uint8_t* offsets, bool full, const Lanes& lanes, const Best& best) {
    if (full) {
      store(dst, best.value);
      if (kTaps) store_t(offsets, best.tap);
    } else {
      store_lanes(dst, lanes, best.value);
      if (kTaps) store_lanes_t(offsets, lanes, best.tap);
    }
  }

  // One plane. Everything that the loops read is a local copy: a store of a vector may alias
  // anything else.
  static void run(const MaxWindows& w, const float* src, float* dst, uint8_t* offsets) {
    const PoolPlane p = w.plane;
    const int64_t KH = kSize > 0 ? kSize : p.kh;
    const int64_t KW = kSize > 0 ? kSize : p.kw;
    const int64_t IW = p.iw;
    const int64_t OW = p.ow;
    const int64_t PL = p.pl;
    // A vector of windows is inside when its loads from column on are.
    const int64_t last = IW - ((KW - 1) / kStride * kStride + kStride * kLanes);
    const auto inside = [=](int64_t column) {
      return column >= 0 && column <= last && OW >= kLanes;
    };
    const auto rows_of = [=](int64_t oh) {
      const int64_t start = oh * p.sh - p.pt;
      const int64_t rest = p.ih - start;
      return Interval{start < 0 ? -start : 0, rest < KH ? rest : KH};
    };
    const int64_t end = w.end;
    // Some rows at a time, those below one another first: masks are made once for them, and no load
    // has to wait for the store just before it, whose address is often the same in its last twelve
    // bits (3x3 on 256x56x56: 17 GB/s instead of 6).
    if (KH <= p.sh) {
      const int64_t most = OW <= 2 * kLanes ? end - w.first : kRowsAtOnce;
      const int64_t ahead = most * p.sh;
      for (int64_t first = w.first; first < end; first += most) {
        const int64_t until = first + most < end ? first + most : end;
        for (int64_t i = 0; i < OW; i = next_vector(i, OW)) {
          const int64_t column = i * kStride - PL;
          const vt start = first_taps(column);
          const bool is_inside = inside(column);
          const Reach reach(column, IW);
          const Lanes written = lanes_inside(i, OW);
          const bool full = OW - i >= kLanes;
          for (int64_t oh = first; oh < until; ++oh) {
            const Interval rows = rows_of(oh);
            const float* from = src + (oh * p.sh - p.pt + rows.begin) * IW;
            const int64_t height = rows.end - rows.begin;
            const int64_t tap = rows.begin * KW;
            const int64_t at = oh * OW + i;
            for (int64_t r = 0; r < KH; ++r) fetch<kStride>(from + column + (ahead + r) * IW);
            fetch<1>(dst + at + most * OW);
            const Best best = is_inside ? whole<true>(from, height, tap, reach, KW, start)
                                        : whole<false>(from, height, tap, reach, KW, start);
            write(dst + at, offsets + at, full, written, best);
          }
        }
      }
      return;
    }
    float* values = w.values;
    uint8_t* taps = w.taps;
    const int64_t distance = w.distance;
    const int64_t mask = w.ring - 1;
    const int64_t most = (w.ring - KH) / p.sh + 1;  // rows of windows whose rows the ring holds
    const int64_t ahead = most * p.sh;
    int64_t ih_done = w.first * p.sh > p.pt ? w.first * p.sh - p.pt : 0;
    for (int64_t first = w.first; first < end; first += most) {
      const int64_t until = first + most < end ? first + most : end;
      const int64_t below = (until - 1) * p.sh - p.pt + KH;
      const int64_t bottom = below < p.ih ? below : p.ih;
      for (int64_t i = 0; i < OW; i = next_vector(i, OW)) {
        const int64_t column = i * kStride - PL;
        const vt start = first_taps(column);
        const bool is_inside = inside(column);
        const Reach reach(column, IW);
        for (int64_t ih = ih_done; ih < bottom; ++ih) {
          const float* row = src + ih * IW;
          const int64_t at = (ih & mask) * distance + i;
          fetch<kStride>(row + column + ahead * IW);
          const Best best =
              is_inside ? along<true>(row, reach, KW, start) : along<false>(row, reach, KW, start);
          store(values + at, best.value);
          if (kTaps) store_t(taps + at, best.tap);
        }
      }
      ih_done = bottom;
      for (int64_t i = 0; i < OW; i = next_vector(i, OW)) {
        const Lanes written = lanes_inside(i, OW);
        const bool full = OW - i >= kLanes;
        for (int64_t oh = first; oh < until; ++oh) {
          const Interval rows = rows_of(oh);
          const int64_t ih = oh * p.sh - p.pt + rows.begin;
          const int64_t height = rows.end - rows.begin;
          const int64_t tap = rows.begin * KW;
          const int64_t at = oh * OW + i;
          fetch<1>(dst + at + most * OW);
          const Best best = height == KH
                                ? down(values + i, taps + i, distance, ih, mask, KH, tap, KW)
                                : down(values + i, taps + i, distance, ih, mask, height, tap, KW);
          write(dst + at, offsets + at, full, written, best);
        }
      }
    }
  }

  // Rows of windows [first, end) of one vector of them, down the columns: each row of pixels is
  // gone along once, for all the rows of windows that it reaches.
  template <bool kInside, bool kFull>
  CONV4J_NOINLINE static void run_column(const PoolPlane& plane, const Reach& of, vt start,
                                         const Lanes& lanes, int64_t first, int64_t end,
                                         const float* src, float* dst, uint8_t* offsets) {
    constexpr int kLive = (kSize + kStride - 1) / kStride;
    const Reach reach = of;  // copies: what is stored may alias them
    const Lanes written = lanes;
    const int64_t IW = plane.iw;
    const int64_t OW = plane.ow;
    const auto IH = static_cast<uint64_t>(plane.ih);
    int64_t ih = first * kStride - plane.pt;
    const float* row = src + ih * IW;
    dst += first * OW;
    if (kTaps) offsets += first * OW;
    Best best[kLive];
    CONV4J_UNROLL
    for (Best& b : best) b = {zero(), start};
    // The best of output row oh comes last, those before the first one are dropped.
    for (int64_t oh = first + 1 - kLive; oh < end; ++oh) {
      CONV4J_UNROLL
      for (int j = 0; j < kStride; ++j, row += IW, ++ih) {
        if (static_cast<uint64_t>(ih) >= IH) continue;
        const Best later = along<kInside>(row, reach, kSize, start);
        CONV4J_UNROLL
        for (int d = 0; d < kLive; ++d) {
          const int kh = d * kStride + j;
          if (kh >= kSize) continue;
          vt tap = later.tap;
          if (kTaps && kh > 0) tap = add_t(tap, broadcast_t(kh * kSize));
          if (kh == 0 || ih == 0) {
            best[d] = {later.value, tap};
          } else {
            keep(later.value, tap, &best[d]);
          }
        }
      }
      if (oh >= first) {
        write(dst, offsets, kFull, written, best[kLive - 1]);
        dst += OW;
        if (kTaps) offsets += OW;
      }
      CONV4J_UNROLL
      for (int d = kLive - 1; d > 0; --d) best[d] = best[d - 1];
    }
  }

  // Which lanes exist is found out once for all planes of one vector: 7x7 takes two thirds of the
  // time so.
  static void run_columns(const MaxWindows& w) {
    const PoolPlane& p = w.plane;
    const int64_t inputs = p.ih * p.iw;
    const int64_t outputs = p.oh * p.ow;
    const int64_t last = p.iw - ((kSize - 1) / kStride * kStride + kStride * kLanes);
    const int64_t strip = strip_of_columns(p.iw, kSize, kStride);
    const int64_t at_once = p.ow <= kLanes ? w.planes : 1;
    for (int64_t begin = 0; begin < w.planes; begin += at_once) {
      for (int64_t first = w.first; first < w.end; first += strip) {
        const int64_t end = first + strip < w.end ? first + strip : w.end;
        for (int64_t i = 0; i < p.ow; i = next_vector(i, p.ow)) {
          const int64_t column = i * kStride - p.pl;
          const bool full = p.ow - i >= kLanes;
          const bool inside = column >= 0 && column <= last && full;
          const Reach reach(column, p.iw);
          const vt start = first_taps(column);
          const Lanes written = lanes_inside(i, p.ow);
          for (int64_t plane = begin; plane < begin + at_once; ++plane) {
            const int64_t at = plane * outputs + i;
            const auto run = [&](auto run_vector) {
              run_vector(p, reach, start, written, first, end, w.src + plane * inputs, w.dst + at,
                         kTaps ? w.offsets + at : nullptr);
            };
            run(inside ? run_column<true, true>
                : full ? run_column<false, true>
                       : run_column<false, false>);
          }
        }
      }
    }
  }

  static void run_all(const MaxWindows& w) {
    if constexpr (kSize > kStride) {
      if (w.plane.sh == kStride) return run_columns(w);
    }
    const int64_t inputs = w.plane.ih * w.plane.iw;
    const int64_t outputs = w.plane.oh * w.plane.ow;
    for (int64_t plane = 0; plane < w.planes; ++plane) {
      run(w, w.src + plane * inputs, w.dst + plane * outputs,
          kTaps ? w.offsets + plane * outputs : nullptr);
    }
  }
};

template <int kStride, int kSize>
void max_windows(const MaxWindows& w) {
  if (w.least) {
    w.offsets != nullptr ? MaxPlane<kStride, kSize, true, true>::run_all(w)
                         : MaxPlane<kStride, kSize, false, true>::run_all(w);
  } else {
    w.offsets != nullptr ? MaxPlane<kStride, kSize, true, false>::run_all(w)
                         : MaxPlane<kStride, kSize, false, false>::run_all(w);
  }
}

void max_windows_f32(const MaxWindows& w) {
  const PoolPlane& p = w.plane;
  const int64_t size = p.kh == p.kw ? p.kw : 0;
  if (p.sw == 2) {
    size == 2 ? max_windows<2, 2>(w) : size == 3 ? max_windows<2, 3>(w) : max_windows<2, 0>(w);
  } else {
    size == 2 ? max_windows<1, 2>(w) : size == 3 ? max_windows<1, 3>(w) : max_windows<1, 0>(w);
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
