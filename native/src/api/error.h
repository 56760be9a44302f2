// One sentence about the newest failure of the calling thread.
#ifndef CONV4J_API_ERROR_H
#define CONV4J_API_ERROR_H

#include "conv4j.h"

namespace conv4j {

// Stores the sentence, formatted as by printf and cut at 511 bytes, and returns the status.
conv4j_status fail(conv4j_status status, const char* format, ...)
    __attribute__((format(printf, 2, 3)));

const char* newest_error();

}  // namespace conv4j

#endif
