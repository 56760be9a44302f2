// Four lanes, 64-bit Arm: 32 registers; tails go through a small array, as there are no masks.
#ifndef CONV4J_KERNELS_SIMD_NEON_H
#define CONV4J_KERNELS_SIMD_NEON_H

#include <arm_neon.h>
#include <stddef.h>
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
constexpr int kBlockedRows = 12;  // by two vectors: 24 sums, 2 elements of b, 1 of a
constexpr int kDotTile = 5;       // 25 sums, 5 elements of b, 1 of a
constexpr int kFilterRows = 7;

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
// The lanes [begin, end), 0 <= begin and end <= kLanes; none where end is not behind begin. What a
// masked load leaves out is not touched, and zero.
inline vm between(int64_t begin, int64_t end) {
  uint32_t lanes[4];
  for (int64_t i = 0; i < 4; ++i) lanes[i] = i >= begin && i < end ? UINT32_MAX : 0;
  return vld1q_u32(lanes);
}
inline vf load_where(vm m, const float* p) {
  uint32_t inside[4];
  float lanes[4] = {0.0F, 0.0F, 0.0F, 0.0F};
  vst1q_u32(inside, m);
  for (int64_t i = 0; i < 4; ++i) {
    if (inside[i] != 0) lanes[i] = p[i];
  }
  return vld1q_f32(lanes);
}
// The same, x in the lanes that it leaves out.
inline vf load_over(vm m, const float* p, vf x) { return vbslq_f32(m, load_where(m, p), x); }
inline void store_where(vm m, float* p, vf x) {
  uint32_t inside[4];
  float lanes[4];
  vst1q_u32(inside, m);
  vst1q_f32(lanes, x);
  for (int64_t i = 0; i < 4; ++i) {
    if (inside[i] != 0) p[i] = lanes[i];
  }
}
// The same value, in a register from here on: a compiler that would rather load it again for each
// use does not.
inline vf keep(vf x) {
  asm("" : "+w"(x));
  return x;
}
inline const float* keep(const float* p) {
  asm("" : "+r"(p));
  return p;
}
inline vf add(vf a, vf b) { return vaddq_f32(a, b); }
inline vf divide(vf a, vf b) { return vdivq_f32(a, b); }
inline vf fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
// FMAX gives NaN when either operand is NaN.
inline vf at_least(vf least, vf x) { return vmaxq_f32(least, x); }  // NaN stays NaN
inline vf relu(vf x) { return at_least(vdupq_n_f32(0.0F), x); }
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

inline void transpose4(vf (&x)[4]) {
  const float32x4x2_t even = vtrnq_f32(x[0], x[1]);
  const float32x4x2_t odd = vtrnq_f32(x[2], x[3]);
  x[0] = vcombine_f32(vget_low_f32(even.val[0]), vget_low_f32(odd.val[0]));
  x[1] = vcombine_f32(vget_low_f32(even.val[1]), vget_low_f32(odd.val[1]));
  x[2] = vcombine_f32(vget_high_f32(even.val[0]), vget_high_f32(odd.val[0]));
  x[3] = vcombine_f32(vget_high_f32(even.val[1]), vget_high_f32(odd.val[1]));
}

// x[j] = the elements p[lane * distance + j]; store_columns is the way back.
inline void load_columns(const float* p, ptrdiff_t distance, vf (&x)[4]) {
  for (int m = 0; m < 4; ++m) x[m] = load(p + m * distance);
  transpose4(x);
}
inline void store_columns(const vf (&in)[4], float* p, ptrdiff_t distance) {
  vf x[4] = {in[0], in[1], in[2], in[3]};
  transpose4(x);
  for (int m = 0; m < 4; ++m) store(p + m * distance, x[m]);
}

// Lane i of the result is lane lanes[i] of x, or zero where that is kLanes.
inline vf lanes_of(vf x, vi lanes) {
  float from[5] = {0.0F, 0.0F, 0.0F, 0.0F, 0.0F};
  float to[4];
  int32_t lane[4];
  vst1q_f32(from, x);
  vst1q_s32(lane, lanes);
  for (int64_t i = 0; i < 4; ++i) to[i] = from[lane[i]];
  return vld1q_f32(to);
}
// The same of two vectors in a row.
inline vf lanes_of(vf a, vi lanes, vf b) {
  float from[8];
  float to[4];
  int32_t lane[4];
  vst1q_f32(from, a);
  vst1q_f32(from + 4, b);
  vst1q_s32(lane, lanes);
  for (int64_t i = 0; i < 4; ++i) to[i] = from[lane[i]];
  return vld1q_f32(to);
}

// The elements with even, or odd, numbers of two vectors in a row.
inline vf even(vf a, vf b) { return vuzp1q_f32(a, b); }
inline vf odd(vf a, vf b) { return vuzp2q_f32(a, b); }
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
  const float32x4x4_t rows = vld4q_f32(p);
  for (int j = 0; j < 4; ++j) out[j] = rows.val[j];
}
inline void merge4(const vf (&in)[4], float* p) {
  vst4q_f32(p, float32x4x4_t{{in[0], in[1], in[2], in[3]}});
}
inline void interleave2(vf (&x)[2]) {
  const vf a = vzip1q_f32(x[0], x[1]);
  x[1] = vzip2q_f32(x[0], x[1]);
  x[0] = a;
}
inline void merge2(const vf (&in)[2], float* p) { vst2q_f32(p, float32x4x2_t{{in[0], in[1]}}); }

