// Average pooling and its gradient, row by row: sums down the columns first, then along the row.
//
//   sum_rows       out[i] = sum over r of rows[r][i], all [columns]; the rows of a window
//   average_row    the windows of a row at a fixed stride, from the split row of those sums: one
//                  plain load a tap, then one division by the divisor of each window
//   range_sums     windows of any width, one at a time: whole vectors first, then single pixels
//   add_quotients  y[i] += x[i] / divisors[i]: a row of the gradient, divided before it is spread
// Every window adds up its own pixels, from zero (so that no sum is -0), and never a running sum's
// difference: NaN, infinity and rounding stay in the windows that hold them. Divisions are true
// divisions: with sums below 2^24 the result is the rounded quotient. Adding zero to it makes +0 of
// the -0 that a negative divisor gives. Tails are masked.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

void sum_rows_f32(const float* rows, ptrdiff_t distance, int64_t count, int64_t columns,
                  float* out) {
  int64_t i = 0;
  for (; i + 4 * kLanes <= columns; i += 4 * kLanes) {
    vf total[4] = {zero(), zero(), zero(), zero()};
    const float* from = rows + i;
    for (int64_t r = 0; r < count; ++r, from += distance) {
      CONV4J_UNROLL
      for (int v = 0; v < 4; ++v) total[v] = add(total[v], load(from + v * kLanes));
    }
    CONV4J_UNROLL
    for (int v = 0; v < 4; ++v) store(out + i + v * kLanes, total[v]);
  }
  for (; i < columns; i += kLanes) {
    const int64_t n = columns - i;
    vf total = zero();
    const float* from = rows + i;
    if (n < kLanes) {
      for (int64_t r = 0; r < count; ++r, from += distance) {
        total = add(total, load_first(from, n));
      }
      store_first(out + i, total, n);
    } else {
      for (int64_t r = 0; r < count; ++r, from += distance) total = add(total, load(from));
      store(out + i, total);
    }
  }
}

void average_row_f32(const AverageRow& a) {
  for (int64_t i = 0; i < a.columns; i += kLanes) {
    const int64_t n = a.columns - i;
    const bool partial = n < kLanes;
    vf total = zero();
    for (int64_t t = 0; t < a.taps; ++t) {
      const float* from = a.phases + a.offsets[t] + i;
      total = add(total, partial ? load_first(from, n) : load(from));
    }
    if (partial) {
      // The lanes beyond the end divide zero by zero; nothing sees it.
      const vf quotient = divide(total, load_first(a.divisors + i, n));
      store_first(a.out + i, add(quotient, zero()), n);
    } else {
      store(a.out + i, add(divide(total, load(a.divisors + i)), zero()));
    }
  }
}

void add_quotients_f32(const float* x, const float* divisors, float* y, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    store(y + i, add(load(y + i), divide(load(x + i), load(divisors + i))));
  }
  if (i < count) {
    const int64_t n = count - i;
    const vf quotient = divide(load_first(x + i, n), load_first(divisors + i, n));
    store_first(y + i, add(load_first(y + i, n), quotient), n);
  }
}

void range_sums_f32(const Ranges& r, const float* divisors, float* out) {
  for (int64_t i = 0; i < r.columns; ++i) {
    const int64_t end = r.ends[i];
    int64_t at = r.begins[i];
    float total = 0.0F;
    if (at + kLanes <= end) {
      vf lanes = zero();
      for (; at + kLanes <= end; at += kLanes) lanes = add(lanes, load(r.x + at));
      total = sum(lanes);
    }
    for (; at < end; ++at) total += r.x[at];
    out[i] = divisors != nullptr ? total / divisors[i] + 0.0F : total;
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
