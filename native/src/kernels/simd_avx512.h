// Sixteen lanes, AVX-512 F/BW/DQ/VL: 32 registers, masked loads and stores at full speed.
#ifndef CONV4J_KERNELS_SIMD_AVX512_H
#define CONV4J_KERNELS_SIMD_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace conv4j {
namespace avx512 {
namespace {

using vf = __m512;     // floats
using vi = __m512i;    // integers, as many
using vm = __mmask16;  // one bit a lane

constexpr int64_t kLanes = 16;
// Sums and one row of b in 32 registers; elements of a are broadcast from memory by the multiply:
// 14x2 + 2, 9x3 + 3, 6x4 + 4.
constexpr int kProductRows = 14;
constexpr int product_vectors(int rows) { return rows > 9 ? 2 : rows > 6 ? 3 : 4; }
constexpr int kBlockedRows = 14;  // by two vectors: 28 sums, 2 elements of b, 1 of a
constexpr int kDotTile = 5;       // 25 sums, 5 elements of b, 1 of a
constexpr int kFilterRows = 7;

inline vm first(int64_t n) { return static_cast<vm>((1U << n) - 1U); }

inline vf zero() { return _mm512_setzero_ps(); }
inline vf broadcast(float x) { return _mm512_set1_ps(x); }
inline vf load(const float* p) { return _mm512_loadu_ps(p); }
inline vf load_first(const float* p, int64_t n) { return _mm512_maskz_loadu_ps(first(n), p); }
inline void store(float* p, vf x) { _mm512_storeu_ps(p, x); }
inline void store_first(float* p, vf x, int64_t n) { _mm512_mask_storeu_ps(p, first(n), x); }
// The lanes [begin, end), 0 <= begin and end <= kLanes; none where end is not behind begin. What a
// masked load leaves out is not touched, and zero.
inline vm between(int64_t begin, int64_t end) {
  return static_cast<vm>(first(end) & ~first(begin));
}
inline vf load_where(vm m, const float* p) { return _mm512_maskz_loadu_ps(m, p); }
// The same, x in the lanes that it leaves out.
inline vf load_over(vm m, const float* p, vf x) { return _mm512_mask_loadu_ps(x, m, p); }
inline void store_where(vm m, float* p, vf x) { _mm512_mask_storeu_ps(p, m, x); }
// The same value, in a register from here on: a compiler that would rather load it again for each
// use does not.
inline vf keep(vf x) {
  asm("" : "+v"(x));
  return x;
}
inline const float* keep(const float* p) {
  asm("" : "+r"(p));
  return p;
}
inline vf add(vf a, vf b) { return _mm512_add_ps(a, b); }
inline vf divide(vf a, vf b) { return _mm512_div_ps(a, b); }
inline vf fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
// MAXPS gives its second operand when either is NaN, or both are zero.
inline vf at_least(vf least, vf x) { return _mm512_max_ps(least, x); }  // NaN stays NaN
inline vf relu(vf x) { return at_least(_mm512_setzero_ps(), x); }
inline float sum(vf x) { return _mm512_reduce_add_ps(x); }

inline vi broadcast_i(int32_t x) { return _mm512_set1_epi32(x); }
inline vi load_i(const int32_t* p) { return _mm512_loadu_si512(p); }
inline vi load_first_i(const int32_t* p, int64_t n) {
  return _mm512_maskz_loadu_epi32(first(n), p);
}
inline void store_i(int32_t* p, vi x) { _mm512_storeu_si512(p, x); }
inline void store_first_i(int32_t* p, vi x, int64_t n) { _mm512_mask_storeu_epi32(p, first(n), x); }
inline vi add_i(vi a, vi b) { return _mm512_add_epi32(a, b); }

// x > best, or x is NaN.
inline vm better(vf x, vf best) {
  return static_cast<vm>(_mm512_cmp_ps_mask(x, best, _CMP_GT_OQ) |
                         _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q));
}
// x < best, or x is NaN.
inline vm lesser(vf x, vf best) {
  return static_cast<vm>(_mm512_cmp_ps_mask(x, best, _CMP_LT_OQ) |
                         _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q));
}
inline vm not_positive(vf x) { return _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LE_OQ); }
inline vm equal_i(vi a, vi b) { return _mm512_cmpeq_epi32_mask(a, b); }
inline vm negative_i(vi a) { return _mm512_movepi32_mask(a); }
inline bool any(vm m) { return m != 0; }
inline bool any_first(vm m, int64_t n) { return (m & first(n)) != 0; }
inline vf select(vm m, vf yes, vf no) { return _mm512_mask_blend_ps(m, no, yes); }
inline vi select_i(vm m, vi yes, vi no) { return _mm512_mask_blend_epi32(m, no, yes); }

