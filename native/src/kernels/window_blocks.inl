// Pooling with one plane in every lane, for planes whose rows are shorter than a vector or two.
//
//   planes   up to kLanes planes, one behind the other, become blocks: pixel i of plane l at
//            [i * kLanes + l] (rows_blocked.inl), are pooled there, and become planes again
//   forward  along the rows, then down the columns: [IH][IW] -> [IH][OW] -> [OH][OW]
//   average  the same with sums; its gradient the same the other way round: what the windows that
//            hold a pixel add up is again the sum of a range
//   maximum  its gradient gathers, pixel by pixel, from the windows that hold it
// No lane is idle and nothing is masked, whatever the extents; what it costs is the squares that
// are turned over, 64 shuffles for 256 elements on AVX-512. Offsets are bytes: four pixels of a
// plane are turned over as one integer. Beside the kernels that take planes by rows or columns, one
// thread of a Zen 4, AVX-512: 3x3 at stride 2 on 832x14x14 1.1 times as fast, averages 0.9, 13x13
// windows on 13x13 planes 1.5 to 6 times; 3x3 at stride 1 on 832x7x7 as fast, averages 0.7, their
// gradient 1.4 times; wider planes are slower. Rules are those of max_windows.inl and
// average_windows.inl.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// Ranges along one axis, for every line across it: place o of the result from the places
// [begins[o], ends[o]) of x. Distances in elements: along the axis, and from line to line.
struct BlockRanges {
  const int64_t* begins;
  const int64_t* ends;
  int64_t outputs, step;
  int64_t lines, in_line, out_line;
};

// Along the rows of [lines][inputs], or down the columns of [inputs][columns].
inline BlockRanges along_rows(const int64_t* table, int64_t lines, int64_t inputs,
                              int64_t outputs) {
  return {table, table + outputs, outputs, kLanes, lines, inputs * kLanes, outputs * kLanes};
}
inline BlockRanges down_columns(const int64_t* table, int64_t outputs, int64_t columns) {
  return {table, table + outputs, outputs, columns * kLanes, columns, kLanes, kLanes};
}

inline void planes_to_blocks(const float* from, int64_t planes, int64_t pixels, float* blocks) {
  block_row_f32({from, pixels, planes, pixels, 0, 1, 1, pixels, blocks});
}

// Bit for bit, unlike unblock_row_f32, whose bias makes a +0 of a -0.
inline void blocks_to_planes(const float* blocks, int64_t planes, int64_t pixels, float* to) {
  transpose_f32({blocks, kLanes, pixels, planes, to, pixels, 0});
}

// ------------------------------------------------------------------ average

template <int64_t kCount>
inline void sum_range(const BlockRanges& r, const float* x, int64_t count, float* out) {
  const int64_t terms = kCount > 0 ? kCount : count;
  const int64_t step = r.step;
  const int64_t in_line = r.in_line;
  const int64_t out_line = r.out_line;
  for (int64_t lines = r.lines; lines > 0; --lines, x += in_line, out += out_line) {
    vf total = zero();
    for (int64_t t = 0; t < terms; ++t) total = add(total, load(x + t * step));
    store(out, total);
  }
}

void sum_ranges(const BlockRanges& r, const float* x, float* out) {
  for (int64_t o = 0; o < r.outputs; ++o, out += r.step) {
    const float* from = x + r.begins[o] * r.step;
    const int64_t count = r.ends[o] - r.begins[o];
    count == 1   ? sum_range<1>(r, from, count, out)
    : count == 2 ? sum_range<2>(r, from, count, out)
    : count == 3 ? sum_range<3>(r, from, count, out)
                 : sum_range<0>(r, from, count, out);
  }
}

// What windows add up, or their gradients, divided by what they count; of all windows.
void divide_blocks(const AverageBlock& a, float* x) {
  const PoolPlane& p = a.pool.plane;
  for (int64_t oh = 0; oh < p.oh; ++oh) {
    for (int64_t ow = 0; ow < p.ow; ++ow, x += kLanes) {
      const vf count = broadcast(a.row_counts[oh] * a.column_counts[ow]);
      store(x, averaged(load(x), count, a.reciprocal));
    }
  }
}

void average_block_f32(const AverageBlock& a) {
  const PoolPlane p = a.pool.plane;
  const int64_t inputs = p.ih * p.iw;
  const int64_t outputs = p.oh * p.ow;
  float* blocks = a.pool.scratch;
  float* rows = blocks + (inputs > outputs ? inputs : outputs) * kLanes;
  if (!a.gradient) {
    planes_to_blocks(a.pool.from, a.pool.planes, inputs, blocks);
    sum_ranges(along_rows(a.pool.columns, p.ih, p.iw, p.ow), blocks, rows);
    sum_ranges(down_columns(a.pool.rows, p.oh, p.ow), rows, blocks);
    divide_blocks(a, blocks);
    blocks_to_planes(blocks, a.pool.planes, outputs, a.pool.to);
  } else {
    planes_to_blocks(a.pool.from, a.pool.planes, outputs, blocks);
    divide_blocks(a, blocks);
    sum_ranges(along_rows(a.pool.columns, p.oh, p.ow, p.iw), blocks, rows);
    sum_ranges(down_columns(a.pool.rows, p.ih, p.iw), rows, blocks);
    blocks_to_planes(blocks, a.pool.planes, inputs, a.pool.to);
  }
}

