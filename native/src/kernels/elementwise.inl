// One pass over a row or a plane: sums, bias with ReLU and its gradient, the search for NaN and
// infinity. Tails are masked.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// A whole vector, or what is left of a row.
inline vf load_up_to(const float* p, int64_t n) { return n < kLanes ? load_first(p, n) : load(p); }
inline void store_up_to(float* p, vf x, int64_t n) {
  if (n < kLanes) {
    store_first(p, x, n);
  } else {
    store(p, x);
  }
}

float sum_f32(const float* x, int64_t count) {
  vf total[4] = {zero(), zero(), zero(), zero()};
  int64_t i = 0;
  for (; i + 4 * kLanes <= count; i += 4 * kLanes) {
    CONV4J_UNROLL
    for (int v = 0; v < 4; ++v) total[v] = add(total[v], load(x + i + v * kLanes));
  }
  for (; i + kLanes <= count; i += kLanes) total[0] = add(total[0], load(x + i));
  if (i < count) total[1] = add(total[1], load_first(x + i, count - i));
  return sum(add(add(total[0], total[1]), add(total[2], total[3])));
}

void bias_relu_f32(float* y, int64_t count, float bias, int with_relu) {
  const vf shift = broadcast(bias);
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const vf z = add(load(y + i), shift);
    store(y + i, with_relu != 0 ? relu(z) : z);
  }
  if (i < count) {
    const vf z = add(load_first(y + i, count - i), shift);
    store_first(y + i, with_relu != 0 ? relu(z) : z, count - i);
  }
}

void relu_backward_f32(const float* dst, const float* diff, float* out, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    store(out + i, select(not_positive(load(dst + i)), zero(), load(diff + i)));
  }
  if (i < count) {
    const int64_t n = count - i;
    store_first(out + i,
                select(not_positive(load_first(dst + i, n)), zero(), load_first(diff + i, n)), n);
  }
}

// x * 0 is 0 for every finite x and NaN for the others, and NaN stays in the sum.
int all_finite_f32(const float* x, int64_t count) {
  vf total = zero();
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) total = fma(load(x + i), zero(), total);
  if (i < count) total = fma(load_first(x + i, count - i), zero(), total);
  const float result = sum(total);
  return result == result ? 1 : 0;
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
