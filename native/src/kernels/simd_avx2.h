// Eight lanes, AVX2 with FMA: 16 registers, two fused multiply-adds a cycle.
#ifndef CONV4J_KERNELS_SIMD_AVX2_H
#define CONV4J_KERNELS_SIMD_AVX2_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace conv4j {
namespace avx2 {
namespace {

using vf = __m256;   // floats
using vi = __m256i;  // integers, as many
using vm = __m256;   // all bits of a lane set, or none

constexpr int64_t kLanes = 8;
// Sums, one row of b and a broadcast element in 16 registers: 6x2 + 2 + 1, 4x3, 3x3 + 3 + 1, 2x4.
constexpr int kProductRows = 6;
constexpr int product_vectors(int rows) { return rows > 3 ? 2 : rows > 2 ? 3 : 4; }
constexpr int kBlockedRows = 6;  // by two vectors: 12 sums, 2 elements of b, 1 of a
constexpr int kDotTile = 3;      // 9 sums, 3 elements of b, 1 of a
constexpr int kFilterRows = 4;

alignas(32) constexpr int32_t kFirst[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
inline vi first(int64_t n) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kFirst + 8 - n));
}

inline vf zero() { return _mm256_setzero_ps(); }
inline vf broadcast(float x) { return _mm256_set1_ps(x); }
inline vf load(const float* p) { return _mm256_loadu_ps(p); }
inline vf load_first(const float* p, int64_t n) { return _mm256_maskload_ps(p, first(n)); }
inline void store(float* p, vf x) { _mm256_storeu_ps(p, x); }
// In pieces: a masked store takes a Zen 3 20 cycles, these 8. (Not in a function of their own: with
// vectors as arguments GCC 12 forgets a VZEROUPPER behind it.)
inline void store_first(float* p, vf x, int64_t n) {
  if ((n & kLanes) != 0) {
    store(p, x);
    return;
  }
  __m128 rest = _mm256_castps256_ps128(x);
  if ((n & 4) != 0) {
    _mm_storeu_ps(p, rest);
    rest = _mm256_extractf128_ps(x, 1);
    p += 4;
  }
  if ((n & 2) != 0) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), rest);
    rest = _mm_movehl_ps(rest, rest);
    p += 2;
  }
  if ((n & 1) != 0) _mm_store_ss(p, rest);
}
// The lanes [begin, end), 0 <= begin and end <= kLanes; none where end is not behind begin. What a
// masked load leaves out is not touched, and zero.
inline vm between(int64_t begin, int64_t end) {
  return _mm256_castsi256_ps(_mm256_andnot_si256(first(begin), first(end)));
}
inline vf load_where(vm m, const float* p) { return _mm256_maskload_ps(p, _mm256_castps_si256(m)); }
// The same, x in the lanes that it leaves out.
inline vf load_over(vm m, const float* p, vf x) { return _mm256_blendv_ps(x, load_where(m, p), m); }
inline void store_where(vm m, float* p, vf x) { _mm256_maskstore_ps(p, _mm256_castps_si256(m), x); }
// The same value, in a register from here on: a compiler that would rather load it again for each
// use does not.
inline vf keep(vf x) {
  asm("" : "+x"(x));
  return x;
}
inline const float* keep(const float* p) {
  asm("" : "+r"(p));
  return p;
}
inline vf add(vf a, vf b) { return _mm256_add_ps(a, b); }
inline vf divide(vf a, vf b) { return _mm256_div_ps(a, b); }
inline vf fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
// MAXPS gives its second operand when either is NaN, or both are zero.
inline vf at_least(vf least, vf x) { return _mm256_max_ps(least, x); }  // NaN stays NaN
inline vf relu(vf x) { return at_least(_mm256_setzero_ps(), x); }
inline float sum(vf x) {
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

inline vi broadcast_i(int32_t x) { return _mm256_set1_epi32(x); }
inline vi load_i(const int32_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
inline vi load_first_i(const int32_t* p, int64_t n) { return _mm256_maskload_epi32(p, first(n)); }
inline void store_i(int32_t* p, vi x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x); }
inline void store_first_i(int32_t* p, vi x, int64_t n) { _mm256_maskstore_epi32(p, first(n), x); }
inline vi add_i(vi a, vi b) { return _mm256_add_epi32(a, b); }

// x > best, or x is NaN.
inline vm better(vf x, vf best) {
  return _mm256_or_ps(_mm256_cmp_ps(x, best, _CMP_GT_OQ), _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}
// x < best, or x is NaN.
inline vm lesser(vf x, vf best) {
  return _mm256_or_ps(_mm256_cmp_ps(x, best, _CMP_LT_OQ), _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}
inline vm not_positive(vf x) { return _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LE_OQ); }
inline vm equal_i(vi a, vi b) { return _mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b)); }
inline vm negative_i(vi a) { return _mm256_castsi256_ps(a); }
inline bool any(vm m) { return _mm256_movemask_ps(m) != 0; }
inline bool any_first(vm m, int64_t n) { return (_mm256_movemask_ps(m) & ((1 << n) - 1)) != 0; }
inline vf select(vm m, vf yes, vf no) { return _mm256_blendv_ps(no, yes, m); }
inline vi select_i(vm m, vi yes, vi no) {
  return _mm256_castps_si256(
      _mm256_blendv_ps(_mm256_castsi256_ps(no), _mm256_castsi256_ps(yes), m));
}

