// conv4j.h: the transposed convolution, made of the convolution whose gradient it is: forward is
// its backward data, and the other way round. Its options hold that convolution's direction.
#include "algorithms/pad2d.h"
#include "algorithms/staging.h"
#include "api/checks.h"
#include "api/convolution.h"

using namespace conv4j;  // the functions below are C and stand outside it

namespace {

int64_t exchanged(int64_t direction) {
  switch (direction) {
    case CONV4J_FORWARD:
      return CONV4J_BACKWARD_DATA;
    case CONV4J_BACKWARD_DATA:
      return CONV4J_FORWARD;
    default:
      return direction;
  }
}

conv4j_status lay_out_crop(Plan* plan) {
  const ConvTranspose2d& t = plan->transpose;
  if (!t.crops) return CONV4J_OK;
  const Pad2d extents = {t.n * t.oc, t.conv.ih, t.conv.iw, t.oh, t.ow, {}, {}};
  const int64_t shared = t.conv.src_elements();
  if (lay_out_pad(plan, CONV4J_PADDING_ZEROS, extents, -t.pt, -t.pl, shared) == CONV4J_OK) {
    return CONV4J_OK;
  }
  return out_of_memory_for_plan();
}

// diff_dst where the convolution has its image.
const float* uncropped(const Plan& plan, const float* diff_dst, const Execution& run,
                       void* workspace, int64_t threads) {
  if (!plan.pads) return diff_dst;
  float* image = shared_workspace(plan, workspace, threads);
  fold_planes(plan, diff_dst, image, run.threads);
  return image;
}

void add_bias(const Plan& plan, const float* bias, float* dst, int64_t threads) {
  const ConvTranspose2d& t = plan.transpose;
  const int relu = t.relu ? 1 : 0;
  if (bias == nullptr && relu == 0) return;
  const int64_t plane = t.oh * t.ow;
  parallel_for(t.n * t.oc, threads, [&](int64_t index, int64_t) {
    const float shift = bias != nullptr ? bias[index % t.oc] : 0.0F;
    plan.kernels->bias_relu_f32(dst + index * plane, plane, shift, relu);
  });
}

}  // namespace

conv4j_status conv4j_conv_transpose2d_create(const conv4j_conv_transpose2d* geometry,
                                             const conv4j_options* options, const char* algorithm,
                                             const char* isa, conv4j_plan** plan) {
  if (geometry == nullptr || options == nullptr || plan == nullptr) {
    return fail(CONV4J_INVALID_ARGUMENT, "geometry, options or plan is null");
  }
  *plan = nullptr;
  CONV4J_RETURN_IF_BAD(check_options(*options, 3));
  CONV4J_RETURN_IF_BAD(check_no_padding_mode(*options));
  if (options->relu != 0 && options->direction != CONV4J_FORWARD) {
    return fail(CONV4J_INVALID_ARGUMENT, "relu is for the forward direction only");
  }
  PlanHolder holder;
  Plan* made = holder.get();
  if (made == nullptr) return out_of_memory_for_plan();
  CONV4J_RETURN_IF_BAD(check(*geometry, &made->transpose));
  made->operation = Plan::kConvTranspose2d;
  made->conv = made->transpose.conv;
  made->options = *options;
  made->options.direction = exchanged(options->direction);
  made->options.relu = 0;
  made->transpose.relu = options->relu != 0;
  CONV4J_RETURN_IF_BAD(lay_out_crop(made));
  const ConvTranspose2d& t = made->transpose;
  const Images src = {t.n, t.ic, t.ih * t.iw};
  const Images dst = {t.n, t.oc, t.oh * t.ow};
  if (lay_out_staging(made, src, dst) != CONV4J_OK) return out_of_memory_for_plan();
  return finish(&holder, conv2d_algorithms(made->options.direction), algorithm, isa, plan);
}

conv4j_status conv4j_conv_transpose2d_forward(const conv4j_plan* plan, const float* src,
                                              const void* prepared, const float* bias, float* dst,
                                              void* workspace, int64_t threads) {
  CONV4J_RETURN_IF_BAD(
      check_call(plan, Plan::kConvTranspose2d, exchanged(CONV4J_FORWARD), workspace, threads));
  const ConvTranspose2d& t = plan->transpose;
  const Span from = {"src", src, t.src_elements() * kFloat};
  const Span weights = {"prepared", prepared, conv4j_plan_prepared_size(plan)};
  const Span shift = {"bias", bias, t.oc * kFloat};
  const Span to = {"dst", dst, t.dst_elements() * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(weights));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from, weights, shift}, {to}));
  Execution run;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(t.conv.multiply_adds(), threads);
  const Staging staging(*plan, workspace, threads, run.threads);
  float* image = staging.dst_room(dst);
  run.diff_dst = staging.src(src);
  run.diff_src = plan->pads ? shared_workspace(*plan, workspace, threads) : image;
  run_prepared(*plan, prepared, &run);
  if (plan->pads) pad_planes(*plan, run.diff_src, image, run.threads);
  add_bias(*plan, bias, image, run.threads);
  staging.finish_dst(dst);
  return CONV4J_OK;
}

conv4j_status conv4j_conv_transpose2d_backward_data(const conv4j_plan* plan, const float* diff_dst,
                                                    const void* prepared, float* diff_src,
                                                    void* workspace, int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_call(plan, Plan::kConvTranspose2d, exchanged(CONV4J_BACKWARD_DATA),
                                  workspace, threads));
  const ConvTranspose2d& t = plan->transpose;
  const Span from = {"diff_dst", diff_dst, t.dst_elements() * kFloat};
  const Span weights = {"prepared", prepared, conv4j_plan_prepared_size(plan)};
  const Span to = {"diff_src", diff_src, t.src_elements() * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(weights));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from, weights}, {to}));
  Execution run;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(t.conv.multiply_adds(), threads);
  const Staging staging(*plan, workspace, threads, run.threads);
  run.dst = staging.src_room(diff_src);
  run.src = uncropped(*plan, staging.dst(diff_dst), run, workspace, threads);
  run_prepared(*plan, prepared, &run);
  staging.finish_src(diff_src);
  return CONV4J_OK;
}

conv4j_status conv4j_conv_transpose2d_backward_weights(const conv4j_plan* plan, const float* src,
                                                       const float* diff_dst, float* diff_weights,
                                                       float* diff_bias, void* workspace,
                                                       int64_t threads) {
  CONV4J_RETURN_IF_BAD(
      check_call(plan, Plan::kConvTranspose2d, CONV4J_BACKWARD_WEIGHTS, workspace, threads));
  const ConvTranspose2d& t = plan->transpose;
  const Span from = {"src", src, t.src_elements() * kFloat};
  const Span diff = {"diff_dst", diff_dst, t.dst_elements() * kFloat};
  const Span to = {"diff_weights", diff_weights, t.conv.weights_elements() * kFloat};
  const Span bias = {"diff_bias", diff_bias, t.oc * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(diff));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from, diff}, {to, bias}));
  Execution run;
  run.diff_weights = diff_weights;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(t.conv.multiply_adds(), threads);
  const Staging staging(*plan, workspace, threads, run.threads);
  const float* diff_planes = staging.dst(diff_dst);
  run.diff_dst = staging.src(src);
  run.src = uncropped(*plan, diff_planes, run, workspace, threads);
  run_backward_weights(*plan, run);
  if (diff_bias != nullptr) {
    sum_channels(*plan, diff_planes, t.n, t.oc, t.oh * t.ow, run.threads, diff_bias);
  }
  return CONV4J_OK;
}
