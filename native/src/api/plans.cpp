// conv4j.h: plans. Checks every argument, then calls the algorithm; nothing else.
#include <atomic>
#include <cinttypes>
#include <cstring>
#include <new>

#include "algorithms/algorithms.h"
#include "api/error.h"
#include "conv4j.h"
#include "threading/pool.h"

using conv4j::Algorithm;
using conv4j::Conv2d;
using conv4j::Execution;
using conv4j::fail;
using conv4j::Plan;
using conv4j::Pool2d;

namespace {

constexpr int64_t kFloat = sizeof(float);

// What stands before the weights in a prepared block.
struct PreparedHeader {
  int64_t finite;  // 0: a weight is not finite, and the weights follow as they were given
  char reserved[conv4j::kAlignment - 8];
};
static_assert(sizeof(PreparedHeader) == conv4j::kAlignment, "keeps the weights aligned");

const float* weights_of(const void* prepared) {
  return reinterpret_cast<const float*>(static_cast<const char*>(prepared) +
                                        sizeof(PreparedHeader));
}

// Deletes the plan unless it is taken.
class PlanHolder {
 public:
  PlanHolder() : plan_(nullptr) {
    void* memory = conv4j::allocate(static_cast<int64_t>(sizeof(Plan)));
    if (memory != nullptr) plan_ = new (memory) Plan();
  }
  ~PlanHolder() { conv4j::destroy(plan_); }
  PlanHolder(const PlanHolder&) = delete;
  PlanHolder& operator=(const PlanHolder&) = delete;

  Plan* get() { return plan_; }
  Plan* take() {
    Plan* taken = plan_;
    plan_ = nullptr;
    return taken;
  }

 private:
  Plan* plan_;
};

conv4j_status check_options(const conv4j_options& options, int64_t directions) {
  if (options.direction < 0 || options.direction >= directions) {
    return fail(CONV4J_INVALID_ARGUMENT, "direction is %" PRId64 "; it must be 0 to %" PRId64,
                options.direction, directions - 1);
  }
  if (options.accuracy != CONV4J_ACCURACY_DEFAULT && options.accuracy != CONV4J_ACCURACY_STRICT) {
    return fail(CONV4J_INVALID_ARGUMENT, "accuracy is %" PRId64 "; it must be 0 or 1",
                options.accuracy);
  }
  if (options.relu != 0 && options.relu != 1) {
    return fail(CONV4J_INVALID_ARGUMENT, "relu is %" PRId64 "; it must be 0 or 1", options.relu);
  }
  return CONV4J_OK;
}

conv4j_status out_of_memory_for_plan() {
  return fail(CONV4J_OUT_OF_MEMORY, "no memory for a plan");
}

// The second half of both creations: the instruction set, the algorithm and its blocking.
conv4j_status finish(PlanHolder* holder, const conv4j::AlgorithmList& list, const char* algorithm,
                     const char* isa, conv4j_plan** plan) {
  Plan* made = holder->get();
  conv4j_status status = conv4j::find_isa(isa, &made->isa);
  if (status != CONV4J_OK) return status;
  made->kernels = &made->isa->table;
  status = conv4j::choose(list, algorithm, made);
  if (status == CONV4J_OUT_OF_MEMORY) return out_of_memory_for_plan();
  if (status == CONV4J_OK) *plan = holder->take();
  return status;
}

struct Span {
  const char* name;
  const void* data;
  int64_t bytes;
};

bool overlap(const Span& a, const Span& b) {
  const auto a_begin = reinterpret_cast<uintptr_t>(a.data);
  const auto b_begin = reinterpret_cast<uintptr_t>(b.data);
  return a_begin < b_begin + static_cast<uintptr_t>(b.bytes) &&
         b_begin < a_begin + static_cast<uintptr_t>(a.bytes);
}

// Refuses null pointers and destinations that overlap a source or one another. An empty tensor
// needs no memory; a null with optional set may be left out.
template <int kSources, int kDestinations>
conv4j_status check_spans(const Span (&sources)[kSources],
                          const Span (&destinations)[kDestinations]) {
  for (int d = 0; d < kDestinations; ++d) {
    const Span& to = destinations[d];
    for (const Span& from : sources) {
      if (to.bytes > 0 && from.bytes > 0 && to.data != nullptr && from.data != nullptr &&
          overlap(from, to)) {
        return fail(CONV4J_INVALID_ARGUMENT, "%s overlaps %s", to.name, from.name);
      }
    }
    for (int other = 0; other < d; ++other) {
      const Span& earlier = destinations[other];
      if (to.bytes > 0 && earlier.bytes > 0 && to.data != nullptr && earlier.data != nullptr &&
          overlap(earlier, to)) {
        return fail(CONV4J_INVALID_ARGUMENT, "%s overlaps %s", to.name, earlier.name);
      }
    }
  }
  return CONV4J_OK;
}

conv4j_status require(const Span& span) {
  if (span.data != nullptr || span.bytes == 0) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT, "%s is null", span.name);
}

