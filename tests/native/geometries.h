// The geometries that the tests of the plans go through, most of them lopsided.
#ifndef CONV4J_TESTS_GEOMETRIES_H
#define CONV4J_TESTS_GEOMETRIES_H

#include "conv4j.h"

namespace conv4j_tests {

// n, ic, ih, iw,  oc, kh, kw,  sh, sw,  pt, pl, pb, pr,  dh, dw,  g
inline constexpr conv4j_conv2d kConvolutions[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1},    // the smallest there is
    {2, 3, 7, 5, 4, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1},    // 1x1
    {1, 5, 6, 9, 7, 1, 1, 2, 3, 0, 0, 0, 0, 1, 1, 1},    // 1x1, strided
    {1, 5, 6, 9, 7, 1, 1, 1, 1, 1, 2, 0, 1, 1, 1, 1},    // 1x1, padded
    {2, 3, 8, 11, 5, 3, 2, 1, 1, 0, 0, 0, 0, 1, 1, 1},   // valid
    {2, 3, 8, 11, 5, 3, 5, 1, 1, 1, 2, 1, 2, 1, 1, 1},   // same
    {1, 4, 9, 13, 6, 3, 5, 2, 1, 1, 0, 2, 3, 1, 1, 1},   // stride in height, uneven padding
    {1, 4, 9, 13, 6, 3, 5, 1, 2, 0, 3, 1, 0, 1, 1, 1},   // stride in width
    {2, 3, 17, 14, 5, 5, 4, 3, 2, 2, 1, 0, 3, 1, 1, 1},  // strides 3 and 2
    {1, 2, 19, 23, 3, 2, 3, 2, 3, 1, 0, 1, 2, 3, 2, 1},  // stride and dilation
    {1, 3, 12, 10, 4, 3, 3, 1, 1, 2, 3, 2, 3, 2, 3, 1},  // dilation, same
    {1, 2, 13, 29, 3, 2, 4, 3, 3, 0, 2, 1, 0, 4, 5, 1},  // dilation larger than the stride
    {2, 6, 7, 9, 9, 3, 2, 1, 1, 1, 0, 1, 1, 1, 1, 3},    // groups
    {1, 10, 8, 7, 15, 2, 3, 2, 1, 0, 1, 1, 1, 1, 2, 5},  // groups, stride, dilation
    {2, 7, 9, 8, 7, 3, 5, 1, 1, 1, 2, 1, 2, 1, 1, 7},    // depthwise
    {1, 5, 11, 9, 15, 3, 3, 2, 2, 0, 1, 1, 0, 1, 1, 5},  // depthwise, three outputs a channel
    {0, 3, 6, 7, 4, 3, 2, 1, 1, 1, 1, 0, 0, 1, 1, 1},    // no image
    {0, 4, 6, 7, 4, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 2},    // no image, 1x1, groups
    {1, 3, 2, 3, 4, 5, 4, 1, 1, 2, 1, 1, 2, 1, 1, 1},    // kernel larger than the image
    {2, 2, 1, 2, 3, 3, 5, 2, 2, 3, 4, 2, 3, 2, 1, 1},    // most windows in the padding
    {1, 2, 3, 4, 3, 2, 2, 1, 1, 4, 5, 5, 6, 1, 1, 1},    // windows wholly in the padding
    {1, 2, 3, 4, 3, 2, 2, 5, 6, 4, 5, 5, 6, 1, 1, 1},    // and strides that leap over pixels
    {2, 3, 9, 1, 4, 3, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1},    // width 1
    {2, 3, 9, 1, 4, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1},    // width 1 under a wider kernel
    {1, 3, 1, 37, 5, 1, 7, 1, 1, 0, 3, 0, 3, 1, 1, 1},   // height 1
    {1, 1, 40, 3, 1, 40, 3, 1, 1, 0, 0, 0, 0, 1, 1, 1},  // kernel as large as the image
    {1, 3, 10, 12, 5, 2, 3, 4, 5, 0, 0, 0, 0, 1, 1, 1},  // strides larger than the kernel
    {1, 2, 7, 16, 15, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1},  // one vector wide
    {1, 2, 6, 17, 29, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1},  // one vector and one pixel
    {1, 2, 6, 33, 13, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1},
    {1, 2, 5, 47, 11, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1},
    {1, 3, 4, 65, 9, 2, 3, 1, 2, 0, 1, 1, 1, 1, 1, 1},
    {1, 3, 5, 130, 6, 3, 4, 1, 1, 1, 2, 1, 1, 1, 1, 1},
    {1, 17, 9, 10, 31, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1},   // odd channels; enough for two threads
    {2, 19, 12, 11, 23, 3, 2, 2, 1, 1, 1, 0, 0, 1, 1, 1},  //
    {1, 64, 6, 7, 65, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1},    //
    {3, 12, 21, 19, 18, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 3},  //
    {1, 33, 15, 14, 34, 3, 5, 2, 3, 1, 2, 1, 2, 2, 1, 1},  //
    {1, 3, 40, 37, 8, 7, 5, 2, 2, 3, 2, 3, 2, 1, 1, 1},    // the first layer of many networks
    {1, 24, 41, 50, 7, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1},   // strips, segments
};

