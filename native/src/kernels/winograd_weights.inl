// Winograd's F(3x3,4x4), the gradient of a 3x3 kernel at stride 1:
//
//   v = B^T d B      of each 6x6 tile d of the padded image
//   w = G e G^T      of each 4x4 tile e of diff_dst
//   k = A^T m A      of m, the sums over all tiles of w * v, coefficient by coefficient
// Toom and Cook's algorithm at the points 0, 1, -1, 2, -2 and infinity. B^T is that of F(4x4,3x3)
// in winograd.inl; row a of G is (1, a, a^2, a^3) divided by 4, -6, -6, 24, 24, its last row (0, 0,
// 0, 1); A^T holds the powers 0 to 2 of the points. So w carries the fractions, and is exact where
// e is a multiple of 24 * 24 = 576. The lanes of a vector are channels, which lie side by side per
// pixel: every load and store is a plain one, and v and w come out as the product kernel reads
// them. The 36 values of a tile go through a small array between the two passes: with stores, some
// 250 cycles a vector of an image's tile and 180 of diff_dst's on an Ice Lake, where the products
// of 128 channels with them take 2700. Channels past the end are masked.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// One dimension of G e.
inline void winograd_diff_line(const vf (&e)[4], vf (&w)[6]) {
  const vf minus_one = broadcast(-1.0F);
  const vf four = broadcast(4.0F);
  const vf even = add(e[0], e[2]);
  const vf odd = add(e[1], e[3]);
  const vf far_even = fma(four, e[2], e[0]);
  const vf far_odd = mul(broadcast(2.0F), fma(four, e[3], e[1]));
  w[0] = mul(broadcast(0.25F), e[0]);
  w[1] = mul(broadcast(-1.0F / 6.0F), add(even, odd));
  w[2] = mul(broadcast(-1.0F / 6.0F), fma(minus_one, odd, even));
  w[3] = mul(broadcast(1.0F / 24.0F), add(far_even, far_odd));
  w[4] = mul(broadcast(1.0F / 24.0F), fma(minus_one, far_odd, far_even));
  w[5] = e[3];
}

// One dimension of A^T m.
inline void winograd_weights_line(const vf (&m)[6], vf (&k)[3]) {
  const vf minus_one = broadcast(-1.0F);
  const vf sum1 = add(m[1], m[2]);
  const vf sum2 = add(m[3], m[4]);
  k[0] = add(m[0], add(sum1, sum2));
  k[1] = fma(broadcast(2.0F), fma(minus_one, m[4], m[3]), fma(minus_one, m[2], m[1]));
  k[2] = add(fma(broadcast(4.0F), sum2, sum1), m[5]);
}

inline void winograd_tile_line(const vf (&d)[6], vf (&v)[6]) { WinogradLine<4>::input(d, v); }
inline void winograd_tile_line(const vf (&e)[4], vf (&w)[6]) { winograd_diff_line(e, w); }

template <int kTile>
void winograd_tiles(const WinogradTiles& w) {
  for (int64_t c = 0; c < w.channels; c += kLanes) {
    const int64_t left = w.channels - c;
    const bool partial = left < kLanes;
    vf total = zero();
    for (int64_t t = 0; t < w.tiles; ++t) {
      const float* pixels = w.pixels + 4 * t * w.pixel_distance + c;
      vf half[6][kTile];  // B^T d, column by column
      CONV4J_UNROLL
      for (int j = 0; j < kTile; ++j) {
        vf d[kTile];
        vf v[6];
        CONV4J_UNROLL
        for (int i = 0; i < kTile; ++i) {
          const float* at = pixels + i * w.row_distance + j * w.pixel_distance;
          d[i] = partial ? load_first(at, left) : load(at);
        }
        if (kTile == 4 && w.sums != nullptr) {
          total = add(total, add(add(d[0], d[1]), add(d[2], d[kTile - 1])));
        }
        winograd_tile_line(d, v);
        CONV4J_UNROLL
        for (int i = 0; i < 6; ++i) half[i][j] = v[i];
      }
      float* out = w.v + t * w.tile_distance + c;
      for (int i = 0; i < 6; ++i) {
        vf v[6];
        winograd_tile_line(half[i], v);
        CONV4J_UNROLL
        for (int j = 0; j < 6; ++j) {
          float* at = out + (i * 6 + j) * w.v_distance;
          if (partial) {
            store_first(at, v[j], left);
          } else {
            store(at, v[j]);
          }
        }
      }
    }
    if (kTile == 4 && w.sums != nullptr) {
      if (partial) {
        store_first(w.sums + c, add(total, load_first(w.sums + c, left)), left);
      } else {
        store(w.sums + c, add(total, load(w.sums + c)));
      }
    }
  }
}

void winograd_tiles_f32(const WinogradTiles& w) {
  if (w.size == 6) {
    winograd_tiles<6>(w);
  } else {
    winograd_tiles<4>(w);
  }
}

void winograd_weights_f32(const float* m, ptrdiff_t m_distance, int64_t channels, float* weights) {
  for (int64_t c = 0; c < channels; c += kLanes) {
    const int64_t left = channels - c;
    const int64_t count = left < kLanes ? left : kLanes;
    vf half[3][6];  // A^T m, column by column
    for (int j = 0; j < 6; ++j) {
      vf x[6];
      vf k[3];
      CONV4J_UNROLL
      for (int i = 0; i < 6; ++i) {
        const float* at = m + (i * 6 + j) * m_distance + c;
        x[i] = left < kLanes ? load_first(at, left) : load(at);
      }
      winograd_weights_line(x, k);
      CONV4J_UNROLL
      for (int i = 0; i < 3; ++i) half[i][j] = k[i];
    }
    float taps[9 * kLanes];
    for (int i = 0; i < 3; ++i) {
      vf k[3];
      winograd_weights_line(half[i], k);
      CONV4J_UNROLL
      for (int j = 0; j < 3; ++j) store(taps + (i * 3 + j) * kLanes, k[j]);
    }
    transpose_f32({taps, kLanes, 9, count, weights + c * 9, 9, 0});
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