// Transposes the 4x4 blocks in each quarter of four vectors.
inline void transpose4(vf (&x)[4]) {
  const vf lo01 = _mm512_unpacklo_ps(x[0], x[1]);
  const vf hi01 = _mm512_unpackhi_ps(x[0], x[1]);
  const vf lo23 = _mm512_unpacklo_ps(x[2], x[3]);
  const vf hi23 = _mm512_unpackhi_ps(x[2], x[3]);
  x[0] = _mm512_shuffle_ps(lo01, lo23, 0x44);
  x[1] = _mm512_shuffle_ps(lo01, lo23, 0xEE);
  x[2] = _mm512_shuffle_ps(hi01, hi23, 0x44);
  x[3] = _mm512_shuffle_ps(hi01, hi23, 0xEE);
}

// Transposes the 4x4 matrix whose elements are the quarters of four vectors.
inline void transpose_quarters(vf (&x)[4]) {
  const vf a = _mm512_shuffle_f32x4(x[0], x[1], 0x88);
  const vf b = _mm512_shuffle_f32x4(x[0], x[1], 0xDD);
  const vf c = _mm512_shuffle_f32x4(x[2], x[3], 0x88);
  const vf d = _mm512_shuffle_f32x4(x[2], x[3], 0xDD);
  x[0] = _mm512_shuffle_f32x4(a, c, 0x88);
  x[1] = _mm512_shuffle_f32x4(b, d, 0x88);
  x[2] = _mm512_shuffle_f32x4(a, c, 0xDD);
  x[3] = _mm512_shuffle_f32x4(b, d, 0xDD);
}

// x[j] = the elements p[lane * distance + j]; store_columns is the way back.
inline void load_columns(const float* p, ptrdiff_t distance, vf (&x)[4]) {
  for (int m = 0; m < 4; ++m) {
    const float* row = p + m * distance;
    vf v = _mm512_castps128_ps512(_mm_loadu_ps(row));
    v = _mm512_insertf32x4(v, _mm_loadu_ps(row + 4 * distance), 1);
    v = _mm512_insertf32x4(v, _mm_loadu_ps(row + 8 * distance), 2);
    x[m] = _mm512_insertf32x4(v, _mm_loadu_ps(row + 12 * distance), 3);
  }
  transpose4(x);
}
inline void store_columns(const vf (&in)[4], float* p, ptrdiff_t distance) {
  vf x[4] = {in[0], in[1], in[2], in[3]};
  transpose4(x);
  for (int m = 0; m < 4; ++m) {
    float* row = p + m * distance;
    _mm_storeu_ps(row, _mm512_castps512_ps128(x[m]));
    _mm_storeu_ps(row + 4 * distance, _mm512_extractf32x4_ps(x[m], 1));
    _mm_storeu_ps(row + 8 * distance, _mm512_extractf32x4_ps(x[m], 2));
    _mm_storeu_ps(row + 12 * distance, _mm512_extractf32x4_ps(x[m], 3));
  }
}

// Lane i of the result is lane lanes[i] of x, or zero where that is kLanes.
inline vf lanes_of(vf x, vi lanes) { return _mm512_permutex2var_ps(x, lanes, zero()); }
// The same of two vectors in a row.
inline vf lanes_of(vf a, vi lanes, vf b) { return _mm512_permutex2var_ps(a, lanes, b); }

// The elements with even, or odd, numbers of two vectors in a row.
inline vf even(vf a, vf b) {
  const vi lanes = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  return _mm512_permutex2var_ps(a, lanes, b);
}
inline vf odd(vf a, vf b) {
  const vi lanes = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  return _mm512_permutex2var_ps(a, lanes, b);
}
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
  for (int j = 0; j < 4; ++j) out[j] = load(p + 16 * j);
  transpose_quarters(out);
  transpose4(out);
}
inline void merge4(const vf (&in)[4], float* p) {
  vf x[4] = {in[0], in[1], in[2], in[3]};
  transpose4(x);
  transpose_quarters(x);
  for (int j = 0; j < 4; ++j) store(p + 16 * j, x[j]);
}
inline void interleave2(vf (&x)[2]) {
  const vi first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const vi second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
  const vf a = _mm512_permutex2var_ps(x[0], first, x[1]);
  x[1] = _mm512_permutex2var_ps(x[0], second, x[1]);
  x[0] = a;
}
inline void merge2(const vf (&in)[2], float* p) {
  vf x[2] = {in[0], in[1]};
  interleave2(x);
  store(p, x[0]);
  store(p + 16, x[1]);
}

