#include "api/checks.h"

#include <cinttypes>
#include <new>

namespace conv4j {
namespace {

bool overlap(const Span& a, const Span& b) {
  if (a.bytes <= 0 || b.bytes <= 0 || a.data == nullptr || b.data == nullptr) return false;
  const auto a_begin = reinterpret_cast<uintptr_t>(a.data);
  const auto b_begin = reinterpret_cast<uintptr_t>(b.data);
  return a_begin < b_begin + static_cast<uintptr_t>(b.bytes) &&
         b_begin < a_begin + static_cast<uintptr_t>(a.bytes);
}

}  // namespace

conv4j_status require(const Span& span) {
  if (span.data != nullptr || span.bytes == 0) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT, "%s is null", span.name);
}

conv4j_status check_spans(const Span* sources, int source_count, const Span* destinations,
                          int destination_count) {
  for (int d = 0; d < destination_count; ++d) {
    const Span& to = destinations[d];
    for (int s = 0; s < source_count; ++s) {
      if (overlap(sources[s], to)) {
        return fail(CONV4J_INVALID_ARGUMENT, "%s overlaps %s", to.name, sources[s].name);
      }
    }
    for (int earlier = 0; earlier < d; ++earlier) {
      if (overlap(destinations[earlier], to)) {
        return fail(CONV4J_INVALID_ARGUMENT, "%s overlaps %s", to.name, destinations[earlier].name);
      }
    }
  }
  return CONV4J_OK;
}

conv4j_status check_options(const conv4j_options& options, int64_t directions) {
  if (options.direction < 0 || options.direction >= directions) {
    return fail(CONV4J_INVALID_ARGUMENT, "direction is %" PRId64 "; it must be 0 to %" PRId64,
                options.direction, directions - 1);
  }
  if (options.accuracy != CONV4J_ACCURACY_DEFAULT && options.accuracy != CONV4J_ACCURACY_STRICT) {
    return fail(CONV4J_INVALID_ARGUMENT, "accuracy is %" PRId64 "; it must be 0 or 1",
                options.accuracy);
  }
  if (options.relu != 0 && options.relu != 1) {
    return fail(CONV4J_INVALID_ARGUMENT, "relu is %" PRId64 "; it must be 0 or 1", options.relu);
  }
  if (options.padding_mode < CONV4J_PADDING_ZEROS ||
      options.padding_mode > CONV4J_PADDING_CIRCULAR) {
    return fail(CONV4J_INVALID_ARGUMENT, "padding_mode is %" PRId64 "; it must be 0 to 3",
                options.padding_mode);
  }
  if (options.memory_format != CONV4J_CONTIGUOUS && options.memory_format != CONV4J_CHANNELS_LAST) {
    return fail(CONV4J_INVALID_ARGUMENT, "memory_format is %" PRId64 "; it must be 0 or 1",
                options.memory_format);
  }
  return CONV4J_OK;
}

conv4j_status check_no_padding_mode(const conv4j_options& options) {
  if (options.padding_mode == CONV4J_PADDING_ZEROS) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT,
              "padding_mode is %" PRId64 "; it must be 0 except in a convolution",
              options.padding_mode);
}

conv4j_status check_call(const Plan* plan, Plan::Operation operation, int64_t direction,
                         const void* workspace, int64_t threads) {
  if (plan == nullptr) return fail(CONV4J_INVALID_ARGUMENT, "plan is null");
  if (plan->operation != operation || plan->options.direction != direction) {
    return fail(CONV4J_INVALID_ARGUMENT, "the plan is of another operation or direction");
  }
  if (threads < 1 || threads > kMostThreads) {
    return fail(CONV4J_INVALID_ARGUMENT, "threads is %" PRId64 "; it must be 1 to %" PRId64,
                threads, kMostThreads);
  }
  if (workspace == nullptr && conv4j_plan_workspace_size(plan, threads) > 0) {
    return fail(CONV4J_INVALID_ARGUMENT, "workspace is null");
  }
  return CONV4J_OK;
}

conv4j_status check_counts(int64_t count, int64_t threads) {
  if (count >= 0 && count <= INT64_MAX / kFloat && threads >= 1) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT,
              "count is %" PRId64 " and threads %" PRId64 "; they must be at least 0 and 1", count,
              threads);
}

PlanHolder::PlanHolder() : plan_(nullptr) {
  void* memory = allocate(static_cast<int64_t>(sizeof(Plan)));
  if (memory != nullptr) plan_ = new (memory) Plan();
}

conv4j_status out_of_memory_for_plan() {
  return fail(CONV4J_OUT_OF_MEMORY, "no memory for a plan");
}

conv4j_status finish(PlanHolder* holder, const AlgorithmList& list, const char* algorithm,
                     const char* isa, conv4j_plan** plan) {
  Plan* made = holder->get();
  conv4j_status status = find_isa(isa, &made->isa);
  if (status != CONV4J_OK) return status;
  made->kernels = &made->isa->table;
  status = choose(list, algorithm, made);
  if (status == CONV4J_OUT_OF_MEMORY) return out_of_memory_for_plan();
  if (status == CONV4J_OK) *plan = holder->take();
  return status;
}

}  // namespace conv4j
