// Going along a row by whole vectors, nothing masked: the last one overlaps the one before, and
// what both hold is computed twice, to the same numbers.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// The vector of a row after the one at i: the last one ends where the row does. A row of less than
// a vector has one, at 0.
inline int64_t next_vector(int64_t i, int64_t columns) {
  return i + kLanes >= columns || i + 2 * kLanes <= columns ? i + kLanes : columns - kLanes;
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
