// Winograd's transforms for 3x3 kernels at stride 1: F(4x4,3x3) and F(2x2,3x3).
//
//   v = B^T d B      of each 6x6 (4x4) tile d of the padded image, in winograd_input_f32
//   y = A^T m A      of the products m of v and the transformed kernels, in winograd_output_f32
// The matrices are those of A. Lavin and S. Gray, arXiv 1509.09308: points 0, 1, -1, 2, -2 and
// infinity for F(4,3), 0, 1, -1 and infinity for F(2,3). The lanes of a vector are neighbouring
// tiles of a row of tiles: with the image rows split by phase (stride 4 or 2), element j of every
// tile is a plain load, and the way back is one interleaving store. Tiles past the end are masked.
// Both passes of a transform go through a small array in the first-level cache: 36 vectors do not
// fit the registers.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

template <int kSize>
struct WinogradLine;

template <>
struct WinogradLine<4> {
  static inline void input(const vf (&d)[6], vf (&v)[6]) {
    const vf four = broadcast(4.0F);
    const vf two = broadcast(2.0F);
    const vf minus_five = broadcast(-5.0F);
    const vf minus_four = broadcast(-4.0F);
    const vf minus_two = broadcast(-2.0F);
    const vf minus_one = broadcast(-1.0F);
    const vf even = fma(minus_four, d[2], d[4]);
    const vf odd = fma(minus_four, d[1], d[3]);
    const vf far = fma(minus_one, d[2], d[4]);
    const vf step = fma(minus_one, d[1], d[3]);
    v[0] = fma(four, d[0], fma(minus_five, d[2], d[4]));
    v[1] = add(even, odd);
    v[2] = fma(minus_one, odd, even);
    v[3] = fma(two, step, far);
    v[4] = fma(minus_two, step, far);
    v[5] = fma(four, d[1], fma(minus_five, d[3], d[5]));
  }

  static inline void output(const vf (&m)[6], vf (&y)[4]) {
    const vf minus_one = broadcast(-1.0F);
    const vf sum1 = add(m[1], m[2]);
    const vf difference1 = fma(minus_one, m[2], m[1]);
    const vf sum2 = add(m[3], m[4]);
    const vf difference2 = fma(minus_one, m[4], m[3]);
    y[0] = add(m[0], add(sum1, sum2));
    y[1] = fma(broadcast(2.0F), difference2, difference1);
    y[2] = fma(broadcast(4.0F), sum2, sum1);
    y[3] = add(m[5], fma(broadcast(8.0F), difference2, difference1));
  }
};

template <>
struct WinogradLine<2> {
  static inline void input(const vf (&d)[4], vf (&v)[4]) {
    const vf minus_one = broadcast(-1.0F);
    v[0] = fma(minus_one, d[2], d[0]);
    v[1] = add(d[1], d[2]);
    v[2] = fma(minus_one, d[1], d[2]);
    v[3] = fma(minus_one, d[3], d[1]);
  }

  static inline void output(const vf (&m)[4], vf (&y)[2]) {
    const vf minus_one = broadcast(-1.0F);
    y[0] = add(m[0], add(m[1], m[2]));
    y[1] = fma(minus_one, m[3], fma(minus_one, m[2], m[1]));
  }
};

template <int kSize>
void winograd_input(const WinogradInput& w) {
  constexpr int kTile = kSize + 2;
  for (int64_t n = 0; n < w.tiles; n += kLanes) {
    const int64_t left = w.tiles - n;
    const bool partial = left < kLanes;
    vf half[kTile][kTile];  // d B, row by row
    for (int i = 0; i < kTile; ++i) {
      const float* row = w.rows + i * w.row_distance + n;
      vf d[kTile];
      CONV4J_UNROLL
      for (int j = 0; j < kTile; ++j) {
        const float* at = row + j % kSize * w.phase_length + j / kSize;
        d[j] = partial ? load_first(at, left) : load(at);
      }
      WinogradLine<kSize>::input(d, half[i]);
    }
    for (int j = 0; j < kTile; ++j) {
      vf d[kTile];
      vf v[kTile];
      CONV4J_UNROLL
      for (int i = 0; i < kTile; ++i) d[i] = half[i][j];
      WinogradLine<kSize>::input(d, v);
      float* out = w.v + j * w.v_distance + n;
      CONV4J_UNROLL
      for (int i = 0; i < kTile; ++i) {
        float* at = out + i * kTile * w.v_distance;
        if (partial) {
          store_first(at, v[i], left);
        } else {
          store(at, v[i]);
        }
      }
    }
  }
}

void winograd_input_f32(const WinogradInput& w) {
  if (w.size == 4) {
    winograd_input<4>(w);
  } else {
    winograd_input<2>(w);
  }
}

inline void merge(const vf (&in)[4], float* p) { merge4(in, p); }
inline void merge(const vf (&in)[2], float* p) { merge2(in, p); }

template <int kSize>
void winograd_output(const WinogradOutput& w) {
  constexpr int kTile = kSize + 2;
  const vf bias = broadcast(w.bias);
  for (int64_t n = 0; n < w.tiles; n += kLanes) {
    const int64_t left = w.tiles - n;
    const bool partial = left < kLanes;
    vf half[kSize][kTile];  // A^T m, column by column
    for (int j = 0; j < kTile; ++j) {
      const float* column = w.m + j * w.m_distance + n;
      vf m[kTile];
      vf y[kSize];
      CONV4J_UNROLL
      for (int i = 0; i < kTile; ++i) {
        const float* at = column + i * kTile * w.m_distance;
        m[i] = partial ? load_first(at, left) : load(at);
      }
      WinogradLine<kSize>::output(m, y);
      CONV4J_UNROLL
      for (int i = 0; i < kSize; ++i) half[i][j] = y[i];
    }
    const int64_t columns = w.columns - n * kSize;
    for (int64_t row = 0; row < w.rows; ++row) {
      vf y[kSize];
      WinogradLine<kSize>::output(half[row], y);
      CONV4J_UNROLL
      for (int j = 0; j < kSize; ++j) {
        y[j] = add(y[j], bias);
        if (w.relu != 0) y[j] = relu(y[j]);
      }
      float* out = w.dst + row * w.dst_row + n * kSize;
      if (columns >= kSize * kLanes) {
        merge(y, out);
      } else {
        float line[kSize * kLanes];
        merge(y, line);
        for (int64_t i = 0; i < columns; ++i) out[i] = line[i];
      }
    }
  }
}

void winograd_output_f32(const WinogradOutput& w) {
  if (w.size == 4) {
    winograd_output<4>(w);
  } else {
    winograd_output<2>(w);
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