conv4j_status check_call(const Plan* plan, Plan::Operation operation, int64_t direction,
                         const void* workspace, int64_t threads) {
  if (plan == nullptr) return fail(CONV4J_INVALID_ARGUMENT, "plan is null");
  if (plan->operation != operation || plan->options.direction != direction) {
    return fail(CONV4J_INVALID_ARGUMENT, "the plan is of another operation or direction");
  }
  if (threads < 1 || threads > conv4j::kMostThreads) {
    return fail(CONV4J_INVALID_ARGUMENT, "threads is %" PRId64 "; it must be 1 to %" PRId64,
                threads, conv4j::kMostThreads);
  }
  if (workspace == nullptr && conv4j_plan_workspace_size(plan, threads) > 0) {
    return fail(CONV4J_INVALID_ARGUMENT, "workspace is null");
  }
  return CONV4J_OK;
}

// Small operations stay on the caller: handing work over costs more than it saves.
int64_t useful_threads(double multiply_adds, int64_t threads) {
  return multiply_adds < 2 * conv4j::kLeastTask ? 1 : threads;
}

conv4j_status check_counts(int64_t count, int64_t threads) {
  if (count >= 0 && count <= INT64_MAX / kFloat && threads >= 1) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT,
              "count is %" PRId64 " and threads %" PRId64 "; they must be at least 0 and 1", count,
              threads);
}

// Calls f(first, length) for blocks of a long row, on several threads.
template <typename Callable>
void for_each_block(int64_t count, int64_t threads, const Callable& f) {
  constexpr int64_t kBlock = 1 << 15;
  conv4j::parallel_for((count + kBlock - 1) / kBlock, threads, [&](int64_t block, int64_t) {
    const int64_t first = block * kBlock;
    f(first, first + kBlock < count ? kBlock : count - first);
  });
}

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
      header->finite != 0 ? *plan.algorithm : conv4j::rows_algorithm(plan.options.direction);
  algorithm.execute(plan, *run);
}

}  // namespace

#define CONV4J_RETURN_IF_BAD(expression) \
  if (const conv4j_status status_ = (expression); status_ != CONV4J_OK) return status_

const char* conv4j_conv2d_algorithm(int64_t direction, int64_t index) {
  const conv4j::AlgorithmList list = conv4j::conv2d_algorithms(direction);
  return index >= 0 && index < list.count ? list.entries[index]->name : nullptr;
}

const char* conv4j_max_pool2d_algorithm(int64_t direction, int64_t index) {
  const conv4j::AlgorithmList list = conv4j::max_pool2d_algorithms(direction);
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
  CONV4J_RETURN_IF_BAD(conv4j::check(*geometry, &holder.get()->conv));
  holder.get()->operation = Plan::kConv2d;
  holder.get()->options = *options;
  return finish(&holder, conv4j::conv2d_algorithms(options->direction), algorithm, isa, plan);
}

