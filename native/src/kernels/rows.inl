// Rows of images: dealt out by phase and put together again, scaled and added, multiplied and
// summed.
//
// split_row_f32 turns a row with stride s into s rows of stride 1, the padding filled in, so that
// every tap of a strided, dilated, padded window is a plain vector load somewhere in them:
//   column ow*SW + kw*DW of the padded row = phase (kw*DW) % SW, element ow + (kw*DW) / SW
// axpy_f32 and dot_row_f32 touch only pixels that exist: what the algorithm `rows` is made of.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// The elements [begin, end) of phase p that lie inside a row of `width` pixels after `left`
// columns.
struct PhaseRange {
  int64_t begin, end;
};

inline PhaseRange phase_range(int64_t p, int64_t width, int64_t left, int64_t stride,
                              int64_t length) {
  const int64_t before = left - p;
  const int64_t until = left + width - p;
  int64_t begin = before > 0 ? (before + stride - 1) / stride : 0;
  int64_t end = until > 0 ? (until + stride - 1) / stride : 0;
  if (begin > length) begin = length;
  if (end > length) end = length;
  return {begin, end < begin ? begin : end};
}

// The first `phases` of 2 or 4 phases, vector by vector.
template <int kStride>
inline void gather_phases(const float* from, float* to, int64_t distance, int64_t phases,
                          int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    vf x[kStride];
    if constexpr (kStride == 2) {
      split2(from + 2 * i, x);
    } else {
      split4(from + 4 * i, x);
    }
    CONV4J_UNROLL
    for (int p = 0; p < kStride; ++p) {
      if (p < phases) store(to + p * distance + i, x[p]);
    }
  }
  for (; i < count; ++i) {
    for (int64_t p = 0; p < phases; ++p) to[p * distance + i] = from[kStride * i + p];
  }
}

template <int kStride>
inline void gather(const float* from, int64_t stride, float* to, int64_t count) {
  const int64_t step = kStride > 0 ? kStride : stride;
  for (int64_t i = 0; i < count; ++i) to[i] = from[i * step];
}

// Stride 2 or 4, all phases at a time; the ends, where not every phase has a pixel, one by one.
template <int kStride>
void split_phases(const SplitRow& s, int64_t phases) {
  PhaseRange all = {0, s.length};
  for (int64_t p = 0; p < kStride; ++p) {
    const PhaseRange inside = phase_range(p, s.width, s.left, kStride, s.length);
    if (inside.begin > all.begin) all.begin = inside.begin;
    if (inside.end < all.end) all.end = inside.end;
  }
  if (all.end < all.begin) all.end = all.begin;
  for (int64_t p = 0; p < phases; ++p) {
    float* out = s.out + p * s.length;
    const PhaseRange inside = phase_range(p, s.width, s.left, kStride, s.length);
    const float* from = s.row + p - s.left;
    for (int64_t i = 0; i < all.begin; ++i)
      out[i] = i >= inside.begin && i < inside.end ? from[kStride * i] : s.fill;
    for (int64_t i = all.end; i < s.length; ++i)
      out[i] = i >= inside.begin && i < inside.end ? from[kStride * i] : s.fill;
  }
  gather_phases<kStride>(s.row + kStride * all.begin - s.left, s.out + all.begin, s.length, phases,
                         all.end - all.begin);
}

void split_row_f32(const SplitRow& s) {
  const int64_t phases = s.phases > 0 ? s.phases : s.stride;
  if (s.row != nullptr) {
    if (s.stride == 2) return split_phases<2>(s, phases);
    if (s.stride == 4) return split_phases<4>(s, phases);
  }
  for (int64_t p = 0; p < phases; ++p) {
    float* out = s.out + p * s.length;
    PhaseRange inside = {s.length, s.length};
    if (s.row != nullptr) inside = phase_range(p, s.width, s.left, s.stride, s.length);
    for (int64_t i = 0; i < inside.begin; ++i) out[i] = s.fill;
    if (inside.end > inside.begin) {
      const float* from = s.row + (inside.begin * s.stride + p - s.left);
      const int64_t count = inside.end - inside.begin;
      if (s.stride == 1) {
        gather<1>(from, 1, out + inside.begin, count);
      } else {
        gather<0>(from, s.stride, out + inside.begin, count);
      }
    }
    for (int64_t i = inside.end; i < s.length; ++i) out[i] = s.fill;
  }
}

// Stride 2 or 4, all phases at a time, for the elements [0, count) of each.
template <int kStride>
inline void scatter_phases(const float* phases, int64_t length, float* to, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    vf x[kStride];
    CONV4J_UNROLL
    for (int p = 0; p < kStride; ++p) x[p] = load(phases + p * length + i);
    if constexpr (kStride == 2) {
      merge2(x, to + 2 * i);
    } else {
      merge4(x, to + 4 * i);
    }
  }
  for (; i < count; ++i) {
    for (int64_t p = 0; p < kStride; ++p) to[kStride * i + p] = phases[p * length + i];
  }
}

void merge_row_f32(const float* phases, int64_t width, int64_t left, int64_t stride, int64_t length,
                   float* out) {
  // The elements that every phase has inside the row go together; the ends one by one.
  PhaseRange all = {0, stride == 2 || stride == 4 ? length : 0};
  for (int64_t p = 0; p < stride; ++p) {
    const PhaseRange inside = phase_range(p, width, left, stride, length);
    if (inside.begin > all.begin) all.begin = inside.begin;
    if (inside.end < all.end) all.end = inside.end;
  }
  if (all.end < all.begin) all.end = all.begin;
  for (int64_t p = 0; p < stride; ++p) {
    const PhaseRange inside = phase_range(p, width, left, stride, length);
    const float* from = phases + p * length;
    float* to = out + p - left;
    for (int64_t i = inside.begin; i < inside.end && i < all.begin; ++i) to[i * stride] = from[i];
    const int64_t rest = inside.begin > all.end ? inside.begin : all.end;
    for (int64_t i = rest; i < inside.end; ++i) to[i * stride] = from[i];
  }
  const int64_t count = all.end - all.begin;
  float* to = out + all.begin * stride - left;
  if (stride == 2) scatter_phases<2>(phases + all.begin, length, to, count);
  if (stride == 4) scatter_phases<4>(phases + all.begin, length, to, count);
}

void axpy_f32(float a, const float* x, int64_t x_stride, float* y, int64_t y_stride,
              int64_t count) {
  if (x_stride != 1 || y_stride != 1) {
    for (int64_t i = 0; i < count; ++i) y[i * y_stride] += a * x[i * x_stride];
    return;
  }
  const vf scale = broadcast(a);
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(y + i, fma(scale, load(x + i), load(y + i)));
  if (i < count) {
    const int64_t n = count - i;
    store_first(y + i, fma(scale, load_first(x + i, n), load_first(y + i, n)), n);
  }
}

float dot_row_f32(const float* x, int64_t x_stride, const float* y, int64_t count) {
  if (x_stride != 1) {
    float total = 0.0F;
    for (int64_t i = 0; i < count; ++i) total += x[i * x_stride] * y[i];
    return total;
  }
  vf total = zero();
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) total = fma(load(x + i), load(y + i), total);
  if (i < count) total = fma(load_first(x + i, count - i), load_first(y + i, count - i), total);
  return sum(total);
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
