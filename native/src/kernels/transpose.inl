// transpose_f32: out[column * out_distance + row] = in[row * in_distance + column]
//
//   in       [rows] planes, in_distance apart: for instance the channels of an image
//   out      [columns] pixels, out_distance apart, whose `rows` channels lie side by side
// Needs no overlap. Square blocks of as many rows and columns as a vector has lanes are turned over
// in registers: 64 shuffles for 256 elements on AVX-512. The last block of a row overlaps the one
// before; fewer rows or columns than a vector are masked, so that nothing past the last row or
// column is read or written. Rows lie far apart and are short, of which the CPU foresees little:
// where the next call will read is prefetched, if `ahead` says so, which takes a tenth to a third
// off the gradient of VGG's conv1_2 on an Ice Lake.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

inline void transpose_full(const float* in, ptrdiff_t in_distance, float* out,
                           ptrdiff_t out_distance) {
  vf x[kLanes];
  CONV4J_UNROLL
  for (int i = 0; i < kLanes; ++i) x[i] = load(in + i * in_distance);
  transpose_square(x);
  CONV4J_UNROLL
  for (int i = 0; i < kLanes; ++i) store(out + i * out_distance, x[i]);
}

// Fewer rows or columns: rows past the end stand for the last one, and are not stored.
void transpose_part(const float* in, ptrdiff_t in_distance, int64_t rows, int64_t columns,
                    float* out, ptrdiff_t out_distance) {
  vf x[kLanes];
  CONV4J_UNROLL
  for (int i = 0; i < kLanes; ++i) {
    x[i] = columns == kLanes ? load(in) : load_first(in, columns);
    if (i + 1 < rows) in += in_distance;
  }
  transpose_square(x);
  CONV4J_UNROLL
  for (int i = 0; i < kLanes; ++i) {
    if (i < columns) store_first(out + i * out_distance, x[i], rows);
  }
}

void transpose_f32(const Transpose& t) {
  for (int64_t row = 0; row < t.rows; row = next_vector(row, t.rows)) {
    const int64_t rows = t.rows - row < kLanes ? t.rows - row : kLanes;
    const float* in = t.in + row * t.in_distance;
    float* out = t.out + row;
    for (int64_t column = 0; column < t.columns; column = next_vector(column, t.columns)) {
      const int64_t columns = t.columns - column < kLanes ? t.columns - column : kLanes;
      const float* from = in + column;
      float* to = out + column * t.out_distance;
      if (t.ahead != 0) {
        for (int64_t i = 0; i < rows; ++i) __builtin_prefetch(from + i * t.in_distance + t.ahead);
      }
      if (rows == kLanes && columns == kLanes) {
        transpose_full(from, t.in_distance, to, t.out_distance);
      } else {
        transpose_part(from, t.in_distance, rows, columns, to, t.out_distance);
      }
    }
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
