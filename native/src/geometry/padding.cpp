#include <algorithm>
#include <cinttypes>

#include "api/error.h"
#include "geometry/geometry.h"

namespace conv4j {

conv4j_status check_padding(const Conv2d& g, int64_t mode) {
  if (mode != CONV4J_PADDING_REFLECT && mode != CONV4J_PADDING_CIRCULAR) return CONV4J_OK;
  const bool reflect = mode == CONV4J_PADDING_REFLECT;
  const struct {
    const char* name;
    int64_t padding;
    const char* extent_name;
    int64_t extent;
  } sides[] = {{"pt", g.pt, "ih", g.ih},
               {"pl", g.pl, "iw", g.iw},
               {"pb", g.pb, "ih", g.ih},
               {"pr", g.pr, "iw", g.iw}};
  for (const auto& side : sides) {
    const int64_t most = reflect ? side.extent - 1 : side.extent;
    if (side.padding > most) {
      return fail(CONV4J_INVALID_ARGUMENT,
                  "%s is %" PRId64 "; %s padding must be at most %" PRId64 " where %s is %" PRId64,
                  side.name, side.padding, reflect ? "reflect" : "circular", most, side.extent_name,
                  side.extent);
    }
  }
  return CONV4J_OK;
}

int64_t padding_source(int64_t mode, int64_t i, int64_t extent) {
  if (i >= 0 && i < extent) return i;
  switch (mode) {
    case CONV4J_PADDING_REPLICATE:
      return i < 0 ? 0 : extent - 1;
    case CONV4J_PADDING_REFLECT:
      return i < 0 ? -i : 2 * (extent - 1) - i;
    case CONV4J_PADDING_CIRCULAR:
      return i < 0 ? i + extent : i - extent;
    default:
      return -1;
  }
}

PadAxis pad_axis(int64_t extent, int64_t first, int64_t result) {
  PadAxis axis = {};
  axis.before = std::min(std::max<int64_t>(first, 0), result);
  axis.skip = std::min(std::max<int64_t>(-first, 0), extent);
  axis.inside = std::min(extent - axis.skip, result - axis.before);
  axis.after = result - axis.before - axis.inside;
  return axis;
}

}  // namespace conv4j
