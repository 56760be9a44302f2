// conv4j.h: what plans of every operation have in common.
#include "api/checks.h"
#include "api/prepared.h"

void conv4j_plan_destroy(conv4j_plan* plan) { conv4j::destroy(plan); }

const char* conv4j_plan_algorithm(const conv4j_plan* plan) {
  return plan != nullptr ? plan->algorithm->name : nullptr;
}

const char* conv4j_plan_isa(const conv4j_plan* plan) {
  return plan != nullptr ? plan->isa->name : nullptr;
}

const char* conv4j_plan_candidate(const conv4j_plan* plan, int64_t index) {
  if (plan == nullptr || index < 0 || index >= plan->candidate_count) return nullptr;
  return plan->candidates[index].algorithm->name;
}

double conv4j_plan_candidate_cost(const conv4j_plan* plan, int64_t index) {
  if (plan == nullptr || index < 0 || index >= plan->candidate_count) return 0;
  return plan->candidates[index].cost;
}

int64_t conv4j_plan_workspace_size(const conv4j_plan* plan, int64_t threads) {
  if (plan == nullptr || threads < 1 || threads > conv4j::kMostThreads) return 0;
  return plan->workspace_shared + plan->workspace_per_thread * threads + plan->pad_workspace +
         plan->planes_workspace;
}

int64_t conv4j_plan_prepared_size(const conv4j_plan* plan) {
  if (plan == nullptr || plan->algorithm->prepare == nullptr) return 0;
  const int64_t given = plan->conv.weights_elements();
  const int64_t packed = plan->packed_elements > given ? plan->packed_elements : given;
  return static_cast<int64_t>(sizeof(conv4j::PreparedHeader)) + packed * conv4j::kFloat;
}

int64_t conv4j_plan_offset_size(const conv4j_plan* plan) {
  return plan != nullptr ? plan->tap_size : 0;
}
