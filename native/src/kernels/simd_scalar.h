// One lane in plain C++: what every CPU runs, and what the wider sets must agree with.
#ifndef CONV4J_KERNELS_SIMD_SCALAR_H
#define CONV4J_KERNELS_SIMD_SCALAR_H

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
constexpr int kDotTile = 2;

inline vf zero() { return 0.0F; }
inline vf broadcast(float x) { return x; }
inline vf load(const float* p) { return *p; }
inline vf load_first(const float* p, int64_t n) { return n > 0 ? *p : 0.0F; }
inline void store(float* p, vf x) { *p = x; }
inline void store_first(float* p, vf x, int64_t n) {
  if (n > 0) *p = x;
}
inline vf add(vf a, vf b) { return a + b; }
inline vf divide(vf a, vf b) { return a / b; }
inline vf fma(vf a, vf b, vf c) { return a * b + c; }
inline vf relu(vf x) { return x < 0.0F ? 0.0F : x; }
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

// Transposes the 1x1 matrix.
inline void transpose(vf (&)[1]) {}

// out[j] = the elements j, s + j, 2 * s + j, ... of s vectors in a row; merge is the way back.
inline void split4(const float* p, vf (&out)[4]) {
  for (int j = 0; j < 4; ++j) out[j] = p[j];
}
inline void merge4(const vf (&in)[4], float* p) {
  for (int j = 0; j < 4; ++j) p[j] = in[j];
}
inline void merge2(const vf (&in)[2], float* p) {
  for (int j = 0; j < 2; ++j) p[j] = in[j];
}

// Arithmetic of the functions and of dropout. Integers wrap; shifts are logical.
inline vf sub(vf a, vf b) { return a - b; }
inline vf mul(vf a, vf b) { return a * b; }
inline vf div(vf a, vf b) { return a / b; }
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
