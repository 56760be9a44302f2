// conv4j.h: the layers around convolution and pooling. Checks every argument, then calls; nothing
// else.
#include <cinttypes>

#include "algorithms/staging.h"
#include "api/run.h"
#include "gemm/openblas.h"

using namespace conv4j;  // the functions below are C and stand outside it

namespace {

// a * b * c in *elements, and as bytes below 2^63; each at least its least value.
conv4j_status multiply(const char* what, int64_t a, int64_t b, int64_t c, int64_t* elements) {
  int64_t bytes = 0;
  if (a < 0 || b < 1 || c < 0) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "%s are %" PRId64 ", %" PRId64 ", %" PRId64 "; they must be at least 0, 1, 0", what,
                a, b, c);
  }
  if (__builtin_mul_overflow(a, b, elements) || __builtin_mul_overflow(*elements, c, elements) ||
      __builtin_mul_overflow(*elements, 2 * kFloat, &bytes)) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "%s %" PRId64 ", %" PRId64 ", %" PRId64 " are more than 2^63 bytes", what, a, b, c);
  }
  return CONV4J_OK;
}

conv4j_status require_function(int64_t function) {
  if (function >= CONV4J_RELU && function <= CONV4J_SIGMOID) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT, "function is %" PRId64 "; it must be 0 to 2", function);
}

conv4j_status require_eps(double eps) {
  if (eps >= 0) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT, "eps is %g; it must be at least 0", eps);
}

// Null pointers are refused but for the last `optional` of the sources, then overlaps.
template <int kSources, int kDestinations>
conv4j_status check_tensors(const Span (&sources)[kSources],
                            const Span (&destinations)[kDestinations], int optional_sources = 0,
                            int optional_destinations = 0) {
  for (int i = 0; i < kSources - optional_sources; ++i) CONV4J_RETURN_IF_BAD(require(sources[i]));
  for (int i = 0; i < kDestinations - optional_destinations; ++i) {
    CONV4J_RETURN_IF_BAD(require(destinations[i]));
  }
  return check_spans(sources, destinations);
}

// One source and one destination, which may be the same.
conv4j_status check_in_place(const Span& from, const Span& to) {
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(to));
  return from.data == to.data ? CONV4J_OK : check_spans({from}, {to});
}

conv4j_status begin_linear(int64_t isa, int64_t algorithm, int64_t n, int64_t in, int64_t out,
                           int64_t threads, Run* run, Linear* linear) {
  int64_t src = 0, dst = 0, weights = 0;
  CONV4J_RETURN_IF_BAD(multiply("n, in and 1", n, in, 1, &src));
  CONV4J_RETURN_IF_BAD(multiply("n, out and 1", n, out, 1, &dst));
  CONV4J_RETURN_IF_BAD(multiply("out, in and 1", out, in, 1, &weights));
  CONV4J_RETURN_IF_BAD(
      begin(isa, threads, static_cast<double>(n) * static_cast<double>(weights), run));
  *linear = {n, in, out, algorithm == CONV4J_LINEAR_OPENBLAS};
  if (algorithm == CONV4J_LINEAR_AUTO) linear->openblas = linear_prefers_openblas(n, in, out);
  if (algorithm < CONV4J_LINEAR_AUTO || algorithm > CONV4J_LINEAR_OPENBLAS) {
    return fail(CONV4J_INVALID_ARGUMENT, "algorithm is %" PRId64 "; it must be 0 to 2", algorithm);
  }
  if (!linear->openblas) return CONV4J_OK;
  if (!openblas::available()) return fail(CONV4J_UNSUPPORTED, "no OpenBLAS is open");
  if (n > INT32_MAX || in > INT32_MAX || out > INT32_MAX) {
    return fail(CONV4J_UNSUPPORTED, "OpenBLAS takes extents below 2^31 only");
  }
  return CONV4J_OK;
}

}  // namespace

conv4j_status conv4j_convert_format(int64_t isa, int64_t format, int64_t n, int64_t c,
                                    int64_t pixels, const float* from, float* to, int64_t threads) {
  if (format != CONV4J_CONTIGUOUS && format != CONV4J_CHANNELS_LAST) {
    return fail(CONV4J_INVALID_ARGUMENT, "format is %" PRId64 "; it must be 0 or 1", format);
  }
  int64_t elements = 0;
  CONV4J_RETURN_IF_BAD(multiply("n, c and pixels", n, c, pixels, &elements));
  Run run = {};
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(elements), &run));
  CONV4J_RETURN_IF_BAD(
      check_tensors({{"from", from, elements * kFloat}}, {{"to", to, elements * kFloat}}));
  const auto convert =
      format == CONV4J_CONTIGUOUS ? planes_from_channels_last : channels_last_from_planes;
  convert(*run.kernels, {n, c, pixels}, from, to, run.threads);
  return CONV4J_OK;
}

