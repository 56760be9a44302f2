// Images from one memory format to the other: the transpose of a matrix.
//
//   y[c * y_row + r] = x[r * x_row + c],  r in [0, rows), c in [0, columns)
// x holds rows * columns elements at distances of at least `columns`, y at least `rows`; they do
// not overlap. A tile is a square of vectors, turned round in registers, so that whole vectors are
// read and written: one by one, every element of a vector costs a load of its own, several times
// the time of its share of a tile. The tiles of a column strip follow each other downwards, along
// the rows of y. Tails read and write what there is, so that rows and columns may be 1 (or 3).

namespace conv4j {
namespace CONV4J_ISA {
namespace {

void transpose_f32(const Transpose& t) {
  for (int64_t c = 0; c < t.columns; c += kLanes) {
    const int64_t width = t.columns - c < kLanes ? t.columns - c : kLanes;
    for (int64_t r = 0; r < t.rows; r += kLanes) {
      const int64_t height = t.rows - r < kLanes ? t.rows - r : kLanes;
      const float* from = t.x + r * t.x_row + c;
      float* to = t.y + c * t.y_row + r;
      vf tile[kLanes];
      if (width == kLanes && height == kLanes) {
        CONV4J_UNROLL
        for (int64_t i = 0; i < kLanes; ++i) tile[i] = load(from + i * t.x_row);
        transpose_square(tile);
        CONV4J_UNROLL
        for (int64_t i = 0; i < kLanes; ++i) store(to + i * t.y_row, tile[i]);
        continue;
      }
      CONV4J_UNROLL
      for (int64_t i = 0; i < kLanes; ++i) {
        tile[i] = i < height ? load_first(from + i * t.x_row, width) : zero();
      }
      transpose_square(tile);
      CONV4J_UNROLL
      for (int64_t i = 0; i < kLanes; ++i) {
        if (i < width) store_first(to + i * t.y_row, tile[i], height);
      }
    }
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
