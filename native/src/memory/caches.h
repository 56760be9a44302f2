// Sizes of the CPU's caches, which blocking and the choice of algorithms follow.
#ifndef CONV4J_MEMORY_CACHES_H
#define CONV4J_MEMORY_CACHES_H

#include <cstdint>

namespace conv4j {

// Bytes of the data or unified cache of each level that one core sees.
struct Caches {
  int64_t l1, l2, l3;
};

// Of this machine, read once; plausible values where the system does not tell.
const Caches& caches();

// As Linux lists them in folder: index0, index1 ..., each with the files level, type and size. A
// level that is missing there, or makes no sense, is left as it is.
void read_caches(const char* folder, Caches* sizes);

}  // namespace conv4j

#endif
