// dot_f32: c[m][j] += sum over row, col of a[m*a_m + row*a_row + col] * b[offsets[j] + row*b_row +
// col]
//
//   a        for instance diff_dst, m the output channel, rows and columns those of the image
//   b        for instance split rows of src, j the tap (ic, kh, kw)
//   c        c_m apart per m, j side by side
// Both operands are read along the columns, where they lie side by side: nothing is transposed. The
// last vector of a row is masked in both. A tile of m x j keeps its sums in registers over all rows
// and adds up their lanes once at the end: 5x5 on AVX-512 and NEON, 3x3 on AVX2, which is 10 loads
// for 25 multiply-adds and 6 for 9.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

template <int kM, int kJ>
void dot_tile(const Dot& d, const float* a, const int64_t* offsets, float* c) {
  vf sums[kM][kJ];
  CONV4J_UNROLL
  for (int m = 0; m < kM; ++m) {
    CONV4J_UNROLL
    for (int j = 0; j < kJ; ++j) sums[m][j] = zero();
  }
  const int64_t full = d.columns / kLanes * kLanes;
  const int64_t last = d.columns - full;
  for (int64_t row = 0; row < d.rows; ++row) {
    const float* a_row = a + row * d.a_row;
    const float* b_row = d.b + row * d.b_row;
    for (int64_t column = 0; column < full; column += kLanes) {
      vf x[kJ];
      CONV4J_UNROLL
      for (int j = 0; j < kJ; ++j) x[j] = load(b_row + offsets[j] + column);
      CONV4J_UNROLL
      for (int m = 0; m < kM; ++m) {
        const vf y = load(a_row + m * d.a_m + column);
        CONV4J_UNROLL
        for (int j = 0; j < kJ; ++j) sums[m][j] = fma(y, x[j], sums[m][j]);
      }
    }
    if (last > 0) {
      vf x[kJ];
      CONV4J_UNROLL
      for (int j = 0; j < kJ; ++j) x[j] = load_first(b_row + offsets[j] + full, last);
      CONV4J_UNROLL
      for (int m = 0; m < kM; ++m) {
        const vf y = load_first(a_row + m * d.a_m + full, last);
        CONV4J_UNROLL
        for (int j = 0; j < kJ; ++j) sums[m][j] = fma(y, x[j], sums[m][j]);
      }
    }
  }
  CONV4J_UNROLL
  for (int m = 0; m < kM; ++m) {
    CONV4J_UNROLL
    for (int j = 0; j < kJ; ++j) c[m * d.c_m + j] += sum(sums[m][j]);
  }
}

template <int kM, int kJ>
inline void dot_dispatch_j(int64_t js, const Dot& d, const float* a, const int64_t* offsets,
                           float* c) {
  if constexpr (kJ > 1) {
    if (js < kJ) {
      dot_dispatch_j<kM, kJ - 1>(js, d, a, offsets, c);
      return;
    }
  }
  dot_tile<kM, kJ>(d, a, offsets, c);
}

template <int kM>
inline void dot_dispatch(int64_t ms, int64_t js, const Dot& d, const float* a,
                         const int64_t* offsets, float* c) {
  if constexpr (kM > 1) {
    if (ms < kM) {
      dot_dispatch<kM - 1>(ms, js, d, a, offsets, c);
      return;
    }
  }
  dot_dispatch_j<kM, kDotTile>(js, d, a, offsets, c);
}

void dot_f32(const Dot& d) {
  for (int64_t j = 0; j < d.j; j += kDotTile) {
    for (int64_t m = 0; m < d.m; m += kDotTile) {
      dot_dispatch<kDotTile>(d.m - m, d.j - j, d, d.a + m * d.a_m, d.offsets + j,
                             d.c + m * d.c_m + j);
    }
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
