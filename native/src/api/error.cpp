#include "api/error.h"

#include <cstdarg>
#include <cstdio>

namespace conv4j {
namespace {

thread_local char sentence[512] = "";

}  // namespace

conv4j_status fail(conv4j_status status, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  return status;
}

const char* newest_error() { return sentence; }

}  // namespace conv4j
