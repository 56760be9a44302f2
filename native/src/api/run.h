// What the functions without a plan check and look up before they call.
#ifndef CONV4J_API_RUN_H
#define CONV4J_API_RUN_H

#include "api/checks.h"
#include "layers/layers.h"

namespace conv4j {

// The kernels of an instruction set, -1 for the default one, and the threads that the work is
// worth.
conv4j_status begin(int64_t isa, int64_t threads, double work, Run* run);

conv4j_status require_flag(const char* name, int64_t value);

}  // namespace conv4j

#endif
