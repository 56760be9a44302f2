// filter_gradient_f32: diff_weights[m][c][kh][kw] = sum over images, row, j of
//     diff_dst[m][row][j] * src[g][c][row * SH + kh - top][j * SW + kw - left]
//
//   src       [groups][channels][height][width] where it lies; pixels outside it are not touched
//   diff_dst  [groups * outputs][rows][columns]
// Needs SW 1 or 2 and KW 3, 5 or 7. The sums of some rows of taps stay in registers, a lane for
// each output column: a vector of pixels is loaded once and multiplied with all the rows of
// diff_dst that meet it in a tap, of which the last few are kept. So 3x3 takes 4 loads for 9
// multiplications. A plane is gone through in pieces of rows that stay in the first-level cache, a
// vector of columns after the other; lanes outside the image, or behind the last column, are zeros
// on both sides. At the end of a piece its sums are added to those of the plane, so that no sum
// grows long.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

constexpr int64_t kGradientMostTaps = 49;
constexpr int64_t kGradientPiece = 4096;  // pixels

// Which lanes of a vector of output columns exist, and which pixels of their taps do: of SW vectors
// in a row, from tap kw on.
struct GradientEdge {
  vm columns;
  vm inside[7][2];
};

CONV4J_NOINLINE void gradient_edge(const FilterGradient& f, int64_t column, GradientEdge* edge) {
  const int64_t first = column * f.sw - f.left;
  for (int64_t kw = 0; kw < f.kw; ++kw) {
    // Up to the pixel that the last column reads, with this tap or with the odd one beside it.
    const int64_t reach = (f.columns - 1) * f.sw + kw - f.left + f.sw;
    const int64_t width = reach < f.width ? reach : f.width;
    for (int64_t v = 0; v < f.sw; ++v) {
      edge->inside[kw][v] = existing_lanes(first + kw + v * kLanes, width);
    }
  }
  edge->columns = existing_lanes(column, f.columns);
}

// One plane of diff_dst with one of src.
struct GradientPlanes {
  const float* src;
  const float* diff_dst;
};

// kRows rows of taps from `top` on, which lie one below the other where kRows > 1 (SH = SW then),
// of one vector of columns.
template <int kRows, int kWidth, int kStride, bool kWhole>
struct TapRows {
  // The rows of diff_dst that a row of pixels meets, and the rows of pixels of one step.
  static constexpr int kHeld = (kRows - 1) / kStride + 1;
  static constexpr int kPixelRows = kRows < kStride ? kRows : kStride;

  vf sums[kRows * kWidth];
  vf held[kHeld];  // rows row, row - 1, ... of diff_dst

  CONV4J_INLINE void move_on() {
    CONV4J_UNROLL
    for (int m = kHeld - 1; m > 0; --m) held[m] = held[m - 1];
  }
  CONV4J_INLINE void hold(const float* row, const GradientEdge& edge) {
    held[0] = keep(kWhole ? load(row) : load_where(edge.columns, row));
  }

  // A row of pixels, in tap row r of the window row that is held first and in r + kStride of the
  // one before, times those of the held rows that `meets` says.
  template <typename Meets>
  CONV4J_INLINE void add_row(const float* p, const GradientEdge& edge, int r, const Meets& meets) {
    CONV4J_UNROLL
    for (int kw = 0; kw < kWidth; kw += kStride) {
      vf x[kStride];
      CONV4J_UNROLL
      for (int v = 0; v < kStride; ++v) {
        const float* at = p + kw + v * kLanes;
        x[v] = kWhole ? load(at) : load_where(edge.inside[kw][v], at);
      }
      deal_out(x);
      CONV4J_UNROLL
      for (int v = 0; v < kStride; ++v) {
        if (kw + v >= kWidth) continue;
        const vf pixels = keep(x[v]);
        CONV4J_UNROLL
        for (int m = 0; m < kHeld; ++m) {
          if (r + m * kStride >= kRows || !meets(m)) continue;
          vf& sum = sums[(r + m * kStride) * kWidth + kw + v];
          sum = fma(held[m], pixels, sum);
        }
      }
    }
  }

