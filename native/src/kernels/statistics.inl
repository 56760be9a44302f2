// One pass over a plane for batch normalisation and the mean squared error.
//
//   affine              y = (x - shift) * scale + offset
//   centered_sums       sums[0] = sum of z, sums[1] = sum of z * (x - shift); z null: x - shift
//   normalize_backward  out = scale * diff + ((x - shift) * slope + offset)
//   squared_difference  the sum of (x - t)^2; diff = scale * (x - t) unless null
// All operands [count], any alignment. The shift is subtracted first: near the mean that is exact
// or nearly so, and what is summed is of the size of the deviations, not of the mean. Callers keep
// count at some thousands and add the results in double. Four accumulators; tails are masked. Sums
// are taken in blocks of 128 vectors, then over blocks: a sum of squares never cancels, and one of
// 1197 numbers, one by one in a scalar accumulator, was 92 * 2^-24 off.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

void affine_f32(const float* x, float* y, int64_t count, float shift, float scale, float offset) {
  const vf center = broadcast(shift), factor = broadcast(scale), base = broadcast(offset);
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t n = count - i;
    store_up_to(y + i, fma(sub(load_up_to(x + i, n), center), factor, base), n);
  }
}

constexpr int64_t kSumBlock = 128 * kLanes;

template <bool kOwn>
inline void centered_sums(const float* x, const float* z, int64_t count, float shift, float* sums) {
  const vf center = broadcast(shift);
  vf first_total = zero();
  vf second_total = zero();
  for (int64_t block = 0; block < count; block += kSumBlock) {
    const int64_t end = count - block < kSumBlock ? count : block + kSumBlock;
    vf first[2] = {zero(), zero()};
    vf second[2] = {zero(), zero()};
    int64_t i = block;
    for (; i + 2 * kLanes <= end; i += 2 * kLanes) {
      CONV4J_UNROLL
      for (int v = 0; v < 2; ++v) {
        const vf d = sub(load(x + i + v * kLanes), center);
        const vf w = kOwn ? d : load(z + i + v * kLanes);
        first[v] = add(first[v], w);
        second[v] = fma(w, d, second[v]);
      }
    }
    for (; i < end; i += kLanes) {
      const int64_t n = end - i;
      const vf d = only_first(sub(load_up_to(x + i, n), center), n);
      const vf w = kOwn ? d : load_up_to(z + i, n);
      first[0] = add(first[0], w);
      second[0] = fma(w, d, second[0]);
    }
    first_total = add(first_total, add(first[0], first[1]));
    second_total = add(second_total, add(second[0], second[1]));
  }
  sums[0] = sum(first_total);
  sums[1] = sum(second_total);
}

void centered_sums_f32(const float* x, const float* z, int64_t count, float shift, float* sums) {
  if (z == nullptr) {
    centered_sums<true>(x, z, count, shift, sums);
  } else {
    centered_sums<false>(x, z, count, shift, sums);
  }
}

void normalize_backward_f32(const float* x, const float* diff, float* out, int64_t count,
                            float shift, float scale, float slope, float offset) {
  const vf center = broadcast(shift), factor = broadcast(scale);
  const vf tilt = broadcast(slope), base = broadcast(offset);
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t n = count - i;
    const vf line = fma(sub(load_up_to(x + i, n), center), tilt, base);
    store_up_to(out + i, fma(factor, load_up_to(diff + i, n), line), n);
  }
}

float squared_difference_f32(const float* x, const float* t, float* diff, float scale,
                             int64_t count) {
  const vf factor = broadcast(scale);
  vf total = zero();
  for (int64_t block = 0; block < count; block += kSumBlock) {
    const int64_t end = count - block < kSumBlock ? count : block + kSumBlock;
    vf part = zero();
    for (int64_t i = block; i < end; i += kLanes) {
      const int64_t n = end - i;
      const vf d = sub(load_up_to(x + i, n), load_up_to(t + i, n));
      if (diff != nullptr) store_up_to(diff + i, mul(factor, d), n);
      part = fma(d, d, part);
    }
    total = add(total, part);
  }
  return sum(total);
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
