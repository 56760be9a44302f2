// product_f32: c[m][row][col] (+)= bias[m] + sum over t of a[m][t] * b[offsets[t] + row*b_row +
// col]
//
//   a        packed in panels of up to kProductRows rows, [t][row] within one: read in sequence
//   b        wherever its rows lie: pixels of an image, of a split strip, or of im2col columns
//   c        c_m apart per m, c_row apart per row, columns side by side
// Needs k >= 1, no overlap of c with a or b. Columns past the end are neither read nor written: the
// last vector of a row is masked. A tile of h rows x v vectors keeps its sums in registers over all
// k summands, which begin with the bias, so that c is written once; h*v independent sums hide the
// latency of the multiply. Tiles: 14x2, 9x3 or 6x4 vectors on AVX-512, 6x2, 3x3 or 2x4 on AVX2, 8x3
// or 6x4 on NEON.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// Full tiles without flags are stored at once: a test per vector took 4 % of those of 64 to 256
// summands on a Zen 3.
template <int kRows, int kVectors, bool kPartial>
inline void finish_tile(const Product& p, const vf (&sums)[kRows][kVectors], float* c,
                        int64_t last) {
  const ptrdiff_t c_m = p.c_m;
  const uint32_t flags = p.flags;
  if (!kPartial && kVectors == kPanelVectors && flags == 0) {
    CONV4J_UNROLL
    for (int m = 0; m < kRows; ++m) {
      CONV4J_UNROLL
      for (int v = 0; v < kVectors; ++v) store(c + m * c_m + v * kLanes, sums[m][v]);
    }
    return;
  }
  const vf least = broadcast((flags & kProductRelu) != 0 ? 0.0F : -__builtin_inff());
  CONV4J_UNROLL
  for (int m = 0; m < kRows; ++m) {
    CONV4J_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const bool partial = kPartial && v == kVectors - 1;
      float* at = c + m * c_m + v * kLanes;
      vf y = sums[m][v];
      if ((flags & kProductAccumulate) != 0) {
        y = add(y, partial ? load_first(at, last) : load(at));
      }
      y = at_least(least, y);
      if (partial) {
        store_first(at, y, last);
      } else {
        store(at, y);
      }
    }
  }
}

// kKeep also stores what it reads of b at keep.
template <int kRows, int kVectors, bool kPartial, bool kKeep = false>
inline void product_tile(const Product& p, const float* a, const float* b, float* c,
                         const float* bias, int64_t last, float* keep = nullptr) {
  vf sums[kRows][kVectors];
  CONV4J_UNROLL
  for (int m = 0; m < kRows; ++m) {
    CONV4J_UNROLL
    for (int v = 0; v < kVectors; ++v) sums[m][v] = bias != nullptr ? broadcast(bias[m]) : zero();
  }
  const int64_t k = p.k;
  const int64_t* offsets = p.offsets;
  for (int64_t t = 0; t < k; ++t) {
    const float* row = b + offsets[t];
    vf x[kVectors];
    CONV4J_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      x[v] = kPartial && v == kVectors - 1 ? load_first(row + v * kLanes, last)
                                           : load(row + v * kLanes);
      if (kKeep) store(keep + v * kLanes, x[v]);
    }
    if (kKeep) {
      __builtin_prefetch(row + kVectors * kLanes, 0, 2);
      keep += kPanelVectors * kLanes;
    }
    CONV4J_UNROLL
    for (int m = 0; m < kRows; ++m) {
      const vf w = broadcast(a[m]);
      CONV4J_UNROLL
      for (int v = 0; v < kVectors; ++v) sums[m][v] = fma(w, x[v], sums[m][v]);
    }
    a += kRows;
  }
  finish_tile<kRows, kVectors, kPartial>(p, sums, c, last);
}

// The end of a row: fewer than the full tile's vectors, the last of which may be partial.
template <int kRows, int kVectors>
inline void product_rest(const Product& p, const float* a, const float* b, float* c,
                         const float* bias, int64_t vectors, int64_t last) {
  if constexpr (kVectors > 0) {
    if (vectors < kVectors) {
      product_rest<kRows, kVectors - 1>(p, a, b, c, bias, vectors, last);
    } else if (last == kLanes) {
      product_tile<kRows, kVectors, false>(p, a, b, c, bias, last);
    } else {
      product_tile<kRows, kVectors, true>(p, a, b, c, bias, last);
    }
  }
}

// A panel of rows that keeps what it reads; each row of b is a panel of columns.
template <int kRows>
void product_keeping(const Product& p, const float* a, float* c, const float* bias) {
  const int64_t vectors = (p.columns + kLanes - 1) / kLanes;
  const int64_t last = p.columns - (vectors - 1) * kLanes;
  const float* b = p.b;
  float* keep = p.keep;
  for (int64_t row = 0; row < p.rows; ++row) {
    if (p.columns == kPanelVectors * kLanes) {
      product_tile<kRows, kPanelVectors, false, true>(p, a, b, c, bias, last, keep);
    } else if (vectors == kPanelVectors) {
      product_tile<kRows, kPanelVectors, true, true>(p, a, b, c, bias, last, keep);
    } else {
      product_tile<kRows, 1, true, true>(p, a, b, c, bias, last, keep);
    }
    b += p.b_row;
    c += p.c_row;
    keep += p.k * kPanelVectors * kLanes;
  }
}

template <int kRows>
void product_panel(const Product& p, const float* a, float* c, const float* bias) {
  constexpr int kVectors = product_vectors(kRows);
  constexpr int64_t kColumns = kVectors * kLanes;
  for (int64_t row = 0; row < p.rows; ++row) {
    const float* b = p.b + row * p.b_row;
    float* out = c + row * p.c_row;
    int64_t column = 0;
    for (; column + kColumns <= p.columns; column += kColumns) {
      product_tile<kRows, kVectors, false>(p, a, b + column, out + column, bias, kLanes);
    }
    if (column < p.columns) {
      const int64_t left = p.columns - column;
      const int64_t vectors = (left + kLanes - 1) / kLanes;
      product_rest<kRows, kVectors>(p, a, b + column, out + column, bias, vectors,
                                    left - (vectors - 1) * kLanes);
    }
  }
}

// Turns the number of rows, known at run time, into the panel compiled for it.
template <int kRows>
inline void product_dispatch(int64_t rows, const Product& p, const float* a, float* c,
                             const float* bias) {
  if constexpr (kRows > 1) {
    if (rows < kRows) {
      product_dispatch<kRows - 1>(rows, p, a, c, bias);
      return;
    }
  }
  p.keep != nullptr ? product_keeping<kRows>(p, a, c, bias) : product_panel<kRows>(p, a, c, bias);
}

void product_f32(const Product& p) {
  const int64_t height = p.panels.m / p.panels.count;
  const int64_t taller = p.panels.m % p.panels.count;
  int64_t m = 0;
  for (int64_t panel = 0; panel < p.panels.count; ++panel) {
    const int64_t rows = height + (panel < taller ? 1 : 0);
    product_dispatch<kProductRows>(rows, p, p.a + m * p.k, p.c + m * p.c_m,
                                   p.bias != nullptr ? p.bias + m : nullptr);
    m += rows;
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