// Transposes the 4x4 blocks in the low and in the high half of four vectors.
inline void transpose4(vf (&x)[4]) {
  const vf lo01 = _mm256_unpacklo_ps(x[0], x[1]);
  const vf hi01 = _mm256_unpackhi_ps(x[0], x[1]);
  const vf lo23 = _mm256_unpacklo_ps(x[2], x[3]);
  const vf hi23 = _mm256_unpackhi_ps(x[2], x[3]);
  x[0] = _mm256_shuffle_ps(lo01, lo23, 0x44);
  x[1] = _mm256_shuffle_ps(lo01, lo23, 0xEE);
  x[2] = _mm256_shuffle_ps(hi01, hi23, 0x44);
  x[3] = _mm256_shuffle_ps(hi01, hi23, 0xEE);
}

// x[j] = the elements p[lane * distance + j]; store_columns is the way back.
inline void load_columns(const float* p, ptrdiff_t distance, vf (&x)[4]) {
  for (int m = 0; m < 4; ++m) {
    const float* row = p + m * distance;
    x[m] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row)),
                                _mm_loadu_ps(row + 4 * distance), 1);
  }
  transpose4(x);
}
inline void store_columns(const vf (&in)[4], float* p, ptrdiff_t distance) {
  vf x[4] = {in[0], in[1], in[2], in[3]};
  transpose4(x);
  for (int m = 0; m < 4; ++m) {
    _mm_storeu_ps(p + m * distance, _mm256_castps256_ps128(x[m]));
    _mm_storeu_ps(p + (m + 4) * distance, _mm256_extractf128_ps(x[m], 1));
  }
}

// Lane i of the result is lane lanes[i] of x, or zero where that is kLanes.
inline vf lanes_of(vf x, vi lanes) {
  const vi inside = _mm256_cmpgt_epi32(_mm256_set1_epi32(8), lanes);
  return _mm256_and_ps(_mm256_permutevar8x32_ps(x, lanes), _mm256_castsi256_ps(inside));
}
// The same of two vectors in a row.
inline vf lanes_of(vf a, vi lanes, vf b) {
  const vi second = _mm256_cmpgt_epi32(lanes, _mm256_set1_epi32(7));
  return _mm256_blendv_ps(_mm256_permutevar8x32_ps(a, lanes), _mm256_permutevar8x32_ps(b, lanes),
                          _mm256_castsi256_ps(second));
}

