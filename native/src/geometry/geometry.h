// The only extent formulas on the native side, overflow-checked.
#ifndef CONV4J_GEOMETRY_GEOMETRY_H
#define CONV4J_GEOMETRY_GEOMETRY_H

#include "conv4j.h"

namespace conv4j {

// A validated convolution: the extents of conv4j.h and what follows from them.
struct Conv2d : conv4j_conv2d {
  int64_t oh, ow;
  int64_t icg, ocg;   // channels of one group
  int64_t taps;       // icg * kh * kw, summands of one output
  int64_t src_plane;  // ih * iw
  int64_t dst_plane;  // oh * ow

  int64_t src_elements() const { return n * ic * src_plane; }
  int64_t weights_elements() const { return oc * taps; }
  int64_t dst_elements() const { return n * oc * dst_plane; }
  bool padded() const { return pt > 0 || pl > 0 || pb > 0 || pr > 0; }
  double multiply_adds() const {
    return static_cast<double>(n * oc) * static_cast<double>(dst_plane) * static_cast<double>(taps);
  }
};

struct Pool2d : conv4j_pool2d {
  int64_t oh, ow;

  int64_t src_elements() const { return n * c * ih * iw; }
  int64_t dst_elements() const { return n * c * oh * ow; }
};

// Fill checked from geometry, or fail with a sentence that names the extent, its value and the
// rule.
conv4j_status check(const conv4j_conv2d& geometry, Conv2d* checked);
conv4j_status check(const conv4j_pool2d& geometry, Pool2d* checked);

// A validated transposed convolution: `conv` is the convolution whose gradient it is, from dst to
// src. It covers dst, unless it `crops`: then it has no padding, and dst is a part of its image,
// from row pt and column pl on, with zeros behind it where output padding goes further.
struct ConvTranspose2d : conv4j_conv_transpose2d {
  int64_t oh, ow;
  Conv2d conv;
  bool crops;
  bool relu;  // at the end; the caller of check sets it

  int64_t src_elements() const { return n * ic * ih * iw; }
  int64_t dst_elements() const { return n * oc * oh * ow; }
};
conv4j_status check(const conv4j_conv_transpose2d& geometry, ConvTranspose2d* checked);

// Refuses padding that the mode has no pixels for.
conv4j_status check_padding(const Conv2d& g, int64_t mode);

// Where padding comes from: the pixel in [0, extent) for position i, which lies less than 2^61
// away; -1 for a zero.
int64_t padding_source(int64_t mode, int64_t i, int64_t extent);

// One axis of an image that is laid into a larger one, or of which a part is taken: the result is
// `before` padded positions, `inside` of the image's own from `skip` on, and `after` padded ones.
struct PadAxis {
  int64_t before, skip, inside, after;
};
// The result begins `first` positions before the image (after its beginning where negative).
PadAxis pad_axis(int64_t extent, int64_t first, int64_t result);

struct Pad2d {
  int64_t planes, ih, iw, oh, ow;
  PadAxis rows, columns;

  int64_t src_elements() const { return planes * ih * iw; }
  int64_t dst_elements() const { return planes * oh * ow; }
};

// The stride 1 convolution that computes diff_src from diff_dst with rotated weights; false when
// the stride is not 1 or the padding exceeds the kernel, so that there is none.
bool transposed(const Conv2d& g, Conv2d* problem);

// Images [n][c][pixels], or channels last [n][pixels][c].
struct Images {
  int64_t n, c, pixels;

  int64_t elements() const { return n * c * pixels; }
};

// A half-open range.
struct Range {
  int64_t begin, end;
  int64_t size() const { return end > begin ? end - begin : 0; }
};

// Outputs o in [0, outputs) whose tap at offset = k * dilation - padding lies inside the image:
// 0 <= o * stride + offset < extent.
Range inside(int64_t outputs, int64_t stride, int64_t offset, int64_t extent);

}  // namespace conv4j

#endif
