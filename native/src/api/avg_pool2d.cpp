// conv4j.h: average pooling, at a fixed stride and adaptive. Checks every argument, then calls the
// algorithm; nothing else.
#include "algorithms/algorithms.h"
#include "algorithms/staging.h"
#include "api/checks.h"

using namespace conv4j;  // the functions below are C and stand outside it

namespace {

template <typename Geometry>
conv4j_status create(const Geometry* geometry, const conv4j_options* options, const char* algorithm,
                     const char* isa, conv4j_plan** plan) {
  if (geometry == nullptr || options == nullptr || plan == nullptr) {
    return fail(CONV4J_INVALID_ARGUMENT, "geometry, options or plan is null");
  }
  *plan = nullptr;
  CONV4J_RETURN_IF_BAD(check_options(*options, 2));
  if (options->relu != 0) {
    return fail(CONV4J_INVALID_ARGUMENT, "relu is for the forward convolution only");
  }
  PlanHolder holder;
  if (holder.get() == nullptr) return out_of_memory_for_plan();
  CONV4J_RETURN_IF_BAD(check(*geometry, &holder.get()->windows));
  holder.get()->operation = Plan::kAvgPool2d;
  holder.get()->options = *options;
  const Windows2d& g = holder.get()->windows;
  const Images src = {g.n, g.c, g.src_plane()};
  const Images dst = {g.n, g.c, g.dst_plane()};
  if (lay_out_staging(holder.get(), src, dst) != CONV4J_OK) return out_of_memory_for_plan();
  return finish(&holder, avg_pool2d_algorithms(options->direction), algorithm, isa, plan);
}

// What both directions check, and the threads that the work is worth.
conv4j_status begin(const conv4j_plan* plan, const Span& from, const Span& to, void* workspace,
                    int64_t threads, Execution* run) {
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from}, {to}));
  const Windows2d& g = plan->windows;
  run->workspace = static_cast<char*>(workspace);
  run->threads = useful_threads(static_cast<double>(g.src_elements() + g.dst_elements()), threads);
  return CONV4J_OK;
}

}  // namespace

const char* conv4j_avg_pool2d_algorithm(int64_t direction, int64_t index) {
  const AlgorithmList list = avg_pool2d_algorithms(direction);
  return index >= 0 && index < list.count ? list.entries[index]->name : nullptr;
}

conv4j_status conv4j_avg_pool2d_create(const conv4j_avg_pool2d* geometry,
                                       const conv4j_options* options, const char* algorithm,
                                       const char* isa, conv4j_plan** plan) {
  return create(geometry, options, algorithm, isa, plan);
}

conv4j_status conv4j_adaptive_avg_pool2d_create(const conv4j_adaptive_pool2d* geometry,
                                                const conv4j_options* options,
                                                const char* algorithm, const char* isa,
                                                conv4j_plan** plan) {
  return create(geometry, options, algorithm, isa, plan);
}

conv4j_status conv4j_avg_pool2d_forward(const conv4j_plan* plan, const float* src, float* dst,
                                        void* workspace, int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_call(plan, Plan::kAvgPool2d, CONV4J_FORWARD, workspace, threads));
  const Span from = {"src", src, plan->windows.src_elements() * kFloat};
  const Span to = {"dst", dst, plan->windows.dst_elements() * kFloat};
  Execution run;
  CONV4J_RETURN_IF_BAD(begin(plan, from, to, workspace, threads, &run));
  const Staging staging(*plan, workspace, threads, run.threads);
  run.src = staging.src(src);
  run.dst = staging.dst_room(dst);
  plan->algorithm->execute(*plan, run);
  staging.finish_dst(dst);
  return CONV4J_OK;
}

conv4j_status conv4j_avg_pool2d_backward(const conv4j_plan* plan, const float* diff_dst,
                                         float* diff_src, void* workspace, int64_t threads) {
  CONV4J_RETURN_IF_BAD(
      check_call(plan, Plan::kAvgPool2d, CONV4J_BACKWARD_DATA, workspace, threads));
  const Span from = {"diff_dst", diff_dst, plan->windows.dst_elements() * kFloat};
  const Span to = {"diff_src", diff_src, plan->windows.src_elements() * kFloat};
  Execution run;
  CONV4J_RETURN_IF_BAD(begin(plan, from, to, workspace, threads, &run));
  const Staging staging(*plan, workspace, threads, run.threads);
  run.diff_dst = staging.dst(diff_dst);
  run.diff_src = staging.src_room(diff_src);
  plan->algorithm->execute(*plan, run);
  staging.finish_src(diff_src);
  return CONV4J_OK;
}
