// What the kernels share that pool planes straight from their rows, at stride 1 or 2 along the row:
// average_windows.inl, max_windows.inl and their gradients.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// A window's total, by what the window counts or, if reciprocal, times one over that.
inline vf averaged(vf total, vf count, bool reciprocal) {
  // Zero is added to make +0 of the -0 that a negative divisor gives.
  return add(reciprocal ? mul(total, count) : divide(total, count), zero());
}

inline void clear(float* x, int64_t count) {
  for (int64_t i = 0; i < count; ++i) x[i] = 0.0F;
}

// Asks for vectors of rows that are computed later: rows taken a few at a time are no stream that
// the processor would recognize. The address may lie outside the tensor.
template <int kVectors>
inline void fetch(const float* p) {
  for (int64_t v = 0; v < kVectors; ++v) __builtin_prefetch(p + v * kLanes);
}

constexpr int64_t kRowsAtOnce = 8;

// The vectors of a row by phase and back, at stride 1 and 2.
inline void deal_out(vf (&)[1]) {}
inline void deal_out(vf (&x)[2]) {
  const vf first = x[0];
  x[0] = even(first, x[1]);
  x[1] = odd(first, x[1]);
}
inline void interleave(const vf (&x)[1], float* to) { store(to, x[0]); }
inline void interleave(const vf (&x)[2], float* to) { merge2(x, to); }
inline void interleave(const vf (&x)[1], float* to, const Lanes (&lanes)[1]) {
  store_lanes(to, lanes[0], x[0]);
}
inline void interleave(const vf (&x)[2], float* to, const Lanes (&lanes)[2]) {
  vf pair[2] = {x[0], x[1]};
  interleave2(pair);
  store_lanes(to, lanes[0], pair[0]);
  // On a Zen 4 a store of no lane takes three cycles, an eighth of the gradient of narrow planes.
  if (any_lane(lanes[1])) store_lanes(to + kLanes, lanes[1], pair[1]);
}

// The vectors of a row of pixels, each as the first of its kLanes windows, which begins at column
// window * kStride - PL. The last vector ends with the row where its pixels have the right phase,
// and overlaps the one before.
template <int kStride>
struct PixelVectors {
  explicit PixelVectors(const PoolPlane& p)
      : begin(p.pl / kStride),
        end((p.pl + p.iw - 1) / kStride + 1),
        before(p.pl),
        width(p.iw),
        last(p.pl + p.iw - kStride * kLanes),
        ends_with_row(last >= begin * kStride && last % kStride == 0) {}

  int64_t at(int64_t q) const { return ends_with_row && q + kLanes >= end ? last / kStride : q; }
  bool whole(int64_t q) const {
    const int64_t column = q * kStride - before;
    return column >= 0 && column + kStride * kLanes <= width;
  }

  int64_t begin, end;
  int64_t before, width;
  int64_t last;  // the column of the padded row where a vector begins that ends with the row
  bool ends_with_row;
};

// The first row of windows of kSize rows that reaches down to row ih, which may lie above the plane
// of the windows.
template <int kStride, int kSize>
inline int64_t first_window(const PoolPlane& p, int64_t ih) {
  const int64_t reached = ih + p.pt - kSize + 1;
  return reached > 0 ? (reached + kStride - 1) / kStride : -(-reached / kStride);
}

// The windows that hold a row of the plane, row by row: no division for each of them.
class HoldingWindows {
 public:
  HoldingWindows(const PoolPlane& p, int64_t ih) : sh_(p.sh), oh_(p.oh) {
    latest_ = (ih + p.pt) / sh_;
    below_ = ih + p.pt - latest_ * sh_;
    const int64_t start = ih + p.pt - p.kh + 1;  // the first window starts here or below
    earliest_ = start > 0 ? (start - 1) / sh_ + 1 : start / sh_;
    above_ = earliest_ * sh_ - start;
  }
  void next() {
    if (++below_ == sh_) {
      below_ = 0;
      ++latest_;
    }
    if (--above_ < 0) {
      above_ = sh_ - 1;
      ++earliest_;
    }
  }
  int64_t begin() const { return earliest_ < 0 ? 0 : earliest_ < oh_ ? earliest_ : oh_; }
  int64_t end() const { return latest_ < oh_ ? latest_ + 1 : oh_; }

 private:
  int64_t sh_, oh_;
  int64_t latest_, below_;    // the last window that starts not below the row, and how far above
  int64_t earliest_, above_;  // the first one that reaches it, and where it starts behind the least
};

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