// Transposes a square of vectors.
inline void transpose_square(vf (&x)[4]) {
  const vf lo02 = vzip1q_f32(x[0], x[2]);
  const vf hi02 = vzip2q_f32(x[0], x[2]);
  const vf lo13 = vzip1q_f32(x[1], x[3]);
  const vf hi13 = vzip2q_f32(x[1], x[3]);
  x[0] = vzip1q_f32(lo02, lo13);
  x[1] = vzip2q_f32(lo02, lo13);
  x[2] = vzip1q_f32(hi02, hi13);
  x[3] = vzip2q_f32(hi02, hi13);
}

// x where it is larger (smaller) than best or NaN, else best.
inline vf greatest(vf x, vf best) { return vbslq_f32(better(x, best), x, best); }
inline vf least(vf x, vf best) { return vbslq_f32(lesser(x, best), x, best); }

// Those lanes l for which 0 <= column + l < width.
struct Lanes {
  int64_t begin, end;
};
inline Lanes lanes_inside(int64_t column, int64_t width) {
  const int64_t begin = column >= 0 ? 0 : -column < kLanes ? -column : kLanes;
  const int64_t end = width - column < kLanes ? width - column : kLanes;
  return {begin, end < begin ? begin : end};
}
inline vf load_lanes(const float* p, const Lanes& l, vf fill) {
  float lanes[4];
  vst1q_f32(lanes, fill);
  for (int64_t i = l.begin; i < l.end; ++i) lanes[i] = p[i];
  return vld1q_f32(lanes);
}
inline vf only_lanes(const Lanes& l, vf x) {
  float from[4], lanes[4] = {};
  vst1q_f32(from, x);
  for (int64_t i = l.begin; i < l.end; ++i) lanes[i] = from[i];
  return vld1q_f32(lanes);
}
inline void store_lanes(float* p, const Lanes& l, vf x) {
  float lanes[4];
  vst1q_f32(lanes, x);
  for (int64_t i = l.begin; i < l.end; ++i) p[i] = lanes[i];
}
inline bool any_lane(const Lanes& l) { return l.begin < l.end; }

// Window offsets, one a lane, bytes in memory and integers in registers.
using vt = uint32x4_t;
inline vt broadcast_t(int64_t x) { return vdupq_n_u32(static_cast<uint32_t>(x)); }
inline vt load_t(const uint8_t* p) {
  uint32_t four;
  __builtin_memcpy(&four, p, sizeof four);
  return vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(four))));
}
inline vt load_lanes_t(const uint8_t* p, const Lanes& l, vt fill) {
  uint32_t lanes[4];
  vst1q_u32(lanes, fill);
  for (int64_t i = l.begin; i < l.end; ++i) lanes[i] = p[i];
  return vld1q_u32(lanes);
}
inline void store_t(uint8_t* p, vt x) {
  const uint16x4_t words = vmovn_u32(x);
  const uint8x8_t bytes = vmovn_u16(vcombine_u16(words, words));
  const uint32_t four = vget_lane_u32(vreinterpret_u32_u8(bytes), 0);
  __builtin_memcpy(p, &four, sizeof four);
}
inline void store_lanes_t(uint8_t* p, const Lanes& l, vt x) {
  uint32_t lanes[4];
  vst1q_u32(lanes, x);
  for (int64_t i = l.begin; i < l.end; ++i) p[i] = static_cast<uint8_t>(lanes[i]);
}
inline vt add_t(vt a, vt b) { return vaddq_u32(a, b); }
inline vi wide_t(vt a) { return vreinterpretq_s32_u32(a); }
inline vt select_t(vm m, vt yes, vt no) { return vbslq_u32(m, yes, no); }
inline vm equal_t(vt a, vt b) { return vceqq_u32(a, b); }
inline vm equal_t(const Lanes& l, vt a, vt b) {
  const uint32x4_t lanes = {0, 1, 2, 3};
  const uint32x4_t begun = vcgeq_u32(lanes, vdupq_n_u32(static_cast<uint32_t>(l.begin)));
  const uint32x4_t inside = vcltq_u32(lanes, vdupq_n_u32(static_cast<uint32_t>(l.end)));
  return vandq_u32(vandq_u32(begun, inside), vceqq_u32(a, b));
}
inline vf add_if(vm m, vf total, vf x) {
  return vaddq_f32(total, vreinterpretq_f32_u32(vandq_u32(m, vreinterpretq_u32_f32(x))));
}

// Arithmetic of the functions, of dropout and of the optimizers. Integers wrap; shifts are logical.
inline vf sub(vf a, vf b) { return vsubq_f32(a, b); }
inline vf mul(vf a, vf b) { return vmulq_f32(a, b); }
inline vf div(vf a, vf b) { return vdivq_f32(a, b); }
inline vf root(vf x) { return vsqrtq_f32(x); }
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