// The elements with even, or odd, numbers of two vectors in a row.
inline vf even(vf a, vf b) {
  const __m256d quarters = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0x88));
  return _mm256_castpd_ps(_mm256_permute4x64_pd(quarters, 0xD8));
}
inline vf odd(vf a, vf b) {
  const __m256d quarters = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0xDD));
  return _mm256_castpd_ps(_mm256_permute4x64_pd(quarters, 0xD8));
}

// The same in an order of their own, which in_order turns into theirs.
inline vf loose_even(vf a, vf b) { return _mm256_shuffle_ps(a, b, 0x88); }
inline vf loose_odd(vf a, vf b) { return _mm256_shuffle_ps(a, b, 0xDD); }
inline vf in_order(vf x) {
  return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(x), 0xD8));
}

// out[j] = the elements j, s + j, 2 * s + j, ... of s vectors in a row; merge is the way
// back, and interleave the same in registers.
inline void split2(const float* p, vf (&out)[2]) {
  const vf a = load(p);
  const vf b = load(p + kLanes);
  out[0] = even(a, b);
  out[1] = odd(a, b);
}
inline void split4(const float* p, vf (&out)[4]) {
  const vf a = load(p);
  const vf b = load(p + 8);
  const vf c = load(p + 16);
  const vf d = load(p + 24);
  out[0] = _mm256_permute2f128_ps(a, c, 0x20);
  out[1] = _mm256_permute2f128_ps(a, c, 0x31);
  out[2] = _mm256_permute2f128_ps(b, d, 0x20);
  out[3] = _mm256_permute2f128_ps(b, d, 0x31);
  transpose4(out);
}
inline void merge4(const vf (&in)[4], float* p) {
  vf x[4] = {in[0], in[1], in[2], in[3]};
  transpose4(x);
  store(p, _mm256_permute2f128_ps(x[0], x[1], 0x20));
  store(p + 8, _mm256_permute2f128_ps(x[2], x[3], 0x20));
  store(p + 16, _mm256_permute2f128_ps(x[0], x[1], 0x31));
  store(p + 24, _mm256_permute2f128_ps(x[2], x[3], 0x31));
}
inline void interleave2(vf (&x)[2]) {
  const vf lo = _mm256_unpacklo_ps(x[0], x[1]);
  const vf hi = _mm256_unpackhi_ps(x[0], x[1]);
  x[0] = _mm256_permute2f128_ps(lo, hi, 0x20);
  x[1] = _mm256_permute2f128_ps(lo, hi, 0x31);
}
inline void merge2(const vf (&in)[2], float* p) {
  vf x[2] = {in[0], in[1]};
  interleave2(x);
  store(p, x[0]);
  store(p + 8, x[1]);
}

// Transposes a square of vectors.
inline void transpose_square(vf (&x)[8]) {
  vf upper[4] = {x[0], x[1], x[2], x[3]};
  vf lower[4] = {x[4], x[5], x[6], x[7]};
  transpose4(upper);
  transpose4(lower);
  for (int j = 0; j < 4; ++j) {
    x[j] = _mm256_permute2f128_ps(upper[j], lower[j], 0x20);
    x[4 + j] = _mm256_permute2f128_ps(upper[j], lower[j], 0x31);
  }
}

