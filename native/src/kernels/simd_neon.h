// Four lanes, 64-bit Arm: 32 registers; tails go through a small array, as there are no masks.
#ifndef CONV4J_KERNELS_SIMD_NEON_H
#define CONV4J_KERNELS_SIMD_NEON_H

#include <arm_neon.h>
#include <stdint.h>

namespace conv4j {
namespace neon {
namespace {

using vf = float32x4_t;  // floats
using vi = int32x4_t;    // integers, as many
using vm = uint32x4_t;   // all bits of a lane set, or none

constexpr int64_t kLanes = 4;
// Sums, one row of b and a broadcast element in 32 registers: 8x3 + 3 + 1, 6x4 + 4 + 1.
constexpr int kProductRows = 8;
constexpr int product_vectors(int rows) { return rows > 6 ? 3 : 4; }
constexpr int kDotTile = 5;  // 25 sums, 5 elements of b, 1 of a

inline vf zero() { return vdupq_n_f32(0.0F); }
inline vf broadcast(float x) { return vdupq_n_f32(x); }
inline vf load(const float* p) { return vld1q_f32(p); }
inline vf load_first(const float* p, int64_t n) {
  float lanes[4] = {0.0F, 0.0F, 0.0F, 0.0F};
  for (int64_t i = 0; i < n; ++i) lanes[i] = p[i];
  return vld1q_f32(lanes);
}
inline void store(float* p, vf x) { vst1q_f32(p, x); }
inline void store_first(float* p, vf x, int64_t n) {
  float lanes[4];
  vst1q_f32(lanes, x);
  for (int64_t i = 0; i < n; ++i) p[i] = lanes[i];
}
inline vf add(vf a, vf b) { return vaddq_f32(a, b); }
inline vf divide(vf a, vf b) { return vdivq_f32(a, b); }
inline vf fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
// FMAX gives NaN when either operand is NaN.
inline vf relu(vf x) { return vmaxq_f32(vdupq_n_f32(0.0F), x); }
inline float sum(vf x) { return vaddvq_f32(x); }

inline vi broadcast_i(int32_t x) { return vdupq_n_s32(x); }
inline vi load_i(const int32_t* p) { return vld1q_s32(p); }
inline vi load_first_i(const int32_t* p, int64_t n) {
  int32_t lanes[4] = {0, 0, 0, 0};
  for (int64_t i = 0; i < n; ++i) lanes[i] = p[i];
  return vld1q_s32(lanes);
}
inline void store_i(int32_t* p, vi x) { vst1q_s32(p, x); }
inline void store_first_i(int32_t* p, vi x, int64_t n) {
  int32_t lanes[4];
  vst1q_s32(lanes, x);
  for (int64_t i = 0; i < n; ++i) p[i] = lanes[i];
}
inline vi add_i(vi a, vi b) { return vaddq_s32(a, b); }

// x > best, or x is NaN.
inline vm better(vf x, vf best) {
  return vorrq_u32(vcgtq_f32(x, best), vmvnq_u32(vceqq_f32(x, x)));
}
// x < best, or x is NaN.
inline vm lesser(vf x, vf best) {
  return vorrq_u32(vcltq_f32(x, best), vmvnq_u32(vceqq_f32(x, x)));
}
inline vm not_positive(vf x) { return vcleq_f32(x, vdupq_n_f32(0.0F)); }
inline vm equal_i(vi a, vi b) { return vceqq_s32(a, b); }
inline vm negative_i(vi a) { return vcltq_s32(a, vdupq_n_s32(0)); }
inline bool any(vm m) { return vmaxvq_u32(m) != 0; }
inline bool any_first(vm m, int64_t n) {
  uint32_t lanes[4];
  vst1q_u32(lanes, m);
  for (int64_t i = 0; i < n; ++i) {
    if (lanes[i] != 0) return true;
  }
  return false;
}
inline vf select(vm m, vf yes, vf no) { return vbslq_f32(m, yes, no); }
inline vi select_i(vm m, vi yes, vi no) { return vbslq_s32(m, yes, no); }

// Transposes the 4x4 matrix whose rows are four vectors.
inline void transpose(vf (&x)[4]) {
  const float32x4x2_t upper = vzipq_f32(x[0], x[2]);
  const float32x4x2_t lower = vzipq_f32(x[1], x[3]);
  const float32x4x2_t first = vzipq_f32(upper.val[0], lower.val[0]);
  const float32x4x2_t last = vzipq_f32(upper.val[1], lower.val[1]);
  x[0] = first.val[0];
  x[1] = first.val[1];
  x[2] = last.val[0];
  x[3] = last.val[1];
}

// out[j] = the elements j, s + j, 2 * s + j, ... of s vectors in a row; merge is the way back.
inline void split4(const float* p, vf (&out)[4]) {
  const float32x4x4_t rows = vld4q_f32(p);
  for (int j = 0; j < 4; ++j) out[j] = rows.val[j];
}
inline void merge4(const vf (&in)[4], float* p) {
  vst4q_f32(p, float32x4x4_t{{in[0], in[1], in[2], in[3]}});
}
inline void merge2(const vf (&in)[2], float* p) { vst2q_f32(p, float32x4x2_t{{in[0], in[1]}}); }

// Arithmetic of the functions and of dropout. Integers wrap; shifts are logical.
inline vf sub(vf a, vf b) { return vsubq_f32(a, b); }
inline vf mul(vf a, vf b) { return vmulq_f32(a, b); }
inline vf div(vf a, vf b) { return vdivq_f32(a, b); }
inline vm greater(vf a, vf b) { return vcgtq_f32(a, b); }
inline vi bits(vf x) { return vreinterpretq_s32_f32(x); }
inline vf from_bits(vi i) { return vreinterpretq_f32_s32(i); }
inline vi sub_i(vi a, vi b) { return vsubq_s32(a, b); }
inline vi mul_i(vi a, vi b) { return vmulq_s32(a, b); }
inline vi and_i(vi a, vi b) { return vandq_s32(a, b); }
inline vi xor_i(vi a, vi b) { return veorq_s32(a, b); }
template <int kBits>
inline vi left_i(vi a) {
  return vshlq_n_s32(a, kBits);
}
template <int kBits>
inline vi right_i(vi a) {
  return vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(a), kBits));
}
inline vi lane_numbers() {
  const int32_t lanes[4] = {0, 1, 2, 3};
  return vld1q_s32(lanes);
}

}  // namespace
}  // namespace neon
}  // namespace conv4j

#endif
