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

inline void gather4(const float* from, float* to, int64_t distance, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    vf phases[4];
    split4(from + 4 * i, phases);
    CONV4J_UNROLL
    for (int p = 0; p < 4; ++p) store(to + p * distance + i, phases[p]);
  }
  for (; i < count; ++i) {
    for (int64_t p = 0; p < 4; ++p) to[p * distance + i] = from[4 * i + p];
  }
}

template <int kStride>
inline void gather(const float* from, int64_t stride, float* to, int64_t count) {
  const int64_t step = kStride > 0 ? kStride : stride;
  for (int64_t i = 0; i < count; ++i) to[i] = from[i * step];
}

// Stride 4, four phases at a time; the ends, where not every phase has a pixel, one by one.
void split_row4(const SplitRow& s) {
  PhaseRange all = {0, s.length};
  for (int64_t p = 0; p < 4; ++p) {
    const PhaseRange inside = phase_range(p, s.width, s.left, 4, s.length);
    if (inside.begin > all.begin) all.begin = inside.begin;
    if (inside.end < all.end) all.end = inside.end;
  }
  if (all.end < all.begin) all.end = all.begin;
  for (int64_t p = 0; p < 4; ++p) {
    float* out = s.out + p * s.length;
    const PhaseRange inside = phase_range(p, s.width, s.left, 4, s.length);
    const float* from = s.row + p - s.left;
    for (int64_t i = 0; i < all.begin; ++i)
      out[i] = i >= inside.begin && i < inside.end ? from[4 * i] : s.fill;
    for (int64_t i = all.end; i < s.length; ++i)
      out[i] = i >= inside.begin && i < inside.end ? from[4 * i] : s.fill;
  }
  gather4(s.row + 4 * all.begin - s.left, s.out + all.begin, s.length, all.end - all.begin);
}

void split_row_f32(const SplitRow& s) {
  if (s.stride == 4 && s.row != nullptr) {
    split_row4(s);
    return;
  }
  for (int64_t p = 0; p < s.stride; ++p) {
    float* out = s.out + p * s.length;
    PhaseRange inside = {s.length, s.length};
    if (s.row != nullptr) inside = phase_range(p, s.width, s.left, s.stride, s.length);
    for (int64_t i = 0; i < inside.begin; ++i) out[i] = s.fill;
    if (inside.end > inside.begin) {
      const float* from = s.row + (inside.begin * s.stride + p - s.left);
      const int64_t count = inside.end - inside.begin;
      if (s.stride == 1) {
        gather<1>(from, 1, out + inside.begin, count);
      } else if (s.stride == 2) {
        gather<2>(from, 2, out + inside.begin, count);
      } else {
        gather<0>(from, s.stride, out + inside.begin, count);
      }
    }
    for (int64_t i = inside.end; i < s.length; ++i) out[i] = s.fill;
  }
}

void merge_row_f32(const float* phases, int64_t width, int64_t left, int64_t stride, int64_t length,
                   float* out) {
  for (int64_t p = 0; p < stride; ++p) {
    const PhaseRange inside = phase_range(p, width, left, stride, length);
    const float* from = phases + p * length;
    float* to = out + p - left;
    for (int64_t i = inside.begin; i < inside.end; ++i) to[i * stride] = from[i];
  }
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
