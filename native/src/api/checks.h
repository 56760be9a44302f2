// What every function of conv4j.h checks before it calls, shared by the files of this folder.
#ifndef CONV4J_API_CHECKS_H
#define CONV4J_API_CHECKS_H

#include "algorithms/plan.h"
#include "api/error.h"
#include "threading/pool.h"

#define CONV4J_RETURN_IF_BAD(expression) \
  if (const conv4j_status status_ = (expression); status_ != CONV4J_OK) return status_

namespace conv4j {

constexpr int64_t kFloat = sizeof(float);

// A tensor as an argument: null where it may be left out, or where it is empty.
struct Span {
  const char* name;
  const void* data;
  int64_t bytes;
};

// Refuses a null pointer, unless the tensor is empty.
conv4j_status require(const Span& span);

// Refuses destinations that overlap a source or one another.
conv4j_status check_spans(const Span* sources, int source_count, const Span* destinations,
                          int destination_count);

template <int kSources, int kDestinations>
conv4j_status check_spans(const Span (&sources)[kSources],
                          const Span (&destinations)[kDestinations]) {
  return check_spans(sources, kSources, destinations, kDestinations);
}

// Direction in [0, directions), accuracy, relu and padding mode among their values.
conv4j_status check_options(const conv4j_options& options, int64_t directions);
// Refuses a padding mode where there is none to choose.
conv4j_status check_no_padding_mode(const conv4j_options& options);

// The plan is there and of this operation and direction; threads and workspace suit it.
conv4j_status check_call(const Plan* plan, Plan::Operation operation, int64_t direction,
                         const void* workspace, int64_t threads);

conv4j_status check_counts(int64_t count, int64_t threads);

// Small operations stay on the caller: handing work over costs more than it saves.
inline int64_t useful_threads(double multiply_adds, int64_t threads) {
  return multiply_adds < 2 * kLeastTask ? 1 : threads;
}

// Calls f(first, length) for blocks of a long row, on several threads.
template <typename Callable>
void for_each_block(int64_t count, int64_t threads, const Callable& f) {
  constexpr int64_t kBlock = 1 << 15;
  parallel_for((count + kBlock - 1) / kBlock, threads, [&](int64_t block, int64_t) {
    const int64_t first = block * kBlock;
    f(first, first + kBlock < count ? kBlock : count - first);
  });
}

// A plan that is being made; deletes it unless it is taken.
class PlanHolder {
 public:
  PlanHolder();
  ~PlanHolder() { destroy(plan_); }
  PlanHolder(const PlanHolder&) = delete;
  PlanHolder& operator=(const PlanHolder&) = delete;

  Plan* get() { return plan_; }  // null when there is no memory
  Plan* take() {
    Plan* taken = plan_;
    plan_ = nullptr;
    return taken;
  }

 private:
  Plan* plan_;
};

conv4j_status out_of_memory_for_plan();

// The second half of every creation: the instruction set, the algorithm and its blocking.
conv4j_status finish(PlanHolder* holder, const AlgorithmList& list, const char* algorithm,
                     const char* isa, conv4j_plan** plan);

}  // namespace conv4j

#endif