conv4j_status conv4j_max_pool2d_create(const conv4j_pool2d* geometry, const conv4j_options* options,
                                       const char* algorithm, const char* isa, conv4j_plan** plan) {
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
  CONV4J_RETURN_IF_BAD(conv4j::check(*geometry, &holder.get()->pool));
  holder.get()->operation = Plan::kMaxPool2d;
  holder.get()->options = *options;
  return finish(&holder, conv4j::max_pool2d_algorithms(options->direction), algorithm, isa, plan);
}

void conv4j_plan_destroy(conv4j_plan* plan) { conv4j::destroy(plan); }

const char* conv4j_plan_algorithm(const conv4j_plan* plan) {
  return plan != nullptr ? plan->algorithm->name : nullptr;
}

const char* conv4j_plan_isa(const conv4j_plan* plan) {
  return plan != nullptr ? plan->isa->name : nullptr;
}

int64_t conv4j_plan_workspace_size(const conv4j_plan* plan, int64_t threads) {
  return plan != nullptr && threads > 0 ? plan->workspace_per_thread * threads : 0;
}

int64_t conv4j_plan_prepared_size(const conv4j_plan* plan) {
  if (plan == nullptr || plan->algorithm->prepare == nullptr) return 0;
  const int64_t given = plan->conv.weights_elements();
  const int64_t packed = plan->packed_elements > given ? plan->packed_elements : given;
  return static_cast<int64_t>(sizeof(PreparedHeader)) + packed * kFloat;
}

int64_t conv4j_plan_offset_size(const conv4j_plan* plan) {
  return plan != nullptr ? plan->tap_size : 0;
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
    conv4j::copy_weights(*plan, weights, packed);
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
  const Algorithm& algorithm =
      exact ? *plan->algorithm : conv4j::rows_algorithm(CONV4J_BACKWARD_WEIGHTS);
  algorithm.execute(*plan, run);
  return CONV4J_OK;
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
  run.src = src;
  run.dst = dst;
  run.offsets = offsets;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(static_cast<double>(g.src_elements() + g.dst_elements()), threads);
  plan->algorithm->execute(*plan, run);
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
  run.diff_dst = diff_dst;
  run.offsets = const_cast<void*>(offsets);  // read only in this direction
  run.diff_src = diff_src;
  run.workspace = static_cast<char*>(workspace);
  run.threads = useful_threads(static_cast<double>(g.src_elements() + g.dst_elements()), threads);
  plan->algorithm->execute(*plan, run);
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
    indices[i] = tap < 0 ? -1 : ih * g.iw + iw;
  }
  return CONV4J_OK;
}

conv4j_status conv4j_relu_backward(const float* dst, const float* diff_dst, float* out,
                                   int64_t count, int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  const Span mask = {"dst", dst, count * kFloat};
  const Span from = {"diff_dst", diff_dst, count * kFloat};
  const Span to = {"out", out, count * kFloat};
  CONV4J_RETURN_IF_BAD(require(mask));
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({mask}, {to}));
  if (out != diff_dst) CONV4J_RETURN_IF_BAD(check_spans({from}, {to}));
  const conv4j::Isa* isa = nullptr;
  CONV4J_RETURN_IF_BAD(conv4j::find_isa(nullptr, &isa));
  for_each_block(count, threads, [&](int64_t first, int64_t length) {
    isa->table.relu_backward_f32(dst + first, diff_dst + first, out + first, length);
  });
  return CONV4J_OK;
}

conv4j_status conv4j_axpy(float a, const float* x, float* y, int64_t count, int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  const Span from = {"x", x, count * kFloat};
  const Span to = {"y", y, count * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from}, {to}));
  const conv4j::Isa* isa = nullptr;
  CONV4J_RETURN_IF_BAD(conv4j::find_isa(nullptr, &isa));
  for_each_block(count, threads, [&](int64_t first, int64_t length) {
    isa->table.axpy_f32(a, x + first, 1, y + first, 1, length);
  });
  return CONV4J_OK;
}
