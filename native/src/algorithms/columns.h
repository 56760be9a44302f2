// im2col and its transpose, for a range of taps and pixels of one image and group.
#ifndef CONV4J_ALGORITHMS_COLUMNS_H
#define CONV4J_ALGORITHMS_COLUMNS_H

#include <algorithm>
#include <cstring>

#include "geometry/geometry.h"

namespace conv4j {

// One row of windows under one tap: pixel (oh, ow) reads row[ow * SW + shift] for ow in `valid`.
struct TapRow {
  Range valid;
  int64_t row;  // index of the row's first element in the plane; no pixel is valid if it is outside
  int64_t shift;
};

inline TapRow tap_row(const Conv2d& p, int64_t oh, int64_t kh, int64_t kw) {
  const int64_t ih = oh * p.sh - p.pt + kh * p.dh;
  const int64_t shift = kw * p.dw - p.pl;
  if (ih < 0 || ih >= p.ih) return {{0, 0}, 0, shift};
  return {inside(p.ow, p.sw, shift, p.iw), ih * p.iw, shift};
}

// out[(t - first_tap) * distance + (q - first)] = the pixel that tap t of output pixel q reads,
// zero in the padding, for q in [first, end) and t in [first_tap, end_tap), t = (c * KH + kh) * KW
// + kw.
inline void gather_columns(const Conv2d& p, const float* planes, int64_t first_tap, int64_t end_tap,
                           int64_t first, int64_t end, float* out, int64_t distance) {
  for (int64_t t = first_tap; t < end_tap; ++t) {
    const float* plane = planes + t / (p.kh * p.kw) * p.src_plane;
    const int64_t kh = t / p.kw % p.kh;
    const int64_t kw = t % p.kw;
    float* to = out + (t - first_tap) * distance;
    for (int64_t q = first; q < end;) {
      const int64_t oh = q / p.ow;
      const int64_t from = q % p.ow;
      const int64_t until = std::min(p.ow, from + end - q);
      const TapRow tap = tap_row(p, oh, kh, kw);
      const int64_t begin = std::min(std::max(tap.valid.begin, from), until);
      const int64_t stop = std::max(std::min(tap.valid.end, until), begin);
      std::fill(to, to + (begin - from), 0.0F);
      const float* row = plane + tap.row + tap.shift;
      if (p.sw == 1) {
        if (stop > begin) {
          std::memcpy(to + (begin - from), row + begin,
                      static_cast<size_t>(stop - begin) * sizeof(float));
        }
      } else {
        for (int64_t ow = begin; ow < stop; ++ow) to[ow - from] = row[ow * p.sw];
      }
      std::fill(to + (stop - from), to + (until - from), 0.0F);
      to += until - from;
      q += until - from;
    }
  }
}

// The transpose: planes[...] += columns for whole output rows [first, end); what falls into the
// padding is dropped.
inline void add_columns(const Conv2d& p, const float* columns, int64_t distance, int64_t taps,
                        int64_t first, int64_t end, float* planes) {
  for (int64_t t = 0; t < taps; ++t) {
    float* plane = planes + t / (p.kh * p.kw) * p.src_plane;
    const int64_t kh = t / p.kw % p.kh;
    const int64_t kw = t % p.kw;
    const float* from = columns + t * distance;
    for (int64_t oh = first; oh < end; ++oh, from += p.ow) {
      const TapRow tap = tap_row(p, oh, kh, kw);
      float* row = plane + tap.row + tap.shift;
      if (p.sw == 1) {
        for (int64_t ow = tap.valid.begin; ow < tap.valid.end; ++ow) row[ow] += from[ow];
      } else {
        for (int64_t ow = tap.valid.begin; ow < tap.valid.end; ++ow) row[ow * p.sw] += from[ow];
      }
    }
  }
}

}  // namespace conv4j

#endif