conv4j_status conv4j_unary_forward(int64_t isa, int64_t function, const float* src, float* dst,
                                   int64_t count, int64_t threads) {
  CONV4J_RETURN_IF_BAD(require_function(function));
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  CONV4J_RETURN_IF_BAD(check_in_place({"src", src, count * kFloat}, {"dst", dst, count * kFloat}));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(count) * 4, &run));
  unary_forward(run, static_cast<UnaryFunction>(function), src, dst, count);
  return CONV4J_OK;
}

conv4j_status conv4j_unary_backward(int64_t isa, int64_t function, const float* dst,
                                    const float* diff_dst, float* diff_src, int64_t count,
                                    int64_t threads) {
  CONV4J_RETURN_IF_BAD(require_function(function));
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  const Span to = {"diff_src", diff_src, count * kFloat};
  CONV4J_RETURN_IF_BAD(check_tensors({{"dst", dst, count * kFloat}}, {to}));
  CONV4J_RETURN_IF_BAD(check_in_place({"diff_dst", diff_dst, count * kFloat}, to));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(count), &run));
  unary_backward(run, static_cast<UnaryFunction>(function), dst, diff_dst, diff_src, count);
  return CONV4J_OK;
}

conv4j_status conv4j_dropout(int64_t isa, int64_t seed, double p, const float* src, float* dst,
                             int64_t count, int64_t threads) {
  if (!(p >= 0 && p <= 1)) {
    return fail(CONV4J_INVALID_ARGUMENT, "p is %g; it must be 0 to 1", p);
  }
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  CONV4J_RETURN_IF_BAD(check_in_place({"src", src, count * kFloat}, {"dst", dst, count * kFloat}));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(count) * 2, &run));
  dropout(run, seed, p, src, dst, count);
  return CONV4J_OK;
}

int64_t conv4j_linear_algorithm(int64_t n, int64_t in, int64_t out) {
  return linear_prefers_openblas(n, in, out) ? CONV4J_LINEAR_OPENBLAS : CONV4J_LINEAR_SIMD;
}

conv4j_status conv4j_linear_forward(int64_t isa, int64_t algorithm, int64_t n, int64_t in,
                                    int64_t out, const float* src, const float* weights,
                                    const float* bias, float* dst, int64_t threads) {
  Run run;
  Linear l;
  CONV4J_RETURN_IF_BAD(begin_linear(isa, algorithm, n, in, out, threads, &run, &l));
  CONV4J_RETURN_IF_BAD(check_tensors({{"src", src, n * in * kFloat},
                                      {"weights", weights, out * in * kFloat},
                                      {"bias", bias, out * kFloat}},
                                     {{"dst", dst, n * out * kFloat}}, 1));
  linear_forward(run, l, src, weights, bias, dst);
  return CONV4J_OK;
}

conv4j_status conv4j_linear_backward_data(int64_t isa, int64_t algorithm, int64_t n, int64_t in,
                                          int64_t out, const float* diff_dst, const float* weights,
                                          float* diff_src, int64_t threads) {
  Run run;
  Linear l;
  CONV4J_RETURN_IF_BAD(begin_linear(isa, algorithm, n, in, out, threads, &run, &l));
  CONV4J_RETURN_IF_BAD(check_tensors(
      {{"diff_dst", diff_dst, n * out * kFloat}, {"weights", weights, out * in * kFloat}},
      {{"diff_src", diff_src, n * in * kFloat}}));
  linear_backward_data(run, l, diff_dst, weights, diff_src);
  return CONV4J_OK;
}

conv4j_status conv4j_linear_backward_weights(int64_t isa, int64_t algorithm, int64_t n, int64_t in,
                                             int64_t out, const float* src, const float* diff_dst,
                                             float* diff_weights, float* diff_bias,
                                             int64_t threads) {
  Run run;
  Linear l;
  CONV4J_RETURN_IF_BAD(begin_linear(isa, algorithm, n, in, out, threads, &run, &l));
  CONV4J_RETURN_IF_BAD(check_tensors(
      {{"src", src, n * in * kFloat}, {"diff_dst", diff_dst, n * out * kFloat}},
      {{"diff_weights", diff_weights, out * in * kFloat}, {"diff_bias", diff_bias, out * kFloat}},
      0, 1));
  linear_backward_weights(run, l, src, diff_dst, diff_weights, diff_bias);
  return CONV4J_OK;
}