// ------------------------------------------------------------------ offsets

constexpr int64_t kWordBytes = 4;
constexpr int64_t kVectorBytes = kWordBytes * kLanes;

// Bytes [i * kLanes + plane] -> [plane][i]. The last pixels come first: where a vector reaches into
// the next plane, that is written later.
void offsets_to_planes(const uint8_t* blocks, int64_t planes, int64_t pixels, uint8_t* to) {
  const uint8_t* end = to + planes * pixels;
  for (int64_t first = (pixels - 1) / kVectorBytes * kVectorBytes; first >= 0;
       first -= kVectorBytes) {
    vf square[kLanes];
    for (int64_t j = 0; j < kLanes; ++j) {
      vi word = broadcast_i(0);
      for (int64_t byte = kWordBytes - 1; byte >= 0; --byte) {
        const int64_t pixel = first + kWordBytes * j + byte;
        word = left_i<8>(word);
        if (pixel < pixels) word = add_i(word, wide_t(load_t(blocks + pixel * kLanes)));
      }
      square[j] = from_bits(word);
    }
    transpose_square(square);
    for (int64_t plane = 0; plane < planes; ++plane) {
      uint8_t* p = to + plane * pixels + first;
      const int64_t room = end - p < kVectorBytes ? end - p : kVectorBytes;
      if (room == kVectorBytes) {
        __builtin_memcpy(p, &square[plane], kVectorBytes);
      } else {
        __builtin_memcpy(p, &square[plane], static_cast<size_t>(room));
      }
    }
  }
}

// Bytes [plane][i] -> integers [i * kLanes + plane]; so many bytes may be read from `from` on.
void planes_to_offsets(const uint8_t* from, int64_t readable, int64_t planes, int64_t pixels,
                       int32_t* blocks) {
  for (int64_t first = 0; first < pixels; first += kVectorBytes) {
    vf square[kLanes];
    for (int64_t plane = 0; plane < kLanes; ++plane) {
      square[plane] = zero();
      const int64_t at = plane * pixels + first;
      if (plane >= planes) continue;
      if (at + kVectorBytes <= readable) {
        __builtin_memcpy(&square[plane], from + at, kVectorBytes);
      } else {
        __builtin_memcpy(&square[plane], from + at, static_cast<size_t>(readable - at));
      }
    }
    transpose_square(square);
    for (int64_t j = 0; j < kLanes; ++j) {
      vi word = bits(square[j]);
      for (int64_t byte = 0; byte < kWordBytes; ++byte) {
        const int64_t pixel = first + kWordBytes * j + byte;
        if (pixel < pixels) store_i(blocks + pixel * kLanes, and_i(word, broadcast_i(0xFF)));
        word = right_i<8>(word);
      }
    }
  }
}

// ------------------------------------------------------------------ maximum

// Offsets of a range's places in the window: `first` for the first one, and `step` from one to the
// next, added to those of x, unless these are null.
struct RangeTaps {
  const uint8_t* x;
  int64_t first, step;
  uint8_t* out;
};

template <bool kTaps, bool kLeast, int64_t kCount>
inline void best_of_range(const BlockRanges& r, const float* x, RangeTaps taps, int64_t count,
                          float* out) {
  const int64_t terms = kCount > 0 ? kCount : count;
  const int64_t step = r.step;
  const int64_t in_line = r.in_line;
  const int64_t out_line = r.out_line;
  for (int64_t lines = r.lines; lines > 0; --lines, x += in_line, out += out_line) {
    vf best = load(x);
    vt tap = broadcast_t(taps.first);
    if (kTaps && taps.x != nullptr) tap = add_t(tap, load_t(taps.x));
    for (int64_t t = 1; t < terms; ++t) {
      const vf value = load(x + t * step);
      if (kTaps) {
        const vm wins = winner<kLeast>(value, best);
        vt later = broadcast_t(taps.first + t * taps.step);
        if (taps.x != nullptr) later = add_t(later, load_t(taps.x + t * step));
        best = select(wins, value, best);
        tap = select_t(wins, later, tap);
      } else {
        best = kLeast ? least(value, best) : greatest(value, best);
      }
    }
    store(out, best);
    if (kTaps) {
      store_t(taps.out, tap);
      taps.out += out_line;
      if (taps.x != nullptr) taps.x += in_line;
    }
  }
}

