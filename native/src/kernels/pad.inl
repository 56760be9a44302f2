// Rows with padding around them, and the gradient's way back.
//
//   pad_row_f32    out = [row[sources], before of them | row[skip .. skip+inside) | row[sources]]
//   fold_row_f32   row[source] += x for every column of x, from left to right within each part
// row has at least skip + inside columns, and every source is one of them or -1, a zero. The middle
// is whole vectors with a masked tail; the padded columns are few and read one by one: a gather of
// eight is no faster than eight loads, and two of them may add to the same pixel.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

inline void pad_columns(const int64_t* sources, int64_t count, const float* row, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = sources[i] < 0 ? 0.0F : row[sources[i]];
}

inline void fold_columns(const int64_t* sources, int64_t count, const float* x, float* row) {
  for (int64_t i = 0; i < count; ++i) {
    if (sources[i] >= 0) row[sources[i]] += x[i];
  }
}

void pad_row_f32(const PadRow& p, const float* row, float* out) {
  pad_columns(p.sources, p.before, row, out);
  const float* from = row + p.skip;
  float* to = out + p.before;
  int64_t i = 0;
  for (; i + kLanes <= p.inside; i += kLanes) store(to + i, load(from + i));
  if (i < p.inside) store_first(to + i, load_first(from + i, p.inside - i), p.inside - i);
  pad_columns(p.sources + p.before, p.after, row, to + p.inside);
}

void fold_row_f32(const PadRow& p, const float* x, float* row) {
  fold_columns(p.sources, p.before, x, row);
  const float* from = x + p.before;
  float* to = row + p.skip;
  int64_t i = 0;
  for (; i + kLanes <= p.inside; i += kLanes) store(to + i, add(load(to + i), load(from + i)));
  if (i < p.inside) {
    const int64_t n = p.inside - i;
    store_first(to + i, add(load_first(to + i, n), load_first(from + i, n)), n);
  }
  fold_columns(p.sources + p.before, p.after, from + p.inside, row);
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
