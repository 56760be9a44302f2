// conv4j.h: max pooling and min pooling. Checks every argument, then calls the algorithm; nothing
// else.
#include "algorithms/algorithms.h"
#include "algorithms/staging.h"
#include "api/checks.h"

using namespace conv4j;  // the functions below are C and stand outside it

namespace {

conv4j_status create(const conv4j_pool2d* geometry, const conv4j_options* options,
                     int64_t directions, bool takes_least, const char* algorithm, const char* isa,
                     conv4j_plan** plan) {
  if (geometry == nullptr || options == nullptr || plan == nullptr) {
    return fail(CONV4J_INVALID_ARGUMENT, "geometry, options or plan is null");
  }
  *plan = nullptr;
  CONV4J_RETURN_IF_BAD(check_options(*options, directions));
  CONV4J_RETURN_IF_BAD(check_no_padding_mode(*options));
  if (options->relu != 0) {
    return fail(CONV4J_INVALID_ARGUMENT, "relu is for the forward convolution only");
  }
  PlanHolder holder;
  if (holder.get() == nullptr) return out_of_memory_for_plan();
  CONV4J_RETURN_IF_BAD(check(*geometry, &holder.get()->pool));
  holder.get()->operation = Plan::kMaxPool2d;
  holder.get()->takes_least = takes_least;
  holder.get()->options = *options;
  const Pool2d& g = holder.get()->pool;
  const Images src = {g.n, g.c, g.ih * g.iw};
  const Images dst = {g.n, g.c, g.oh * g.ow};
  if (lay_out_staging(holder.get(), src, dst) != CONV4J_OK) return out_of_memory_for_plan();
  return finish(&holder, max_pool2d_algorithms(options->direction), algorithm, isa, plan);
}

}  // namespace

const char* conv4j_max_pool2d_algorithm(int64_t direction, int64_t index) {
  const AlgorithmList list = max_pool2d_algorithms(direction);
  return index >= 0 && index < list.count ? list.entries[index]->name : nullptr;
}

conv4j_status conv4j_max_pool2d_create(const conv4j_pool2d* geometry, const conv4j_options* options,
                                       const char* algorithm, const char* isa, conv4j_plan** plan) {
  return create(geometry, options, 2, false, algorithm, isa, plan);
}

conv4j_status conv4j_min_pool2d_create(const conv4j_pool2d* geometry, const conv4j_options* options,
                                       const char* algorithm, const char* isa, conv4j_plan** plan) {
  return create(geometry, options, 1, true, algorithm, isa, plan);
}

conv4j_status conv4j_max_pool2d_forward(const conv4j_plan* plan, const float* src, float* dst,
                                        void* offsets, void* workspace, int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_call(plan, Plan::kMaxPool2d, CONV4J_FORWARD, workspace, threads));
  const Pool2d& g = plan->pool;
  const Span from = {"src", src, g.src_elements() * kFloat};
  const Span to = {"dst", dst, g.dst_elements() * kFloat};
  const Span taps = {"offsets", offsets, g.dst_elements() * plan->tap_size};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from}, {to, taps}));
  Execution run;
  run.offsets = offsets;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(static_cast<double>(g.src_elements() + g.dst_elements()), threads);
  const Staging staging(*plan, workspace, threads, run.threads);
  run.src = staging.src(src);
  run.dst = staging.dst_room(dst);
  plan->algorithm->execute(*plan, run);
  staging.finish_dst(dst);
  return CONV4J_OK;
}

conv4j_status conv4j_max_pool2d_backward(const conv4j_plan* plan, const float* diff_dst,
                                         const void* offsets, float* diff_src, void* workspace,
                                         int64_t threads) {
  CONV4J_RETURN_IF_BAD(
      check_call(plan, Plan::kMaxPool2d, CONV4J_BACKWARD_DATA, workspace, threads));
  const Pool2d& g = plan->pool;
  const Span from = {"diff_dst", diff_dst, g.dst_elements() * kFloat};
  const Span taps = {"offsets", offsets, g.dst_elements() * plan->tap_size};
  const Span to = {"diff_src", diff_src, g.src_elements() * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(taps));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from, taps}, {to}));
  Execution run;
  run.offsets = const_cast<void*>(offsets);  // read only in this direction
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(static_cast<double>(g.src_elements() + g.dst_elements()), threads);
  const Staging staging(*plan, workspace, threads, run.threads);
  run.diff_dst = staging.dst(diff_dst);
  run.diff_src = staging.src_room(diff_src);
  plan->algorithm->execute(*plan, run);
  staging.finish_src(diff_src);
  return CONV4J_OK;
}

conv4j_status conv4j_max_pool2d_indices(const conv4j_plan* plan, const void* offsets,
                                        int64_t* indices) {
  if (plan == nullptr || plan->operation != Plan::kMaxPool2d) {
    return fail(CONV4J_INVALID_ARGUMENT, "the plan is null or of another operation");
  }
  const Pool2d& g = plan->pool;
  const Span from = {"offsets", offsets, g.dst_elements() * plan->tap_size};
  const Span to = {"indices", indices, g.dst_elements() * static_cast<int64_t>(sizeof(int64_t))};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from}, {to}));
  const char* at = static_cast<const char*>(offsets);
  for (int64_t i = 0; i < g.dst_elements(); ++i, at += plan->tap_size) {
    int32_t tap = 0;
    plan->kernels->widen_taps(at, 1, plan->tap_size, &tap);
    const int64_t oh = i / g.ow % g.oh;
    const int64_t ow = i % g.ow;
    const int64_t ih = oh * g.sh - g.pt + tap / g.kw * g.dh;
    const int64_t iw = ow * g.sw - g.pl + tap % g.kw * g.dw;
    indices[position(*plan, plan->dst_images, i)] = tap < 0 ? -1 : ih * g.iw + iw;
  }
  return CONV4J_OK;
}