conv4j_status conv4j_softmax_forward(int64_t isa, int64_t log, int64_t n, int64_t c, int64_t s,
                                     const float* src, float* dst, int64_t threads) {
  int64_t elements = 0;
  CONV4J_RETURN_IF_BAD(require_flag("log", log));
  CONV4J_RETURN_IF_BAD(multiply("n, c and s", n, c, s, &elements));
  CONV4J_RETURN_IF_BAD(
      check_tensors({{"src", src, elements * kFloat}}, {{"dst", dst, elements * kFloat}}));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(elements) * 4, &run));
  softmax_forward(run, log != 0, {n, c, s}, src, dst);
  return CONV4J_OK;
}

conv4j_status conv4j_softmax_backward(int64_t isa, int64_t log, int64_t n, int64_t c, int64_t s,
                                      const float* dst, const float* diff_dst, float* diff_src,
                                      int64_t threads) {
  int64_t elements = 0;
  CONV4J_RETURN_IF_BAD(require_flag("log", log));
  CONV4J_RETURN_IF_BAD(multiply("n, c and s", n, c, s, &elements));
  CONV4J_RETURN_IF_BAD(
      check_tensors({{"dst", dst, elements * kFloat}, {"diff_dst", diff_dst, elements * kFloat}},
                    {{"diff_src", diff_src, elements * kFloat}}));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(elements) * 4, &run));
  softmax_backward(run, log != 0, {n, c, s}, dst, diff_dst, diff_src);
  return CONV4J_OK;
}

conv4j_status conv4j_batch_norm_statistics(int64_t isa, int64_t n, int64_t c, int64_t s,
                                           const float* src, float* mean, float* remainder,
                                           float* variance, int64_t threads) {
  int64_t elements = 0;
  CONV4J_RETURN_IF_BAD(multiply("n, c and s", n, c, s, &elements));
  if (elements == 0) {
    return fail(CONV4J_INVALID_ARGUMENT, "src is empty; statistics need a value in every channel");
  }
  CONV4J_RETURN_IF_BAD(
      check_tensors({{"src", src, elements * kFloat}}, {{"mean", mean, c * kFloat},
                                                        {"remainder", remainder, c * kFloat},
                                                        {"variance", variance, c * kFloat}}));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(elements), &run));
  batch_norm_statistics(run, {n, c, s}, src, mean, remainder, variance);
  return CONV4J_OK;
}

conv4j_status conv4j_batch_norm_running(int64_t c, int64_t count, double momentum,
                                        const float* mean, const float* remainder,
                                        const float* variance, float* running_mean,
                                        float* running_variance) {
  CONV4J_RETURN_IF_BAD(check_counts(c, 1));
  if (count < 2) {
    return fail(CONV4J_INVALID_ARGUMENT, "count is %" PRId64 "; it must be at least 2", count);
  }
  if (!(momentum >= 0 && momentum <= 1)) {
    return fail(CONV4J_INVALID_ARGUMENT, "momentum is %g; it must be 0 to 1", momentum);
  }
  CONV4J_RETURN_IF_BAD(check_tensors({{"mean", mean, c * kFloat},
                                      {"remainder", remainder, c * kFloat},
                                      {"variance", variance, c * kFloat}},
                                     {{"running_mean", running_mean, c * kFloat},
                                      {"running_variance", running_variance, c * kFloat}}));
  const double unbiased = static_cast<double>(count) / static_cast<double>(count - 1);
  for (int64_t i = 0; i < c; ++i) {
    const double exact = static_cast<double>(mean[i]) + static_cast<double>(remainder[i]);
    running_mean[i] = static_cast<float>((1 - momentum) * static_cast<double>(running_mean[i]) +
                                         momentum * exact);
    running_variance[i] =
        static_cast<float>((1 - momentum) * static_cast<double>(running_variance[i]) +
                           momentum * static_cast<double>(variance[i]) * unbiased);
  }
  return CONV4J_OK;
}

conv4j_status conv4j_batch_norm_forward(int64_t isa, int64_t n, int64_t c, int64_t s, double eps,
                                        const float* src, const float* mean, const float* remainder,
                                        const float* variance, const float* gamma,
                                        const float* beta, float* dst, int64_t threads) {
  int64_t elements = 0;
  CONV4J_RETURN_IF_BAD(require_eps(eps));
  CONV4J_RETURN_IF_BAD(multiply("n, c and s", n, c, s, &elements));
  CONV4J_RETURN_IF_BAD(check_tensors({{"src", src, elements * kFloat},
                                      {"mean", mean, c * kFloat},
                                      {"variance", variance, c * kFloat},
                                      {"remainder", remainder, c * kFloat},
                                      {"gamma", gamma, c * kFloat},
                                      {"beta", beta, c * kFloat}},
                                     {{"dst", dst, elements * kFloat}}, 3));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(elements), &run));
  batch_norm_forward(run, {n, c, s}, {mean, remainder, variance, eps}, src, gamma, beta, dst);
  return CONV4J_OK;
}