  // Adds the output rows [first, end) of the vector at `column` to totals[kRows * kWidth].
  CONV4J_NOINLINE static void add_rows(const FilterGradient& f, const GradientPlanes& planes,
                                       const GradientEdge& edge, int64_t column, int64_t top,
                                       int64_t first, int64_t end, vf* totals) {
    TapRows t;
    CONV4J_UNROLL
    for (int tap = 0; tap < kRows * kWidth; ++tap) t.sums[tap] = zero();
    CONV4J_UNROLL
    for (int m = 0; m < kHeld; ++m) t.held[m] = zero();
    const int64_t height = f.height;
    const int64_t width = f.width;
    const int64_t columns = f.columns;
    const float* diff_dst = planes.diff_dst + column;
    const int64_t above = top - f.top;  // from the first row of pixels to that of window row 0
    const float* src = planes.src + above * width + column * f.sw - f.left;
    const int64_t step = f.sh;
    const auto some = [&](int64_t row) {
      t.move_on();
      if (row < end) t.hold(diff_dst + row * columns, edge);
      CONV4J_UNROLL
      for (int r = 0; r < kPixelRows; ++r) {
        const int64_t ih = row * step + above + r;
        if (ih < 0 || ih >= height) continue;
        const int64_t last = row < end ? 0 : row - end + 1;
        // Not 0 times a pixel that may be infinite.
        t.add_row(src + (row * step + r) * width, edge, r,
                  [&](int m) { return m >= last && row - m >= first; });
      }
    };
    int64_t row = first;
    for (; row < end && (row < first + kHeld - 1 || row * step + above < 0); ++row) some(row);
    for (; row < end && row * step + above + kPixelRows <= height; ++row) {
      t.move_on();
      t.hold(diff_dst + row * columns, edge);
      CONV4J_UNROLL
      for (int r = 0; r < kPixelRows; ++r) {
        t.add_row(src + (row * step + r) * width, edge, r, [](int) { return true; });
      }
    }
    for (; row < end + kHeld - 1; ++row) some(row);
    CONV4J_UNROLL
    for (int tap = 0; tap < kRows * kWidth; ++tap) totals[tap] = add(totals[tap], t.sums[tap]);
  }
};

// The vectors of a row: the edges of the first one and of the last one.
struct GradientGrid {
  int64_t vectors;
  GradientEdge edge[2];
};

template <int kRows, int kWidth, int kStride>
void add_tap_rows(const FilterGradient& f, const GradientPlanes& planes, const GradientGrid& grid,
                  int64_t top, int64_t first, int64_t end, vf* totals) {
  using Whole = TapRows<kRows, kWidth, kStride, true>;
  using Part = TapRows<kRows, kWidth, kStride, false>;
  for (int64_t vector = 0; vector < grid.vectors; ++vector) {
    const int64_t column = vector * kLanes;
    const int64_t begin = column * f.sw - f.left;
    const bool whole = begin >= 0 && column + kLanes <= f.columns &&
                       begin + kWidth - 1 + kStride * kLanes <= f.width;
    if (whole) {
      Whole::add_rows(f, planes, grid.edge[0], column, top, first, end, totals);
    } else if (vector == 0 || vector == grid.vectors - 1) {
      const GradientEdge& edge = grid.edge[vector == 0 ? 0 : 1];
      Part::add_rows(f, planes, edge, column, top, first, end, totals);
    } else {
      GradientEdge edge;
      gradient_edge(f, column, &edge);
      Part::add_rows(f, planes, edge, column, top, first, end, totals);
    }
  }
}

// As many rows of taps at a time as the registers hold.
template <int kRows, int kWidth, int kStride>
void filter_gradient(const FilterGradient& f) {
  GradientGrid grid;
  grid.vectors = (f.columns + kLanes - 1) / kLanes;
  gradient_edge(f, 0, &grid.edge[0]);
  gradient_edge(f, (grid.vectors - 1) * kLanes, &grid.edge[1]);
  const int64_t kernel = f.kh * f.kw;
  const int64_t rows = kGradientPiece / (f.width * f.sh) + kWidth;
  float* diff_weights = f.diff_weights;
  for (int64_t m = 0; m < f.groups * f.outputs; ++m) {
    for (int64_t c = 0; c < f.channels; ++c, diff_weights += kernel) {
      float weights[kGradientMostTaps] = {};
      for (int64_t n = 0; n < f.images; ++n) {
        vf totals[kGradientMostTaps];
        for (int64_t tap = 0; tap < kernel; ++tap) totals[tap] = zero();
        const GradientPlanes planes = {
            f.src + n * f.src_image + (m / f.outputs * f.channels + c) * f.src_plane,
            f.diff_dst + n * f.dst_image + m * f.dst_plane};
        for (int64_t first = 0; first < f.rows; first += rows) {
          const int64_t end = first + rows < f.rows ? first + rows : f.rows;
          int64_t top = 0;
          if (f.sh == kStride) {
            for (; top + kRows <= f.kh; top += kRows) {
              add_tap_rows<kRows, kWidth, kStride>(f, planes, grid, top, first, end,
                                                   totals + top * kWidth);
            }
          }
          for (; top < f.kh; ++top) {
            add_tap_rows<1, kWidth, kStride>(f, planes, grid, top, first, end,
                                             totals + top * kWidth);
          }
        }
        for (int64_t tap = 0; tap < kernel; ++tap) weights[tap] += sum(totals[tap]);
      }
      for (int64_t tap = 0; tap < kernel; ++tap) diff_weights[tap] = weights[tap];
    }
  }
}

template <int kStride>
void filter_gradient_strided(const FilterGradient& f) {
  constexpr bool kMany = kLanes >= 16;  // has 32 registers
  if (f.kw == 3) {
    filter_gradient<3, 3, kStride>(f);
  } else if (f.kw == 5) {
    filter_gradient<kMany ? 5 : 2, 5, kStride>(f);
  } else {
    filter_gradient<kMany ? 3 : 1, 7, kStride>(f);
  }
}

void filter_gradient_f32(const FilterGradient& f) {
  if (f.sw == 1) {
    filter_gradient_strided<1>(f);
  } else {
    filter_gradient_strided<2>(f);
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
