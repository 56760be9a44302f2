#include <cstring>
#include <memory>

#include "competitor.h"
#include "failure.h"

namespace conv4j_benchmarks {
namespace {

struct Call {
  Call() = default;
  ~Call() { conv4j_plan_destroy(plan); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  conv4j_plan* plan = nullptr;
  Memory prepared;
  Memory workspace;
  Memory offsets;  // of max pooling's gradient
  Memory result;
};

conv4j_status create(const Problem& p, int64_t direction, const Arguments& arguments,
                     const char* algorithm, conv4j_plan** plan) {
  const conv4j_options options = {direction, arguments.accuracy, 0, CONV4J_PADDING_ZEROS,
                                  CONV4J_CONTIGUOUS};
  switch (p.operation) {
    case Operation::kConv2d:
      return conv4j_conv2d_create(&p.conv, &options, algorithm, nullptr, plan);
    case Operation::kMaxPool2d:
      return conv4j_max_pool2d_create(&p.pool, &options, algorithm, nullptr, plan);
    case Operation::kAvgPool2d: {
      const conv4j_avg_pool2d average = {p.pool, 1, 0};
      return conv4j_avg_pool2d_create(&average, &options, algorithm, nullptr, plan);
    }
  }
  return CONV4J_INVALID_ARGUMENT;
}

// The offsets that a forward call leaves for the gradient.
Memory offsets_of(const Problem& p, const Tensors& t, const Arguments& arguments) {
  conv4j_plan* plan = nullptr;
  require(create(p, CONV4J_FORWARD, arguments, nullptr, &plan));
  Memory offsets(p.dst_elements() * conv4j_plan_offset_size(plan));
  const Memory dst(p.dst_elements() * kFloat);
  const Memory workspace(conv4j_plan_workspace_size(plan, 1));
  require(conv4j_max_pool2d_forward(plan, t.src.floats(), dst.floats(), offsets.get(),
                                    workspace.get(), 1));
  conv4j_plan_destroy(plan);
  return offsets;
}

conv4j_status execute(const Problem& p, const Tensors& t, const Call& c, int64_t threads) {
  const bool forward = p.direction == CONV4J_FORWARD;
  const float* src = t.src.floats();
  const float* diff_dst = t.diff_dst.floats();
  float* result = c.result.floats();
  void* workspace = c.workspace.get();
  switch (p.operation) {
    case Operation::kConv2d:
      if (forward) {
        return conv4j_conv2d_forward(c.plan, src, c.prepared.get(), nullptr, result, workspace,
                                     threads);
      }
      if (p.direction == CONV4J_BACKWARD_DATA) {
        return conv4j_conv2d_backward_data(c.plan, diff_dst, c.prepared.get(), result, workspace,
                                           threads);
      }
      return conv4j_conv2d_backward_weights(c.plan, src, diff_dst, result, nullptr, workspace,
                                            threads);
    case Operation::kMaxPool2d:
      return forward ? conv4j_max_pool2d_forward(c.plan, src, result, nullptr, workspace, threads)
                     : conv4j_max_pool2d_backward(c.plan, diff_dst, c.offsets.get(), result,
                                                  workspace, threads);
    case Operation::kAvgPool2d:
      return forward ? conv4j_avg_pool2d_forward(c.plan, src, result, workspace, threads)
                     : conv4j_avg_pool2d_backward(c.plan, diff_dst, result, workspace, threads);
  }
  return CONV4J_INVALID_ARGUMENT;
}

// No candidate where the algorithm does not take the geometry.
std::vector<Candidate> candidates(const Problem& p, const Tensors& t, const Arguments& arguments,
                                  const char* algorithm) {
  auto call = std::make_shared<Call>();
  const conv4j_status status = create(p, p.direction, arguments, algorithm, &call->plan);
  if (status == CONV4J_UNSUPPORTED && algorithm != nullptr) return {};
  require(status);
  const int64_t threads = arguments.threads;
  call->workspace = Memory(conv4j_plan_workspace_size(call->plan, threads));
  call->result = Memory(p.result_elements() * kFloat);
  call->prepared = Memory(conv4j_plan_prepared_size(call->plan));
  if (call->prepared.get() != nullptr) {
    require(conv4j_conv2d_prepare(call->plan, t.weights.floats(), call->prepared.get()));
  }
  if (p.operation == Operation::kMaxPool2d && p.direction == CONV4J_BACKWARD_DATA) {
    call->offsets = offsets_of(p, t, arguments);
  }
  const int64_t bytes = p.result_elements() * kFloat;
  return {{conv4j_plan_algorithm(call->plan),
           [&p, &t, call, threads] { require(execute(p, t, *call, threads)); },
           [call, bytes](float* result) {
             std::memcpy(result, call->result.get(), static_cast<size_t>(bytes));
           }}};
}

const char* algorithm_at(const Problem& p, int64_t index) {
  switch (p.operation) {
    case Operation::kConv2d:
      return conv4j_conv2d_algorithm(p.direction, index);
    case Operation::kMaxPool2d:
      return conv4j_max_pool2d_algorithm(p.direction, index);
    case Operation::kAvgPool2d:
      return conv4j_avg_pool2d_algorithm(p.direction, index);
  }
  return nullptr;
}

}  // namespace

std::vector<Competitor> conv4j_competitors(const Problem& problem, const Tensors& tensors,
                                           const Arguments& arguments) {
  const bool all = arguments.algorithm == "all";
  const char* named = all || arguments.algorithm.empty() ? nullptr : arguments.algorithm.c_str();
  std::vector<Competitor> competitors = {
      {"conv4j", candidates(problem, tensors, arguments, named)}};
  if (competitors[0].candidates.empty()) return {};
  const std::string chosen = competitors[0].candidates[0].detail;
  for (int64_t i = 0; all && algorithm_at(problem, i) != nullptr; ++i) {
    const char* name = algorithm_at(problem, i);
    if (name == chosen) continue;
    std::vector<Candidate> found = candidates(problem, tensors, arguments, name);
    if (!found.empty()) competitors.push_back({name, std::move(found), true});
  }
  return competitors;
}

}  // namespace conv4j_benchmarks
