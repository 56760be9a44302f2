// conv4j.h: the convolution. Checks every argument, then calls the algorithm; nothing else.
#include "algorithms/pad2d.h"
#include "algorithms/staging.h"
#include "api/checks.h"
#include "api/convolution.h"
#include "api/prepared.h"

using namespace conv4j;  // the functions below are C and stand outside it

namespace {

// Replaces padding that is copied from the image by a larger image without padding.
conv4j_status unpad(Plan* plan) {
  const Conv2d g = plan->conv;
  const int64_t mode = plan->options.padding_mode;
  CONV4J_RETURN_IF_BAD(check_padding(g, mode));
  if (mode == CONV4J_PADDING_ZEROS || !g.padded()) return CONV4J_OK;
  conv4j_conv2d larger = g;
  larger.ih += g.pt + g.pb;
  larger.iw += g.pl + g.pr;
  larger.pt = larger.pl = larger.pb = larger.pr = 0;
  CONV4J_RETURN_IF_BAD(check(larger, &plan->conv));
  const Pad2d extents = {g.n * g.ic, g.ih, g.iw, larger.ih, larger.iw, {}, {}};
  const int64_t shared = plan->conv.src_elements();
  if (lay_out_pad(plan, mode, extents, g.pt, g.pl, shared) == CONV4J_OK) return CONV4J_OK;
  return out_of_memory_for_plan();
}

// The image that the algorithm reads.
const float* padded(const Plan& plan, const float* src, const Execution& run, void* workspace,
                    int64_t threads) {
  if (!plan.pads) return src;
  float* image = shared_workspace(plan, workspace, threads);
  pad_planes(plan, src, image, run.threads);
  return image;
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
  const Conv2d g = holder.get()->conv;
  CONV4J_RETURN_IF_BAD(unpad(holder.get()));
  const Images src = {g.n, g.ic, g.src_plane};
  const Images dst = {g.n, g.oc, g.dst_plane};
  if (lay_out_staging(holder.get(), src, dst) != CONV4J_OK) return out_of_memory_for_plan();
  return finish(&holder, conv2d_algorithms(options->direction), algorithm, isa, plan);
}

conv4j_status conv4j_conv2d_prepare(const conv4j_plan* plan, const float* weights, void* prepared) {
  if (plan == nullptr) return fail(CONV4J_INVALID_ARGUMENT, "plan is null");
  if (plan->algorithm->prepare == nullptr) {
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
  const Span from = {"src", src, plan->src_images.elements() * kFloat};
  const Span weights = {"prepared", prepared, conv4j_plan_prepared_size(plan)};
  const Span shift = {"bias", bias, g.oc * kFloat};
  const Span to = {"dst", dst, g.dst_elements() * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(weights));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from, weights, shift}, {to}));
  Execution run;
  run.bias = bias;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(g.multiply_adds(), threads);
  const Staging staging(*plan, workspace, threads, run.threads);
  run.src = padded(*plan, staging.src(src), run, workspace, threads);
  run.dst = staging.dst_room(dst);
  run_prepared(*plan, prepared, &run);
  staging.finish_dst(dst);
  return CONV4J_OK;
}

conv4j_status conv4j_conv2d_backward_data(const conv4j_plan* plan, const float* diff_dst,
                                          const void* prepared, float* diff_src, void* workspace,
                                          int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_call(plan, Plan::kConv2d, CONV4J_BACKWARD_DATA, workspace, threads));
  const Conv2d& g = plan->conv;
  const Span from = {"diff_dst", diff_dst, g.dst_elements() * kFloat};
  const Span weights = {"prepared", prepared, conv4j_plan_prepared_size(plan)};
  const Span to = {"diff_src", diff_src, plan->src_images.elements() * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(weights));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from, weights}, {to}));
  Execution run;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(g.multiply_adds(), threads);
  const Staging staging(*plan, workspace, threads, run.threads);
  float* image = staging.src_room(diff_src);
  run.diff_dst = staging.dst(diff_dst);
  run.diff_src = plan->pads ? shared_workspace(*plan, workspace, threads) : image;
  run_prepared(*plan, prepared, &run);
  if (plan->pads) fold_planes(*plan, run.diff_src, image, run.threads);
  staging.finish_src(diff_src);
  return CONV4J_OK;
}

conv4j_status conv4j_conv2d_backward_weights(const conv4j_plan* plan, const float* src,
                                             const float* diff_dst, float* diff_weights,
                                             float* diff_bias, void* workspace, int64_t threads) {
  CONV4J_RETURN_IF_BAD(
      check_call(plan, Plan::kConv2d, CONV4J_BACKWARD_WEIGHTS, workspace, threads));
  const Conv2d& g = plan->conv;
  const Span from = {"src", src, plan->src_images.elements() * kFloat};
  const Span diff = {"diff_dst", diff_dst, g.dst_elements() * kFloat};
  const Span to = {"diff_weights", diff_weights, g.weights_elements() * kFloat};
  const Span bias = {"diff_bias", diff_bias, g.oc * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(diff));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from, diff}, {to, bias}));
  Execution run;
  run.diff_weights = diff_weights;
  run.diff_bias = diff_bias;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(g.multiply_adds(), threads);
  const Staging staging(*plan, workspace, threads, run.threads);
  run.src = padded(*plan, staging.src(src), run, workspace, threads);
  run.diff_dst = staging.dst(diff_dst);
  run_backward_weights(*plan, run);
  return CONV4J_OK;
}
