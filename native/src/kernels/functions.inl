// exp, tanh and the logistic function on vectors; unary_f32, its gradient, and dropout_f32.
//
//   exp      x = n ln 2 + r, |r| <= ln(2)/2, with ln 2 in two parts, the first of 9 bits, so that
//            n times it is exact (Cody and Waite, Software Manual for the Elementary Functions,
//            1980); exp(r) by its series up to r^7, whose remainder is below 2^-27; 2^n in two
//            factors, so that results below 2^-126 are rounded once. Error below 1.5 ulp.
//   tanh     |x| <= 5/8: x - x^3 (315 + 14 x^2) / (945 + 420 x^2 + 15 x^4), Lambert's continued
//            fraction cut at 9 (Abramowitz and Stegun 4.5.70); else 1 - 2t/(1 + t), t = exp(-2|x|).
//            Error below 2 ulp; odd, the sign of a zero stays.
//   sigmoid  (x < 0 ? t : 1) / (1 + t), t = exp(-|x|): never overflows. Error below 2.5 ulp.
//   NaN gives NaN. Tails are masked; y may be x. No table and no branch: about 25 operations.
// dropout_f32 hashes the element's number with MurmurHash3's finalizer (A. Appleby), once for each
// half of the block's key: every element stands by itself, whatever the vector width.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// Adding and subtracting it rounds to an integer, which then stands in the lowest bits.
constexpr float kRounder = 12582912.0F;  // 1.5 * 2^23

inline vf power_of_two(vi n) { return from_bits(left_i<23>(add_i(n, broadcast_i(127)))); }

inline vf exp_of(vf x) {
  // Beyond these the result is infinity or zero anyway; NaN passes both comparisons.
  x = select(greater(x, broadcast(100.0F)), broadcast(100.0F), x);
  x = select(greater(broadcast(-110.0F), x), broadcast(-110.0F), x);
  const vf rounded = add(mul(x, broadcast(1.44269504F)), broadcast(kRounder));
  const vf n = sub(rounded, broadcast(kRounder));
  vf r = fma(n, broadcast(-0.693359375F), x);
  r = fma(n, broadcast(2.12194440e-4F), r);
  vf q = broadcast(1.0F / 5040);
  q = fma(q, r, broadcast(1.0F / 720));
  q = fma(q, r, broadcast(1.0F / 120));
  q = fma(q, r, broadcast(1.0F / 24));
  q = fma(q, r, broadcast(1.0F / 6));
  q = fma(q, r, broadcast(0.5F));
  const vf p = add(broadcast(1.0F), fma(q, mul(r, r), r));
  const vi whole = sub_i(bits(rounded), bits(broadcast(kRounder)));
  const vi half = sub_i(right_i<1>(add_i(whole, broadcast_i(256))), broadcast_i(128));
  return mul(mul(p, power_of_two(half)), power_of_two(sub_i(whole, half)));
}

inline vf magnitude(vf x) { return from_bits(and_i(bits(x), broadcast_i(0x7FFFFFFF))); }
inline vf negated(vf x) { return from_bits(xor_i(bits(x), broadcast_i(INT32_MIN))); }

inline vf tanh_of(vf x) {
  const vf one = broadcast(1.0F);
  const vf a = magnitude(x);
  const vf square = mul(a, a);
  const vf above = mul(square, fma(square, broadcast(14.0F), broadcast(315.0F)));
  const vf below = fma(square, fma(square, broadcast(15.0F), broadcast(420.0F)), broadcast(945.0F));
  const vf near = sub(a, mul(a, div(above, below)));
  const vf t = exp_of(mul(a, broadcast(-2.0F)));
  const vf far = sub(one, div(add(t, t), add(one, t)));
  const vf y = select(greater(a, broadcast(0.625F)), far, near);
  return from_bits(xor_i(bits(y), and_i(bits(x), broadcast_i(INT32_MIN))));
}

inline vf sigmoid_of(vf x) {
  const vf one = broadcast(1.0F);
  const vf t = exp_of(negated(magnitude(x)));
  return div(select(greater(zero(), x), t, one), add(one, t));
}

template <UnaryFunction kFunction>
inline vf unary(vf x) {
  if constexpr (kFunction == kUnaryRelu) return select(greater(zero(), x), zero(), x);
  if constexpr (kFunction == kUnaryTanh) return tanh_of(x);
  if constexpr (kFunction == kUnarySigmoid) return sigmoid_of(x);
}

template <UnaryFunction kFunction>
inline vf unary_backward(vf y, vf diff) {
  const vf one = broadcast(1.0F);
  if constexpr (kFunction == kUnaryRelu) return select(not_positive(y), zero(), diff);
  if constexpr (kFunction == kUnaryTanh) return mul(diff, mul(sub(one, y), add(one, y)));
  if constexpr (kFunction == kUnarySigmoid) return mul(diff, mul(sub(one, y), y));
}

template <UnaryFunction kFunction>
void unary_row(const float* x, float* y, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(y + i, unary<kFunction>(load(x + i)));
  if (i < count) {
    store_first(y + i, unary<kFunction>(load_first(x + i, count - i)), count - i);
  }
}

template <UnaryFunction kFunction>
void unary_backward_row(const float* y, const float* diff, float* out, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    store(out + i, unary_backward<kFunction>(load(y + i), load(diff + i)));
  }
  if (i < count) {
    const int64_t n = count - i;
    store_first(out + i, unary_backward<kFunction>(load_first(y + i, n), load_first(diff + i, n)),
                n);
  }
}

void unary_f32(UnaryFunction f, const float* x, float* y, int64_t count) {
  if (f == kUnaryRelu) unary_row<kUnaryRelu>(x, y, count);
  if (f == kUnaryTanh) unary_row<kUnaryTanh>(x, y, count);
  if (f == kUnarySigmoid) unary_row<kUnarySigmoid>(x, y, count);
}

void unary_backward_f32(UnaryFunction f, const float* y, const float* diff, float* out,
                        int64_t count) {
  if (f == kUnaryRelu) unary_backward_row<kUnaryRelu>(y, diff, out, count);
  if (f == kUnaryTanh) unary_backward_row<kUnaryTanh>(y, diff, out, count);
  if (f == kUnarySigmoid) unary_backward_row<kUnarySigmoid>(y, diff, out, count);
}

inline vi hashed(vi h) {
  h = mul_i(xor_i(h, right_i<16>(h)), broadcast_i(static_cast<int32_t>(0x85EBCA6BU)));
  h = mul_i(xor_i(h, right_i<13>(h)), broadcast_i(static_cast<int32_t>(0xC2B2AE35U)));
  return xor_i(h, right_i<16>(h));
}

void dropout_f32(const DropoutBlock& block, const float* x, float* y, int64_t count) {
  const vi first_key = broadcast_i(static_cast<int32_t>(block.key[0]));
  const vi second_key = broadcast_i(static_cast<int32_t>(block.key[1]));
  for (int64_t i = 0; i < count; i += kLanes) {
    const vi number = add_i(lane_numbers(), broadcast_i(block.first + static_cast<int32_t>(i)));
    const vi random = hashed(xor_i(hashed(xor_i(number, first_key)), second_key));
    const vm dropped = negative_i(sub_i(right_i<8>(random), broadcast_i(block.threshold)));
    const vf factor = select(dropped, zero(), broadcast(block.scale));
    const int64_t n = count - i;
    if (n < kLanes) {
      store_first(y + i, mul(load_first(x + i, n), factor), n);
    } else {
      store(y + i, mul(load(x + i), factor));
    }
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
