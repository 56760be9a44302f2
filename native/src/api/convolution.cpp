#include "api/convolution.h"

#include <atomic>

#include "algorithms/algorithms.h"
#include "api/checks.h"
#include "api/prepared.h"

namespace conv4j {
namespace {

// Whether every element is finite, found by as many threads as the call may use.
bool all_finite(const Plan& plan, const float* x, int64_t count, int64_t threads) {
  std::atomic<int> finite{1};
  for_each_block(count, threads, [&](int64_t first, int64_t length) {
    if (plan.kernels->all_finite_f32(x + first, length) == 0) {
      finite.store(0, std::memory_order_relaxed);
    }
  });
  return finite.load(std::memory_order_relaxed) != 0;
}

}  // namespace

void run_prepared(const Plan& plan, const void* prepared, Execution* run) {
  const auto* header = static_cast<const PreparedHeader*>(prepared);
  run->weights = weights_of(prepared);
  const Algorithm& algorithm =
      header->finite != 0 ? *plan.algorithm : rows_algorithm(plan.options.direction);
  algorithm.execute(plan, *run);
}

void run_backward_weights(const Plan& plan, const Execution& run) {
  const bool exact = !plan.multiplies_padding ||
                     all_finite(plan, run.diff_dst, plan.conv.dst_elements(), run.threads);
  const Algorithm& algorithm = exact ? *plan.algorithm : rows_algorithm(CONV4J_BACKWARD_WEIGHTS);
  algorithm.execute(plan, run);
}

}  // namespace conv4j
