// One lane in plain C++: what every CPU runs, and what the wider sets must agree with.
#ifndef CONV4J_KERNELS_SIMD_SCALAR_H
#define CONV4J_KERNELS_SIMD_SCALAR_H

#include <stddef.h>
#include <stdint.h>

namespace conv4j {
namespace scalar {
namespace {

using vf = float;    // floats
using vi = int32_t;  // integers, as many
using vm = bool;     // one truth value a lane

constexpr int64_t kLanes = 1;
constexpr int kProductRows = 4;
constexpr int product_vectors(int) { return 4; }
constexpr int kBlockedRows = 4;
constexpr int kDotTile = 2;
constexpr int kFilterRows = 4;

inline vf zero() { return 0.0F; }
inline vf broadcast(float x) { return x; }
inline vf load(const float* p) { return *p; }
inline vf load_first(const float* p, int64_t n) { return n > 0 ? *p : 0.0F; }
inline void store(float* p, vf x) { *p = x; }
inline void store_first(float* p, vf x, int64_t n) {
  if (n > 0) *p = x;
}
// The lanes [begin, end), 0 <= begin and end <= kLanes; none where end is not behind begin. What a
// masked load leaves out is not touched, and zero.
inline vm between(int64_t begin, int64_t end) { return begin <= 0 && end > 0; }
inline vf load_where(vm m, const float* p) { return m ? *p : 0.0F; }
// The same, x in the lanes that it leaves out.
inline vf load_over(vm m, const float* p, vf x) { return m ? *p : x; }
inline void store_where(vm m, float* p, vf x) {
  if (m) *p = x;
}
// The same value; wider sets keep it in a register.
inline vf keep(vf x) { return x; }
inline const float* keep(const float* p) { return p; }
inline vf add(vf a, vf b) { return a + b; }
inline vf divide(vf a, vf b) { return a / b; }
inline vf fma(vf a, vf b, vf c) { return a * b + c; }
inline vf at_least(vf least, vf x) { return x < least ? least : x; }  // NaN stays NaN
inline vf relu(vf x) { return at_least(0.0F, x); }
inline float sum(vf x) { return x; }

inline vi broadcast_i(int32_t x) { return x; }
inline vi load_i(const int32_t* p) { return *p; }
inline vi load_first_i(const int32_t* p, int64_t n) { return n > 0 ? *p : 0; }
inline void store_i(int32_t* p, vi x) { *p = x; }
inline void store_first_i(int32_t* p, vi x, int64_t n) {
  if (n > 0) *p = x;
}
inline vi add_i(vi a, vi b) {
  return static_cast<vi>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

// x > best, or x is NaN.
inline vm better(vf x, vf best) { return x > best || x != x; }
// x < best, or x is NaN.
inline vm lesser(vf x, vf best) { return x < best || x != x; }
inline vm not_positive(vf x) { return x <= 0.0F; }
inline vm equal_i(vi a, vi b) { return a == b; }
inline vm negative_i(vi a) { return a < 0; }
inline bool any(vm m) { return m; }
inline bool any_first(vm m, int64_t n) { return n > 0 && m; }
inline vf select(vm m, vf yes, vf no) { return m ? yes : no; }
inline vi select_i(vm m, vi yes, vi no) { return m ? yes : no; }

// x[j] = the elements p[lane * distance + j]; store_columns is the way back.
inline void load_columns(const float* p, ptrdiff_t, vf (&x)[4]) {
  for (int j = 0; j < 4; ++j) x[j] = p[j];
}
inline void store_columns(const vf (&in)[4], float* p, ptrdiff_t) {
  for (int j = 0; j < 4; ++j) p[j] = in[j];
}

// Lane i of the result is lane lanes[i] of x, or zero where that is kLanes.
inline vf lanes_of(vf x, vi lane) { return lane == 0 ? x : 0.0F; }
// The same of two vectors in a row.
inline vf lanes_of(vf a, vi lane, vf b) { return lane == 0 ? a : b; }

// The elements with even, or odd, numbers of two vectors in a row.
inline vf even(vf a, vf) { return a; }
inline vf odd(vf, vf b) { return b; }
// The same in an order of their own, which in_order turns into theirs.
inline vf loose_even(vf a, vf b) { return even(a, b); }
inline vf loose_odd(vf a, vf b) { return odd(a, b); }
inline vf in_order(vf x) { return x; }

// out[j] = the elements j, s + j, 2 * s + j, ... of s vectors in a row; merge is the way
// back, and interleave the same in registers.
inline void split2(const float* p, vf (&out)[2]) {
  const vf a = load(p);
  const vf b = load(p + kLanes);
  out[0] = even(a, b);
  out[1] = odd(a, b);
}
inline void split4(const float* p, vf (&out)[4]) {
  for (int j = 0; j < 4; ++j) out[j] = p[j];
}
inline void merge4(const vf (&in)[4], float* p) {
  for (int j = 0; j < 4; ++j) p[j] = in[j];
}
inline void interleave2(vf (&)[2]) {}
inline void merge2(const vf (&in)[2], float* p) {
  for (int j = 0; j < 2; ++j) p[j] = in[j];
}

// Transposes a square of vectors.
inline void transpose_square(vf (&)[kLanes]) {}

// x where it is larger (smaller) than best or NaN, else best.
inline vf greatest(vf x, vf best) { return better(x, best) ? x : best; }
inline vf least(vf x, vf best) { return lesser(x, best) ? x : best; }

// Those lanes l for which 0 <= column + l < width.
using Lanes = bool;
inline Lanes lanes_inside(int64_t column, int64_t width) { return column >= 0 && column < width; }
inline vf load_lanes(const float* p, Lanes lanes, vf fill) { return lanes ? *p : fill; }
inline vf only_lanes(Lanes lanes, vf x) { return lanes ? x : 0.0F; }
inline void store_lanes(float* p, Lanes lanes, vf x) {
  if (lanes) *p = x;
}
inline bool any_lane(Lanes lanes) { return lanes; }

// Window offsets, one a lane, bytes in memory.
using vt = int32_t;
inline vt broadcast_t(int64_t x) { return static_cast<vt>(x); }
inline vt load_t(const uint8_t* p) { return *p; }
inline vt load_lanes_t(const uint8_t* p, Lanes lanes, vt fill) { return lanes ? *p : fill; }
inline void store_t(uint8_t* p, vt x) { *p = static_cast<uint8_t>(x); }
inline void store_lanes_t(uint8_t* p, Lanes lanes, vt x) {
  if (lanes) *p = static_cast<uint8_t>(x);
}
inline vt add_t(vt a, vt b) { return a + b; }
inline vi wide_t(vt a) { return a; }
inline vt select_t(vm m, vt yes, vt no) { return m ? yes : no; }
inline vm equal_t(vt a, vt b) { return a == b; }
inline vm equal_t(Lanes lanes, vt a, vt b) { return lanes && a == b; }
inline vf add_if(vm m, vf total, vf x) { return m ? total + x : total; }

// Arithmetic of the functions, of dropout and of the optimizers. Integers wrap; shifts are logical.
inline vf sub(vf a, vf b) { return a - b; }
inline vf mul(vf a, vf b) { return a * b; }
inline vf div(vf a, vf b) { return a / b; }
inline vf root(vf x) { return __builtin_sqrtf(x); }
inline vm greater(vf a, vf b) { return a > b; }
inline vi bits(vf x) {
  vi i;
  __builtin_memcpy(&i, &x, sizeof i);
  return i;
}
inline vf from_bits(vi i) {
  vf x;
  __builtin_memcpy(&x, &i, sizeof x);
  return x;
}
inline vi sub_i(vi a, vi b) {
  return static_cast<vi>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}
inline vi mul_i(vi a, vi b) {
  return static_cast<vi>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
}
inline vi and_i(vi a, vi b) { return a & b; }
inline vi xor_i(vi a, vi b) { return a ^ b; }
template <int kBits>
inline vi left_i(vi a) {
  return static_cast<vi>(static_cast<uint32_t>(a) << kBits);
}
template <int kBits>
inline vi right_i(vi a) {
  return static_cast<vi>(static_cast<uint32_t>(a) >> kBits);
}
inline vi lane_numbers() { return 0; }

}  // namespace
}  // namespace scalar
}  // namespace conv4j

#endif