// Transposes a square of vectors: the 4x4 blocks, then the blocks among themselves.
inline void transpose_square(vf (&x)[16]) {
  for (int i = 0; i < 16; i += 4) {
    vf block[4] = {x[i], x[i + 1], x[i + 2], x[i + 3]};
    transpose4(block);
    for (int j = 0; j < 4; ++j) x[i + j] = block[j];
  }
  for (int j = 0; j < 4; ++j) {
    vf column[4] = {x[j], x[4 + j], x[8 + j], x[12 + j]};
    transpose_quarters(column);
    for (int i = 0; i < 4; ++i) x[4 * i + j] = column[i];
  }
}

// x where it is larger (smaller) than best or NaN, else best. MAXPS gives its second operand when
// either is NaN; the first token of the table puts a NaN of x in the place of that.
inline vf greatest(vf x, vf best) {
  return _mm512_fixupimm_ps(_mm512_max_ps(x, best), x, _mm512_set1_epi32(0x11), 0);
}
inline vf least(vf x, vf best) {
  return _mm512_fixupimm_ps(_mm512_min_ps(x, best), x, _mm512_set1_epi32(0x11), 0);
}

// Those lanes l for which 0 <= column + l < width.
using Lanes = __mmask16;
inline Lanes lanes_inside(int64_t column, int64_t width) {
  const int64_t before = column < 0 ? -column < kLanes ? -column : kLanes : 0;
  const int64_t rest = width - column;
  const int64_t until = rest < 0 ? 0 : rest < kLanes ? rest : kLanes;
  return static_cast<Lanes>(((1U << until) - 1U) & (0xFFFFU << before));
}
inline vf load_lanes(const float* p, Lanes lanes, vf fill) {
  return _mm512_mask_loadu_ps(fill, lanes, p);
}
inline vf only_lanes(Lanes lanes, vf x) { return _mm512_maskz_mov_ps(lanes, x); }
inline void store_lanes(float* p, Lanes lanes, vf x) { _mm512_mask_storeu_ps(p, lanes, x); }
inline bool any_lane(Lanes lanes) { return lanes != 0; }

// Window offsets, one a lane, bytes in memory: here in registers, too.
using vt = __m128i;
inline vt broadcast_t(int64_t x) { return _mm_set1_epi8(static_cast<char>(x)); }
inline vt load_t(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const vt*>(p)); }
inline vt load_lanes_t(const uint8_t* p, Lanes lanes, vt fill) {
  return _mm_mask_loadu_epi8(fill, lanes, p);
}
inline void store_t(uint8_t* p, vt x) { _mm_storeu_si128(reinterpret_cast<vt*>(p), x); }
inline void store_lanes_t(uint8_t* p, Lanes lanes, vt x) { _mm_mask_storeu_epi8(p, lanes, x); }
inline vt add_t(vt a, vt b) { return _mm_add_epi8(a, b); }
inline vi wide_t(vt a) { return _mm512_cvtepu8_epi32(a); }
inline vt select_t(vm m, vt yes, vt no) { return _mm_mask_blend_epi8(m, no, yes); }
inline vm equal_t(vt a, vt b) { return _mm_cmpeq_epi8_mask(a, b); }
inline vm equal_t(Lanes lanes, vt a, vt b) { return _mm_mask_cmpeq_epi8_mask(lanes, a, b); }
inline vf add_if(vm m, vf total, vf x) { return _mm512_mask_add_ps(total, m, total, x); }

// Arithmetic of the functions, of dropout and of the optimizers. Integers wrap; shifts are logical.
inline vf sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
inline vf mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
inline vf div(vf a, vf b) { return _mm512_div_ps(a, b); }
inline vf root(vf x) { return _mm512_sqrt_ps(x); }
inline vm greater(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
inline vi bits(vf x) { return _mm512_castps_si512(x); }
inline vf from_bits(vi i) { return _mm512_castsi512_ps(i); }
inline vi sub_i(vi a, vi b) { return _mm512_sub_epi32(a, b); }
inline vi mul_i(vi a, vi b) { return _mm512_mullo_epi32(a, b); }
inline vi and_i(vi a, vi b) { return _mm512_and_si512(a, b); }
inline vi xor_i(vi a, vi b) { return _mm512_xor_si512(a, b); }
template <int kBits>
inline vi left_i(vi a) {
  return _mm512_slli_epi32(a, kBits);
}
template <int kBits>
inline vi right_i(vi a) {
  return _mm512_srli_epi32(a, kBits);
}
inline vi lane_numbers() {
  return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

}  // namespace
}  // namespace avx512
}  // namespace conv4j

#endif
