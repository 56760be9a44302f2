// conv4j.h: the convolution. Checks every argument, then calls the algorithm; nothing else.
#include <atomic>

#include "algorithms/algorithms.h"
#include "api/checks.h"
#include "api/prepared.h"

using namespace conv4j;  // the functions below are C and stand outside it

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

// Runs the plan with weights that its prepare made.
void run_prepared(const Plan& plan, const void* prepared, Execution* run) {
  const auto* header = static_cast<const PreparedHeader*>(prepared);
  run->weights = weights_of(prepared);
  const Algorithm& algorithm =
      header->finite != 0 ? *plan.algorithm : rows_algorithm(plan.options.direction);
  algorithm.execute(plan, *run);
}

}  // namespace

const char* conv4j_conv2d_algorithm(int64_t direction, int64_t index) {
  const AlgorithmList list = conv2d_algorithms(direction);
  return index >= 0 && index < list.count ? list.entries[index]->name : nullptr;
}

conv4j_status conv4j_conv2d_create(const conv4j_conv2d* geometry, const conv4j_options* options,
                                   const char* algorithm, const char* isa, conv4j_plan** plan) {
  if (geometry == nullptr || options == nullptr || plan == nullptr) {
    return fail(CONV4J_INVALID_ARGUMENT, "geometry, options or plan is null");
  }
  *plan = nullptr;
  CONV4J_RETURN_IF_BAD(check_options(*options, 3));
  if (options->relu != 0 && options->direction != CONV4J_FORWARD) {
    return fail(CONV4J_INVALID_ARGUMENT, "relu is for the forward direction only");
  }
  PlanHolder holder;
  if (holder.get() == nullptr) return out_of_memory_for_plan();
  CONV4J_RETURN_IF_BAD(check(*geometry, &holder.get()->conv));
  holder.get()->operation = Plan::kConv2d;
  holder.get()->options = *options;
  return finish(&holder, conv2d_algorithms(options->direction), algorithm, isa, plan);
}

conv4j_status conv4j_conv2d_prepare(const conv4j_plan* plan, const float* weights, void* prepared) {
  if (plan == nullptr) return fail(CONV4J_INVALID_ARGUMENT, "plan is null");
  if (plan->operation != Plan::kConv2d || plan->algorithm->prepare == nullptr) {
    return fail(CONV4J_INVALID_ARGUMENT, "the plan takes no weights");
  }
  const int64_t elements = plan->conv.weights_elements();
  const Span from = {"weights", weights, elements * kFloat};
  const Span to = {"prepared", prepared, conv4j_plan_prepared_size(plan)};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from}, {to}));
  auto* header = static_cast<PreparedHeader*>(prepared);
  auto* packed = reinterpret_cast<float*>(static_cast<char*>(prepared) + sizeof(PreparedHeader));
  header->finite =
      !plan->multiplies_padding || plan->kernels->all_finite_f32(weights, elements) != 0;
  if (header->finite != 0) {
    plan->algorithm->prepare(*plan, weights, packed);
  } else {
    copy_weights(*plan, weights, packed);
  }
  return CONV4J_OK;
}

conv4j_status conv4j_conv2d_forward(const conv4j_plan* plan, const float* src, const void* prepared,
                                    const float* bias, float* dst, void* workspace,
                                    int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_call(plan, Plan::kConv2d, CONV4J_FORWARD, workspace, threads));
  const Conv2d& g = plan->conv;
  const Span from = {"src", src, g.src_elements() * kFloat};
  const Span weights = {"prepared", prepared, conv4j_plan_prepared_size(plan)};
  const Span shift = {"bias", bias, g.oc * kFloat};
  const Span to = {"dst", dst, g.dst_elements() * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(weights));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from, weights, shift}, {to}));
  Execution run;
  run.src = src;
  run.bias = bias;
  run.dst = dst;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(g.multiply_adds(), threads);
  run_prepared(*plan, prepared, &run);
  return CONV4J_OK;
}

conv4j_status conv4j_conv2d_backward_data(const conv4j_plan* plan, const float* diff_dst,
                                          const void* prepared, float* diff_src, void* workspace,
                                          int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_call(plan, Plan::kConv2d, CONV4J_BACKWARD_DATA, workspace, threads));
  const Conv2d& g = plan->conv;
  const Span from = {"diff_dst", diff_dst, g.dst_elements() * kFloat};
  const Span weights = {"prepared", prepared, conv4j_plan_prepared_size(plan)};
  const Span to = {"diff_src", diff_src, g.src_elements() * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(weights));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from, weights}, {to}));
  Execution run;
  run.diff_dst = diff_dst;
  run.diff_src = diff_src;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(g.multiply_adds(), threads);
  run_prepared(*plan, prepared, &run);
  return CONV4J_OK;
}

conv4j_status conv4j_conv2d_backward_weights(const conv4j_plan* plan, const float* src,
                                             const float* diff_dst, float* diff_weights,
                                             float* diff_bias, void* workspace, int64_t threads) {
  CONV4J_RETURN_IF_BAD(
      check_call(plan, Plan::kConv2d, CONV4J_BACKWARD_WEIGHTS, workspace, threads));
  const Conv2d& g = plan->conv;
  const Span from = {"src", src, g.src_elements() * kFloat};
  const Span diff = {"diff_dst", diff_dst, g.dst_elements() * kFloat};
  const Span to = {"diff_weights", diff_weights, g.weights_elements() * kFloat};
  const Span bias = {"diff_bias", diff_bias, g.oc * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(diff));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from, diff}, {to, bias}));
  Execution run;
  run.src = src;
  run.diff_dst = diff_dst;
  run.diff_weights = diff_weights;
  run.diff_bias = diff_bias;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(g.multiply_adds(), threads);
  const bool exact =
      !plan->multiplies_padding || all_finite(*plan, diff_dst, g.dst_elements(), run.threads);
  const Algorithm& algorithm = exact ? *plan->algorithm : rows_algorithm(CONV4J_BACKWARD_WEIGHTS);
  algorithm.execute(*plan, run);
  return CONV4J_OK;
}
