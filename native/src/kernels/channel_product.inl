// channel_product_f32: c = a * b, the lanes of a and c output channels, b pixels in plain rows.
//
//   a   [t][vectors * kLanes]: read in sequence, once for each tile of pixels
//   b   rows of pixels at offsets, one for each t: each element is broadcast
//   c   [vectors][rows * columns][kLanes], blocks c_block apart
// Needs k, rows and columns >= 1, no overlap of c with a or b; nothing but those pixels is read.
// The pixels of a row are dealt out evenly to as few tiles as kBlockedRows allows, as by the
// blocked product, whose step this is: 10 pixels of 16 channels keep all lanes of AVX-512 at work
// where vectors of pixels would leave six of them idle.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

template <int kPixels, int kVectors>
void channel_tile(const ChannelProduct& p, const float* b, float* c) {
  vf sums[kPixels][kVectors];
  CONV4J_UNROLL
  for (int m = 0; m < kPixels; ++m) {
    CONV4J_UNROLL
    for (int v = 0; v < kVectors; ++v) sums[m][v] = zero();
  }
  const float* a = p.a;
  const int64_t* offsets = p.offsets;
  const int64_t* end = offsets + p.k;
  for (; offsets != end; ++offsets, a += kVectors * kLanes) {
    blocked_step<kPixels, kVectors, 1>(b + *offsets, a, sums);
  }
  CONV4J_UNROLL
  for (int m = 0; m < kPixels; ++m) {
    CONV4J_UNROLL
    for (int v = 0; v < kVectors; ++v) store(c + v * p.c_block + m * kLanes, sums[m][v]);
  }
}

// Turns the number of pixels, known at run time, into the tile compiled for it.
template <int kPixels, int kVectors>
inline void channel_dispatch(int64_t pixels, const ChannelProduct& p, const float* b, float* c) {
  if constexpr (kPixels > 1) {
    if (pixels < kPixels) {
      channel_dispatch<kPixels - 1, kVectors>(pixels, p, b, c);
      return;
    }
  }
  channel_tile<kPixels, kVectors>(p, b, c);
}

void channel_product_f32(const ChannelProduct& p) {
  const int64_t tiles = (p.columns + kBlockedRows - 1) / kBlockedRows;
  float* c = p.c;
  for (int64_t row = 0; row < p.rows; ++row) {
    const float* b = p.b + row * p.b_row;
    for (int64_t tile = 0; tile < tiles; ++tile) {
      const int64_t pixels = p.columns / tiles + (tile < p.columns % tiles ? 1 : 0);
      if (p.vectors == 2) {
        channel_dispatch<kBlockedRows, 2>(pixels, p, b, c);
      } else {
        channel_dispatch<kBlockedRows, 1>(pixels, p, b, c);
      }
      b += pixels;
      c += pixels * kLanes;
    }
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
