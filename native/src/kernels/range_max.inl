// The largest of each of several ranges of a row: adaptive max pooling along the row, whose windows
// differ in width. max_column_f32 then takes the best row of each window.
//
//   value, column [columns]: the first of equal values wins, NaN wins over everything and the last
//   NaN over the others; column -1 where every value is -infinity, value then -infinity
// A range of four vectors or more is taken lane by lane: each lane keeps the best of its own pixels
// and the vector in which it stood, and the lanes are put in order at the end; the pixels left over
// follow one by one, as do all of a shorter range.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

struct Best {
  float value;
  int64_t column;  // -1: none yet
};

// Best of the whole vectors from `at` on, of which there are `vectors`.
inline Best best_of_lanes(const float* x, int64_t at, int64_t vectors) {
  vf best = broadcast(-__builtin_inff());
  vi number = broadcast_i(-1);
  for (int64_t v = 0; v < vectors; ++v) {
    const vf pixels = load(x + at + v * kLanes);
    const vm wins = better(pixels, best);
    best = select(wins, pixels, best);
    number = select_i(wins, broadcast_i(static_cast<int32_t>(v)), number);
  }
  float values[kLanes];
  int32_t numbers[kLanes];
  store(values, best);
  store_i(numbers, number);
  Best all = {-__builtin_inff(), -1};
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    if (numbers[lane] < 0) continue;
    const float value = values[lane];
    const int64_t column = at + numbers[lane] * kLanes + lane;
    const bool none = all.column < 0;
    const bool later_nan = value != value && (all.value == all.value || column > all.column);
    const bool earlier_equal = value == all.value && column < all.column;
    if (none || later_nan || value > all.value || earlier_equal) all = {value, column};
  }
  return all;
}

void range_max_f32(const Ranges& r, float* value, int32_t* column) {
  for (int64_t i = 0; i < r.columns; ++i) {
    const int64_t end = r.ends[i];
    int64_t at = r.begins[i];
    Best best = {-__builtin_inff(), -1};
    const int64_t vectors = (end - at) / kLanes;
    if (kLanes > 1 && vectors >= 4) {
      best = best_of_lanes(r.x, at, vectors);
      at += vectors * kLanes;
    }
    for (; at < end; ++at) {
      const float pixel = r.x[at];
      if (pixel > best.value || pixel != pixel) best = {pixel, at};
    }
    value[i] = best.value;
    if (column != nullptr) column[i] = static_cast<int32_t>(best.column);
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
