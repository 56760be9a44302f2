// conv4j.h: adaptive max pooling. Checks every argument, then calls the algorithm; nothing else.
#include <cinttypes>

#include "algorithms/algorithms.h"
#include "algorithms/staging.h"
#include "api/checks.h"

using namespace conv4j;  // the functions below are C and stand outside it

const char* conv4j_adaptive_max_pool2d_algorithm(int64_t index) {
  const AlgorithmList list = adaptive_max_pool2d_algorithms();
  return index >= 0 && index < list.count ? list.entries[index]->name : nullptr;
}

conv4j_status conv4j_adaptive_max_pool2d_create(const conv4j_adaptive_pool2d* geometry,
                                                const conv4j_options* options,
                                                const char* algorithm, const char* isa,
                                                conv4j_plan** plan) {
  if (geometry == nullptr || options == nullptr || plan == nullptr) {
    return fail(CONV4J_INVALID_ARGUMENT, "geometry, options or plan is null");
  }
  *plan = nullptr;
  CONV4J_RETURN_IF_BAD(check_options(*options, 1));
  if (options->relu != 0) {
    return fail(CONV4J_INVALID_ARGUMENT, "relu is for the forward convolution only");
  }
  PlanHolder holder;
  if (holder.get() == nullptr) return out_of_memory_for_plan();
  CONV4J_RETURN_IF_BAD(check(*geometry, &holder.get()->windows));
  if (holder.get()->windows.src_plane() > INT32_MAX) {
    return fail(CONV4J_UNSUPPORTED,
                "an image of ih %" PRId64 " by iw %" PRId64
                " has more than 2^31-1 pixels, the most of adaptive max pooling",
                geometry->ih, geometry->iw);
  }
  holder.get()->operation = Plan::kAdaptiveMaxPool2d;
  holder.get()->options = *options;
  const Windows2d& g = holder.get()->windows;
  const Images src = {g.n, g.c, g.src_plane()};
  const Images dst = {g.n, g.c, g.dst_plane()};
  if (lay_out_staging(holder.get(), src, dst) != CONV4J_OK) return out_of_memory_for_plan();
  return finish(&holder, adaptive_max_pool2d_algorithms(), algorithm, isa, plan);
}

conv4j_status conv4j_adaptive_max_pool2d_forward(const conv4j_plan* plan, const float* src,
                                                 float* dst, int64_t* indices, void* workspace,
                                                 int64_t threads) {
  CONV4J_RETURN_IF_BAD(
      check_call(plan, Plan::kAdaptiveMaxPool2d, CONV4J_FORWARD, workspace, threads));
  const Windows2d& g = plan->windows;
  const Span from = {"src", src, g.src_elements() * kFloat};
  const Span to = {"dst", dst, g.dst_elements() * kFloat};
  const Span places = {"indices", indices,
                       g.dst_elements() * static_cast<int64_t>(sizeof(int64_t))};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from}, {to, places}));
  Execution run;
  run.indices = indices;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(static_cast<double>(g.src_elements() + g.dst_elements()), threads);
  const Staging staging(*plan, workspace, threads, run.threads);
  run.src = staging.src(src);
  run.dst = staging.dst_room(dst);
  plan->algorithm->execute(*plan, run);
  staging.finish_dst(dst);
  return CONV4J_OK;
}
