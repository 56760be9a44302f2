// Prepared weights: a header, then the weights in the algorithm's layout.
#ifndef CONV4J_API_PREPARED_H
#define CONV4J_API_PREPARED_H

#include "memory/memory.h"

namespace conv4j {

struct PreparedHeader {
  int64_t finite;  // 0: a weight is not finite, and the weights follow as they were given
  char reserved[kAlignment - 8];
};
static_assert(sizeof(PreparedHeader) == kAlignment, "keeps the weights aligned");

inline const float* weights_of(const void* prepared) {
  return reinterpret_cast<const float*>(static_cast<const char*>(prepared) +
                                        sizeof(PreparedHeader));
}

}  // namespace conv4j

#endif
