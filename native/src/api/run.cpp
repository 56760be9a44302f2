#include "api/run.h"

#include <cinttypes>

namespace conv4j {

conv4j_status begin(int64_t isa, int64_t threads, double work, Run* run) {
  if (threads < 1 || threads > kMostThreads) {
    return fail(CONV4J_INVALID_ARGUMENT, "threads is %" PRId64 "; it must be 1 to %" PRId64,
                threads, kMostThreads);
  }
  const Isa* found = nullptr;
  if (isa == -1) {
    CONV4J_RETURN_IF_BAD(find_isa(nullptr, &found));
  } else {
    const char* name = conv4j_isa_name(isa);
    if (name == nullptr) {
      return fail(CONV4J_INVALID_ARGUMENT, "isa is %" PRId64 "; it must be -1 to %" PRId64, isa,
                  isa_count() - 1);
    }
    CONV4J_RETURN_IF_BAD(find_isa(name, &found));
  }
  run->kernels = &found->table;
  run->threads = useful_threads(work, threads);
  return CONV4J_OK;
}

conv4j_status require_flag(const char* name, int64_t value) {
  if (value == 0 || value == 1) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT, "%s is %" PRId64 "; it must be 0 or 1", name, value);
}

}  // namespace conv4j
