// Elements moved between planes by indices within the plane: max unpooling, and the way back of
// adaptive max pooling.
#ifndef CONV4J_ALGORITHMS_INDEXED_H
#define CONV4J_ALGORITHMS_INDEXED_H

#include <cstdint>

namespace conv4j {

// planes times `small` elements with indices into planes times `large` elements. Element i of a
// plane of `size` lies at (plane / channels * size + i) * channels + plane % channels.
struct Indexed {
  const int64_t* indices;  // one for each small element, each 0 to large - 1
  int64_t planes, channels, small, large;
  int64_t threads;
};

// The number of the first index that lies outside its plane, counted plane by plane; -1 if there is
// none.
int64_t first_outside(const Indexed& g);
// The index of that number.
int64_t index_at(const Indexed& g, int64_t number);

// The operations below leave out an index outside its plane, which another thread may have written
// there since it was checked.

// to[planes][large] = 0, then to[index] = from; the last one stays.
void scatter(const Indexed& g, const float* from, float* to);
// to[planes][large] = 0, then to[index] += from, in row-major order.
void scatter_add(const Indexed& g, const float* from, float* to);
// to[planes][small] = from[index].
void gather(const Indexed& g, const float* from, float* to);

}  // namespace conv4j

#endif
