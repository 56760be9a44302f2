// The windows of average and adaptive pooling, an axis at a time.
#ifndef CONV4J_GEOMETRY_WINDOWS_H
#define CONV4J_GEOMETRY_WINDOWS_H

#include "geometry/geometry.h"

namespace conv4j {

// Windows along one axis: at a fixed stride, or adaptive ones, which share the extent out:
// [floor(o * extent / outputs), ceil((o + 1) * extent / outputs)).
struct Windows {
  int64_t extent, outputs;
  int64_t kernel;      // 0: adaptive
  int64_t stride;      // of a fixed kernel, like the rest
  int64_t begin, end;  // padding

  bool adaptive() const { return kernel == 0; }
  // The pixels of window o that lie inside the image; at least one.
  Range inside(int64_t o) const;
  // The taps of window o, those in the padding too, but not those beyond it.
  int64_t taps(int64_t o) const;
  // The windows that hold pixel i.
  Range holding(int64_t i) const;
  // The most pixels that a window has inside the image.
  int64_t longest() const;
};

struct Windows2d {
  int64_t n, c;
  Windows h, w;
  bool counts_padding;       // whether the divisor of an average counts taps in the padding
  int64_t divisor_override;  // the divisor of every window; 0 for none

  int64_t src_plane() const { return h.extent * w.extent; }
  int64_t dst_plane() const { return h.outputs * w.outputs; }
  int64_t src_elements() const { return n * c * src_plane(); }
  int64_t dst_elements() const { return n * c * dst_plane(); }
  // What one axis contributes to the divisor of a window.
  int64_t counted(const Windows& axis, int64_t o) const {
    return counts_padding ? axis.taps(o) : axis.inside(o).size();
  }
};

// Fill checked from geometry, or fail like the others of geometry.h. Adaptive windows that are all
// of one size become windows at a fixed stride.
conv4j_status check(const conv4j_avg_pool2d& geometry, Windows2d* checked);
conv4j_status check(const conv4j_adaptive_pool2d& geometry, Windows2d* checked);

}  // namespace conv4j

#endif
