// Strips of input rows, split by phase into a scratch buffer that every tap can read as plain rows.
#ifndef CONV4J_ALGORITHMS_STRIPS_H
#define CONV4J_ALGORITHMS_STRIPS_H

#include "algorithms/plan.h"

namespace conv4j {

// Whether every output pixel reads the one input pixel under it.
inline bool is_pointwise(const Conv2d& p) {
  return p.kh == 1 && p.kw == 1 && p.sh == 1 && p.sw == 1 && !p.padded();
}

// A pointwise problem's image as one row.
inline void take_as_one_row(Conv2d* p) {
  p->ih = 1;
  p->iw = p->src_plane;
  p->oh = 1;
  p->ow = p->dst_plane;
}

// Phases of a row up to the last one that a tap reads.
inline int64_t used_phases(const Conv2d& p) {
  int64_t last = 0;
  for (int64_t kw = 0; kw < p.kw && last < p.sw - 1; ++kw) {
    if (kw * p.dw % p.sw > last) last = kw * p.dw % p.sw;
  }
  return last + 1;
}

// Elements of one phase of a split row: enough for the last output's last tap.
inline int64_t phase_length(const Conv2d& p) { return p.ow + (p.kw - 1) * p.dw / p.sw + 1; }

// Input rows that so many consecutive output rows read.
inline int64_t strip_in_rows(const Conv2d& p, int64_t out_rows) {
  return (out_rows - 1) * p.sh + p.dh * (p.kh - 1) + 1;
}

// Output rows whose input rows, of so many channels, fit into bytes; at least 1, at most all.
inline int64_t strip_rows_for(const Conv2d& p, int64_t channels, int64_t bytes) {
  const int64_t row_bytes =
      channels * used_phases(p) * phase_length(p) * static_cast<int64_t>(sizeof(float));
  const int64_t in_rows = bytes / row_bytes;
  const int64_t rows = (in_rows - p.dh * (p.kh - 1) - 1) / p.sh + 1;
  return in_rows <= p.dh * (p.kh - 1) || rows < 1 ? 1 : rows < p.oh ? rows : p.oh;
}

// Whether a tap reads row r of a strip.
inline bool row_is_read(const Conv2d& p, int64_t r) {
  if (p.kh >= p.sh && p.dh == 1) return true;
  for (int64_t kh = 0; kh < p.kh; ++kh) {
    if (r >= kh * p.dh && (r - kh * p.dh) % p.sh == 0) return true;
  }
  return false;
}

// Sets strip_rows, strips and what follows from them; at most most_rows output rows a strip, all
// strips about the same height.
inline void set_strips(const Conv2d& p, int64_t most_rows, Blocking* b) {
  b->strips = ceil_divide(p.oh, most_rows);
  b->strip_rows = ceil_divide(p.oh, b->strips);
  b->strips = ceil_divide(p.oh, b->strip_rows);
  b->strip_in_rows = strip_in_rows(p, b->strip_rows);
  b->phase_length = phase_length(p);
  b->row_elements = used_phases(p) * b->phase_length;
}

// Where tap (c, kh, kw) of output (0, 0) of a split strip stands.
inline int64_t split_offset(const Conv2d& p, const Blocking& b, int64_t c, int64_t kh, int64_t kw) {
  const int64_t column = kw * p.dw;
  return (c * b.strip_in_rows + kh * p.dh) * b.row_elements + column % p.sw * b.phase_length +
         column / p.sw;
}

// Splits what the output rows [first, first + rows) read from channels planes into strip,
// [channels][strip_in_rows][phases][phase_length], the padding as zeros, from what output column
// `column` reads on. Rows and phases that no tap reads are left as they are.
inline void split_strip(const Plan& plan, const Conv2d& p, const float* planes, int64_t channels,
                        int64_t first, int64_t rows, int64_t column, float* strip) {
  const Blocking& b = plan.blocking;
  const int64_t in_rows = strip_in_rows(p, rows);
  const int64_t before = p.pl - column * p.sw;
  const int64_t skip = before < 0 ? -before : 0;
  SplitRow split = {};
  split.width = p.iw - skip;
  split.left = before + skip;
  split.stride = p.sw;
  split.length = b.phase_length;
  split.phases = used_phases(p);
  for (int64_t c = 0; c < channels; ++c) {
    const float* plane = planes + c * p.src_plane + skip;
    for (int64_t r = 0; r < in_rows; ++r) {
      if (!row_is_read(p, r)) continue;
      const int64_t ih = first * p.sh - p.pt + r;
      split.row = ih >= 0 && ih < p.ih && skip < p.iw ? plane + ih * p.iw : nullptr;
      split.out = strip + (c * b.strip_in_rows + r) * b.row_elements;
      plan.kernels->split_row_f32(split);
    }
  }
}

}  // namespace conv4j

#endif
