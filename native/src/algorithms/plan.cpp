#include "algorithms/plan.h"

#include <cmath>
#include <cstring>

#include "api/error.h"
#include "threading/pool.h"

namespace conv4j {

namespace {

void list_candidates(const AlgorithmList& list, Plan* plan) {
  for (int64_t i = 0; i < list.count; ++i) {
    const Algorithm* entry = list.entries[i];
    if (!entry->supports(*plan)) continue;
    plan->candidates[plan->candidate_count++] = {entry, entry->cost(*plan)};
  }
}

}  // namespace

conv4j_status choose(const AlgorithmList& list, const char* name, Plan* plan) {
  const Algorithm* best = nullptr;
  list_candidates(list, plan);
  if (name != nullptr) {
    for (int64_t i = 0; i < list.count; ++i) {
      if (std::strcmp(list.entries[i]->name, name) == 0) best = list.entries[i];
    }
    if (best == nullptr) {
      char known[160] = "";
      for (int64_t i = 0; i < list.count; ++i) {
        std::strncat(known, i > 0 ? ", " : "", sizeof known - std::strlen(known) - 1);
        std::strncat(known, list.entries[i]->name, sizeof known - std::strlen(known) - 1);
      }
      return fail(CONV4J_INVALID_ARGUMENT, "no algorithm is named '%s'; there are %s", name, known);
    }
    if (!best->supports(*plan)) {
      return fail(CONV4J_UNSUPPORTED, "the algorithm %s does not take this geometry", name);
    }
  } else {
    double least = 0;
    for (int64_t i = 0; i < plan->candidate_count; ++i) {
      const Plan::Candidate& candidate = plan->candidates[i];
      if (best == nullptr || candidate.cost < least) {
        best = candidate.algorithm;
        least = candidate.cost;
      }
    }
  }
  plan->algorithm = best;
  return best->lay_out(plan);
}

int64_t* allocate_offsets(Plan* plan, int64_t count) {
  plan->offsets = static_cast<int64_t*>(allocate(count * static_cast<int64_t>(sizeof(int64_t))));
  if (plan->offsets != nullptr) plan->offset_count = count;
  return plan->offsets;
}

void destroy(Plan* plan) {
  if (plan == nullptr) return;
  release(plan->offsets, plan->offset_count * static_cast<int64_t>(sizeof(int64_t)));
  release(plan->pad_sources, plan->pad_source_count * static_cast<int64_t>(sizeof(int64_t)));
  plan->~Plan();
  release(plan, static_cast<int64_t>(sizeof(Plan)));
}

bool set_problem(Plan* plan) {
  if (plan->options.direction == CONV4J_FORWARD) {
    plan->problem = plan->conv;
    plan->is_transposed = false;
    return true;
  }
  plan->is_transposed = true;
  return transposed(plan->conv, &plan->problem);
}

void sum_bias(const Plan& plan, const Execution& run) {
  if (run.diff_bias == nullptr) return;
  const Conv2d& g = plan.conv;
  sum_channels(plan, run.diff_dst, g.n, g.oc, g.dst_plane, run.threads, run.diff_bias);
}

bool write_bias(const Execution& run, int64_t channel, const double* sums, int64_t count) {
  bool finite = true;
  for (int64_t i = 0; i < count; ++i) {
    const float sum = static_cast<float>(sums[i]);
    finite = finite && std::isfinite(sum);
    if (run.diff_bias != nullptr) run.diff_bias[channel + i] = sum;
  }
  return finite;
}

void sum_channels(const Plan& plan, const float* x, int64_t n, int64_t channels, int64_t plane,
                  int64_t threads, float* sums) {
  parallel_for(channels, threads, [&](int64_t c, int64_t) {
    double total = 0;
    for (int64_t image = 0; image < n; ++image) {
      const float* from = x + (image * channels + c) * plane;
      constexpr int64_t kBlock = 4096;  // float sums short enough to lose little
      for (int64_t i = 0; i < plane; i += kBlock) {
        const int64_t count = i + kBlock < plane ? kBlock : plane - i;
        total += static_cast<double>(plan.kernels->sum_f32(from + i, count));
      }
    }
    sums[c] = static_cast<float>(total);
  });
}

}  // namespace conv4j
