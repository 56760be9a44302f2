// pack_columns_f32: rows of pixels at offsets into panels of kPanelVectors vectors.
//
//   out[panel][t][pixel of the panel] = b[offsets[t] + row * b_row + column]
// Pixels are counted row by row: a panel may begin within a row and run on over its end. The rows
// are therefore laid side by side in a line first, each by whole vectors whose excess the next row
// overwrites; only a row's last vector is masked. Columns past the end are not read; they are zeros
// in the last panel.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// `count` pixels side by side into panels; distance is that of two panels.
inline void pack_line(const float* from, int64_t count, float* out, int64_t distance) {
  constexpr int64_t kWidth = kPanelVectors * kLanes;
  int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth, out += distance) {
    CONV4J_UNROLL
    for (int64_t v = 0; v < kPanelVectors; ++v)
      store(out + v * kLanes, load(from + i + v * kLanes));
  }
  for (int64_t v = 0; i < count; ++v, i += kLanes) {
    store(out + v * kLanes, i + kLanes <= count ? load(from + i) : load_first(from + i, count - i));
  }
}

void pack_columns_f32(const PackColumns& p) {
  constexpr int64_t kWidth = kPanelVectors * kLanes;
  const int64_t distance = p.k * kWidth;
  alignas(64) float line[kMostPackedPixels + kLanes] = {};
  for (int64_t t = 0; t < p.k; ++t) {
    const float* row = p.b + p.offsets[t];
    float* out = p.out + t * kWidth;
    float* to = line;
    for (int64_t r = 0; r < p.rows; ++r, row += p.b_row, to += p.columns) {
      int64_t i = 0;
      for (; i + kLanes <= p.columns; i += kLanes) store(to + i, load(row + i));
      if (i < p.columns) store(to + i, load_first(row + i, p.columns - i));
    }
    pack_line(line, p.rows * p.columns, out, distance);
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
