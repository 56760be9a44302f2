// What the kernels share that take a vector of output columns from the top of a strip of rows to
// its end: depthwise convolution and pooling, see filter_columns.inl.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

constexpr bool kGoesDownColumns = kLanes > 1;  // where the plan asks for it
constexpr int64_t kPixelsAhead = 32;           // that are asked for in advance

inline int64_t lane_inside(int64_t lane) { return lane < 0 ? 0 : lane > kLanes ? kLanes : lane; }

// The lanes l for which 0 <= column + l < width.
inline vm existing_lanes(int64_t column, int64_t width) {
  return between(lane_inside(-column), lane_inside(width - column));
}

template <bool kMasked>
CONV4J_INLINE vf pixels_at(const float* p, vm existing) {
  return keep(kMasked ? load_where(existing, p) : load(p));
}

// Output rows of a strip: as many as the first-level cache holds the pixels of until the next
// vector reads them, or some more, so that a strip's beginning does not cost too much.
inline int64_t strip_of_columns(int64_t width, int64_t kernel, int64_t stride) {
  const int64_t fitting = (4096 / width - kernel) / stride;
  return fitting < 16 ? 16 : fitting;
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