conv4j_status conv4j_batch_norm_backward(int64_t isa, int64_t training, int64_t n, int64_t c,
                                         int64_t s, double eps, const float* src, const float* mean,
                                         const float* remainder, const float* variance,
                                         const float* gamma, const float* diff_dst, float* diff_src,
                                         float* diff_gamma, float* diff_beta, int64_t threads) {
  int64_t elements = 0;
  CONV4J_RETURN_IF_BAD(require_eps(eps));
  CONV4J_RETURN_IF_BAD(require_flag("training", training));
  CONV4J_RETURN_IF_BAD(multiply("n, c and s", n, c, s, &elements));
  CONV4J_RETURN_IF_BAD(check_tensors({{"src", src, elements * kFloat},
                                      {"diff_dst", diff_dst, elements * kFloat},
                                      {"mean", mean, c * kFloat},
                                      {"variance", variance, c * kFloat},
                                      {"remainder", remainder, c * kFloat},
                                      {"gamma", gamma, c * kFloat}},
                                     {{"diff_src", diff_src, elements * kFloat},
                                      {"diff_gamma", diff_gamma, c * kFloat},
                                      {"diff_beta", diff_beta, c * kFloat}},
                                     2, 3));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(elements) * 2, &run));
  batch_norm_backward(run, {n, c, s}, {mean, remainder, variance, eps}, training != 0, src, gamma,
                      diff_dst, {diff_src, diff_gamma, diff_beta});
  return CONV4J_OK;
}

conv4j_status conv4j_cross_entropy(int64_t isa, int64_t n, int64_t c, int64_t s,
                                   const float* logits, const int64_t* classes,
                                   const float* probabilities, const float* weights,
                                   int64_t ignore_index, double smoothing, int64_t mean,
                                   float* diff_logits, double* loss, int64_t threads) {
  int64_t elements = 0;
  CONV4J_RETURN_IF_BAD(multiply("n, c and s", n, c, s, &elements));
  CONV4J_RETURN_IF_BAD(require_flag("mean", mean));
  if (!(smoothing >= 0 && smoothing <= 1)) {
    return fail(CONV4J_INVALID_ARGUMENT, "smoothing is %g; it must be 0 to 1", smoothing);
  }
  if (loss == nullptr) return fail(CONV4J_INVALID_ARGUMENT, "loss is null");
  if (elements > 0 && (classes == nullptr) == (probabilities == nullptr)) {
    return fail(CONV4J_INVALID_ARGUMENT, "exactly one of classes and probabilities must be null");
  }
  const int64_t columns = n * s;
  CONV4J_RETURN_IF_BAD(
      check_tensors({{"logits", logits, elements * kFloat},
                     {"classes", classes, columns * static_cast<int64_t>(sizeof(int64_t))},
                     {"probabilities", probabilities, elements * kFloat},
                     {"weights", weights, c * kFloat}},
                    {{"diff_logits", diff_logits, elements * kFloat}}, 3, 1));
  for (int64_t i = 0; classes != nullptr && i < columns; ++i) {
    if ((classes[i] < 0 || classes[i] >= c) && classes[i] != ignore_index) {
      return fail(CONV4J_INVALID_ARGUMENT,
                  "classes[%" PRId64 "] is %" PRId64 "; it must be 0 to %" PRId64
                  ", or the ignored %" PRId64,
                  i, classes[i], c - 1, ignore_index);
    }
  }
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(elements) * 4, &run));
  *loss = cross_entropy(run, {n, c, s},
                        {classes, probabilities, weights, ignore_index, smoothing, mean != 0},
                        logits, diff_logits);
  return CONV4J_OK;
}

conv4j_status conv4j_squared_error(int64_t isa, const float* src, const float* target,
                                   int64_t count, int64_t mean, float* diff_src, double* loss,
                                   int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  CONV4J_RETURN_IF_BAD(require_flag("mean", mean));
  if (loss == nullptr) return fail(CONV4J_INVALID_ARGUMENT, "loss is null");
  CONV4J_RETURN_IF_BAD(
      check_tensors({{"src", src, count * kFloat}, {"target", target, count * kFloat}},
                    {{"diff_src", diff_src, count * kFloat}}, 0, 1));
  Run run;
  CONV4J_RETURN_IF_BAD(begin(isa, threads, static_cast<double>(count), &run));
  *loss = squared_error(run, src, target, count, mean != 0, diff_src);
  return CONV4J_OK;
}
