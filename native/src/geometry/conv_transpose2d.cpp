#include <algorithm>
#include <cinttypes>

#include "api/error.h"
#include "geometry/geometry.h"

namespace conv4j {
namespace {

constexpr int64_t kLargest = INT64_MAX / 8;
__extension__ typedef __int128 Wide;  // holds every sum and product of extents

// One axis of a transposed convolution.
struct Axis {
  const char *extent, *padding, *output_padding;
  int64_t in, kernel, stride, begin, end, added, dilation;

  Wide uncropped() const {
    return static_cast<Wide>(in - 1) * stride + static_cast<Wide>(dilation) * (kernel - 1) + 1;
  }
};

conv4j_status result_of(const Axis& a, int64_t* out) {
  const int64_t most = std::max(a.stride, a.dilation) - 1;
  if (a.added < 0 || a.added > most) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "%s is %" PRId64 "; it must be 0 to %" PRId64 ", less than the stride %" PRId64
                " or the dilation %" PRId64,
                a.output_padding, a.added, most, a.stride, a.dilation);
  }
  if (a.uncropped() > kLargest || a.begin > kLargest || a.end > kLargest || a.added > kLargest) {
    return fail(CONV4J_INVALID_ARGUMENT, "the extents along %s are beyond 2^60", a.extent);
  }
  const int64_t uncropped = static_cast<int64_t>(a.uncropped());
  *out = uncropped - a.begin - a.end + a.added;
  if (*out >= 1) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT,
              "the output would be empty along %s: %" PRId64 " without padding, %s %" PRId64
              " and %" PRId64 ", %s %" PRId64,
              a.extent, uncropped, a.padding, a.begin, a.end, a.output_padding, a.added);
}

}  // namespace

conv4j_status check(const conv4j_conv_transpose2d& geometry, ConvTranspose2d* checked) {
  const conv4j_conv_transpose2d& g = geometry;
  const struct {
    const char* name;
    int64_t value, least;
  } extents[] = {{"n", g.n, 0},   {"ic", g.ic, 1}, {"ih", g.ih, 1}, {"iw", g.iw, 1},
                 {"oc", g.oc, 1}, {"kh", g.kh, 1}, {"kw", g.kw, 1}, {"sh", g.sh, 1},
                 {"sw", g.sw, 1}, {"pt", g.pt, 0}, {"pl", g.pl, 0}, {"pb", g.pb, 0},
                 {"pr", g.pr, 0}, {"dh", g.dh, 1}, {"dw", g.dw, 1}, {"g", g.g, 1}};
  for (const auto& extent : extents) {
    if (extent.value >= extent.least) continue;
    return fail(CONV4J_INVALID_ARGUMENT, "%s is %" PRId64 "; it must be at least %" PRId64,
                extent.name, extent.value, extent.least);
  }
  const Axis height = {"ih", "pt and pb", "oph", g.ih, g.kh, g.sh, g.pt, g.pb, g.oph, g.dh};
  const Axis width = {"iw", "pl and pr", "opw", g.iw, g.kw, g.sw, g.pl, g.pr, g.opw, g.dw};
  conv4j_status status = result_of(height, &checked->oh);
  if (status == CONV4J_OK) status = result_of(width, &checked->ow);
  if (status != CONV4J_OK) return status;
  static_cast<conv4j_conv_transpose2d&>(*checked) = g;
  // Output padding below the stride disappears when the convolution rounds its extent down.
  checked->crops = g.oph >= g.sh || g.opw >= g.sw;
  conv4j_conv2d conv = {g.n,  g.oc, checked->oh, checked->ow, g.ic, g.kh, g.kw, g.sh,
                        g.sw, g.pt, g.pl,        g.pb,        g.pr, g.dh, g.dw, g.g};
  // Says whether dst, src and the weights are within bounds, whatever is done with them.
  Wide dst = std::max<int64_t>(g.n, 1);
  for (const int64_t extent : {g.oc, checked->oh, checked->ow}) {
    dst *= extent;
    if (dst > kLargest) return fail(CONV4J_INVALID_ARGUMENT, "dst has more than 2^60 elements");
  }
  if (checked->crops) {
    conv.ih = static_cast<int64_t>(height.uncropped());
    conv.iw = static_cast<int64_t>(width.uncropped());
    conv.pt = conv.pl = conv.pb = conv.pr = 0;
  }
  return check(conv, &checked->conv);
}

}  // namespace conv4j