// first_taps: how far behind the beginning of its window each range begins.
template <bool kTaps, bool kLeast>
void best_of_ranges(const BlockRanges& r, const float* x, const uint8_t* x_taps,
                    const int64_t* first_taps, int64_t tap_step, float* out, uint8_t* out_taps) {
  for (int64_t o = 0; o < r.outputs; ++o, out += r.step, out_taps += r.step) {
    const int64_t begin = r.begins[o] * r.step;
    const int64_t count = r.ends[o] - r.begins[o];
    const float* from = x + begin;
    const RangeTaps taps = {x_taps != nullptr ? x_taps + begin : nullptr, first_taps[o] * tap_step,
                            tap_step, out_taps};
    count == 1   ? best_of_range<kTaps, kLeast, 1>(r, from, taps, count, out)
    : count == 2 ? best_of_range<kTaps, kLeast, 2>(r, from, taps, count, out)
    : count == 3 ? best_of_range<kTaps, kLeast, 3>(r, from, taps, count, out)
                 : best_of_range<kTaps, kLeast, 0>(r, from, taps, count, out);
  }
}

template <bool kTaps, bool kLeast>
void max_block(const MaxBlock& m) {
  const PoolPlane p = m.pool.plane;
  const int64_t inputs = p.ih * p.iw;
  const int64_t outputs = p.oh * p.ow;
  float* blocks = m.pool.scratch;
  float* rows = blocks + (inputs > outputs ? inputs : outputs) * kLanes;
  auto* taps = reinterpret_cast<uint8_t*>(rows + p.ih * p.ow * kLanes);
  auto* row_taps = taps + outputs * kLanes;
  planes_to_blocks(m.pool.from, m.pool.planes, inputs, blocks);
  best_of_ranges<kTaps, kLeast>(along_rows(m.pool.columns, p.ih, p.iw, p.ow), blocks, nullptr,
                                m.pool.columns + 2 * p.ow, 1, rows, row_taps);
  best_of_ranges<kTaps, kLeast>(down_columns(m.pool.rows, p.oh, p.ow), rows, row_taps,
                                m.pool.rows + 2 * p.oh, p.kw, blocks, taps);
  blocks_to_planes(blocks, m.pool.planes, outputs, m.pool.to);
  if (kTaps) offsets_to_planes(taps, m.pool.planes, outputs, m.offsets);
}

void max_block_f32(const MaxBlock& m) {
  if (m.least) {
    m.offsets != nullptr ? max_block<true, true>(m) : max_block<false, true>(m);
  } else {
    m.offsets != nullptr ? max_block<true, false>(m) : max_block<false, false>(m);
  }
}

// What the windows of `rows` rows by `columns`, from the first one at diff on, add to a pixel, in
// whose window at `taps` it has the offset first_tap; tap_row and tap_column less in each one below
// and right of it.
struct Holding {
  const float* diff;
  const int32_t* taps;
  int64_t row_step;
  int64_t first_tap, tap_row, tap_column;
};

template <int64_t kColumns>
inline vf gather(const Holding& h, int64_t rows, int64_t columns) {
  const int64_t terms = kColumns > 0 ? kColumns : columns;
  vf total = zero();
  for (int64_t r = 0; r < rows; ++r) {
    const float* diff = h.diff + r * h.row_step;
    const int32_t* taps = h.taps + r * h.row_step;
    const int64_t first = h.first_tap - r * h.tap_row;
    for (int64_t c = 0; c < terms; ++c) {
      const vi tap = broadcast_i(static_cast<int32_t>(first - c * h.tap_column));
      total = add_if(equal_i(load_i(taps + c * kLanes), tap), total, load(diff + c * kLanes));
    }
  }
  return total;
}

void max_gradient_block_f32(const MaxGradientBlock& m) {
  const PoolPlane p = m.pool.plane;
  const int64_t inputs = p.ih * p.iw;
  const int64_t outputs = p.oh * p.ow;
  float* diff_src = m.pool.scratch;
  float* diff_dst = diff_src + inputs * kLanes;
  auto* taps = reinterpret_cast<int32_t*>(diff_dst + outputs * kLanes);
  planes_to_blocks(m.pool.from, m.pool.planes, outputs, diff_dst);
  planes_to_offsets(m.offsets, m.readable, m.pool.planes, outputs, taps);
  for (int64_t ih = 0; ih < p.ih; ++ih) {
    const int64_t oh = m.pool.rows[ih];
    const int64_t rows = m.pool.rows[p.ih + ih] - oh;
    float* to = diff_src + ih * p.iw * kLanes;
    for (int64_t iw = 0; iw < p.iw; ++iw, to += kLanes) {
      const int64_t ow = m.pool.columns[iw];
      const int64_t columns = m.pool.columns[p.iw + iw] - ow;
      const int64_t at = (oh * p.ow + ow) * kLanes;
      const Holding holding = {
          diff_dst + at, taps + at,
          p.ow * kLanes, (ih + p.pt - oh * p.sh) * p.kw + iw + p.pl - ow * p.sw,
          p.sh * p.kw,   p.sw};
      const vf total = columns == 1   ? gather<1>(holding, rows, columns)
                       : columns == 2 ? gather<2>(holding, rows, columns)
                       : columns == 3 ? gather<3>(holding, rows, columns)
                                      : gather<0>(holding, rows, columns);
      store(to, total);
    }
  }
  blocks_to_planes(diff_src, m.pool.planes, inputs, m.pool.to);
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