// Long enough that scratch memory is cut into several strips and segments.
inline constexpr conv4j_conv2d kLargeConvolutions[] = {
    {1, 96, 43, 50, 5, 3, 2, 1, 1, 1, 0, 1, 1, 1, 1, 1},
    {1, 3, 310, 301, 4, 2, 3, 1, 2, 1, 1, 1, 0, 1, 1, 1},
};

// n, c, ih, iw,  kh, kw,  sh, sw,  pt, pl, pb, pr,  dh, dw,  ceil
inline constexpr conv4j_pool2d kPoolings[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0},
    {2, 3, 8, 10, 2, 2, 2, 2, 0, 0, 0, 0, 1, 1, 0},
    {1, 2, 9, 11, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 0},
    {1, 2, 9, 11, 3, 2, 1, 3, 1, 0, 0, 1, 1, 1, 0},     // uneven padding
    {1, 2, 9, 12, 3, 3, 2, 2, 0, 0, 0, 0, 1, 1, 1},     // ceil
    {2, 1, 10, 13, 3, 5, 3, 4, 1, 2, 0, 1, 1, 1, 1},    // ceil, padding
    {1, 1, 2, 2, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1},      // a last window that does not start
    {1, 1, 3, 3, 2, 2, 3, 3, 0, 0, 0, 0, 1, 1, 1},      //
    {1, 1, 3, 4, 5, 6, 4, 3, 0, 0, 0, 0, 1, 1, 1},      // larger than the image
    {1, 2, 9, 8, 2, 3, 1, 1, 1, 1, 1, 1, 2, 3, 0},      // dilation
    {1, 1, 3, 4, 3, 3, 1, 1, 1, 1, 1, 1, 2, 2, 0},      // dilation, padding
    {1, 2, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 2, 3, 0},      // windows without a tap inside
    {1, 1, 1, 4, 2, 3, 2, 2, 1, 1, 1, 1, 2, 2, 1},      // and ceil
    {2, 2, 7, 1, 3, 1, 2, 1, 1, 0, 1, 0, 1, 1, 0},      // width 1
    {1, 1, 1, 35, 1, 4, 1, 3, 0, 2, 0, 1, 1, 1, 1},     // height 1
    {0, 3, 5, 6, 2, 2, 2, 2, 0, 0, 0, 0, 1, 1, 0},      // no image
    {1, 1, 12, 15, 2, 3, 5, 4, 0, 1, 0, 0, 1, 1, 0},    // strides larger than the window
    {1, 1, 17, 16, 15, 17, 1, 1, 7, 8, 7, 8, 1, 1, 0},  // 255 taps: one byte
    {1, 1, 17, 19, 16, 16, 1, 2, 8, 8, 8, 8, 1, 1, 0},  // 256 taps: two
    {1, 1, 3, 2, 256, 257, 101, 99, 128, 128, 128, 128, 1, 1, 0},  // 65792 taps: four
    {1, 2, 5, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0},                // around whole vectors
    {1, 2, 5, 33, 3, 3, 1, 2, 1, 1, 1, 1, 1, 1, 0},
    {1, 2, 4, 65, 2, 3, 1, 1, 0, 1, 1, 1, 1, 1, 0},
    {2, 5, 150, 131, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0},  // several strips, several threads
    {3, 4, 90, 101, 3, 2, 2, 3, 1, 1, 0, 1, 1, 2, 1},
};

}  // namespace conv4j_tests

#endif