// x where it is larger (smaller) than best or NaN, else best. MAXPS gives its second operand when
// either is NaN.
inline vf greatest(vf x, vf best) {
  return _mm256_blendv_ps(_mm256_max_ps(x, best), x, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}
inline vf least(vf x, vf best) {
  return _mm256_blendv_ps(_mm256_min_ps(x, best), x, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}

// Those lanes l for which 0 <= column + l < width.
struct Lanes {
  vi mask;
  int64_t begin, end;
};
inline Lanes lanes_inside(int64_t column, int64_t width) {
  const int64_t begin = column >= 0 ? 0 : -column < kLanes ? -column : kLanes;
  int64_t end = width - column < kLanes ? width - column : kLanes;
  if (end < begin) end = begin;
  return {_mm256_andnot_si256(first(begin), first(end)), begin, end};
}
inline vf load_lanes(const float* p, const Lanes& lanes, vf fill) {
  return _mm256_blendv_ps(fill, _mm256_maskload_ps(p, lanes.mask), _mm256_castsi256_ps(lanes.mask));
}
inline vf only_lanes(const Lanes& lanes, vf x) {
  return _mm256_and_ps(_mm256_castsi256_ps(lanes.mask), x);
}
inline void store_lanes(float* p, const Lanes& lanes, vf x) {
  if (lanes.begin > 0) {
    const vi from = _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
                                     _mm256_set1_epi32(static_cast<int32_t>(lanes.begin)));
    x = _mm256_permutevar8x32_ps(x, from);
  }
  store_first(p + lanes.begin, x, lanes.end - lanes.begin);
}
inline bool any_lane(const Lanes& lanes) { return lanes.begin < lanes.end; }

// Window offsets, one a lane, bytes in memory and integers in registers.
using vt = __m256i;
inline vt broadcast_t(int64_t x) { return _mm256_set1_epi32(static_cast<int32_t>(x)); }
inline vt load_t(const uint8_t* p) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
}
inline vt load_lanes_t(const uint8_t* p, const Lanes& lanes, vt fill) {
  uint8_t bytes[8] = {};
  for (int64_t i = lanes.begin; i < lanes.end; ++i) bytes[i] = p[i];
  return _mm256_blendv_epi8(fill, load_t(bytes), lanes.mask);
}
inline __m128i narrow_t(vt x) {
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  return _mm_packus_epi16(words, words);
}
inline void store_t(uint8_t* p, vt x) {
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), narrow_t(x));
}
inline void store_lanes_t(uint8_t* p, const Lanes& lanes, vt x) {
  uint8_t bytes[8];
  store_t(bytes, x);
  for (int64_t i = lanes.begin; i < lanes.end; ++i) p[i] = bytes[i];
}
inline vt add_t(vt a, vt b) { return _mm256_add_epi32(a, b); }
inline vi wide_t(vt a) { return a; }
inline vt select_t(vm m, vt yes, vt no) { return select_i(m, yes, no); }
inline vm equal_t(vt a, vt b) { return equal_i(a, b); }
inline vm equal_t(const Lanes& lanes, vt a, vt b) {
  return _mm256_and_ps(_mm256_castsi256_ps(lanes.mask), equal_i(a, b));
}
inline vf add_if(vm m, vf total, vf x) { return _mm256_add_ps(total, _mm256_and_ps(m, x)); }

// Arithmetic of the functions, of dropout and of the optimizers. Integers wrap; shifts are logical.
inline vf sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
inline vf mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
inline vf div(vf a, vf b) { return _mm256_div_ps(a, b); }
inline vf root(vf x) { return _mm256_sqrt_ps(x); }
inline vm greater(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
inline vi bits(vf x) { return _mm256_castps_si256(x); }
inline vf from_bits(vi i) { return _mm256_castsi256_ps(i); }
inline vi sub_i(vi a, vi b) { return _mm256_sub_epi32(a, b); }
inline vi mul_i(vi a, vi b) { return _mm256_mullo_epi32(a, b); }
inline vi and_i(vi a, vi b) { return _mm256_and_si256(a, b); }
inline vi xor_i(vi a, vi b) { return _mm256_xor_si256(a, b); }
template <int kBits>
inline vi left_i(vi a) {
  return _mm256_slli_epi32(a, kBits);
}
template <int kBits>
inline vi right_i(vi a) {
  return _mm256_srli_epi32(a, kBits);
}
inline vi lane_numbers() { return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7); }

}  // namespace
}  // namespace avx2
}  // namespace conv4j

#endif
