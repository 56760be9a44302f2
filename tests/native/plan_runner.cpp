#include "plan_runner.h"

#include <cstdlib>
#include <memory>

#include "check.h"

namespace conv4j_tests {
namespace {

Guarded first_memory, second_memory, weights_memory, prepared_memory, bias_memory, main_memory,
    extra_memory, workspace_memory, indices_memory;

constexpr int64_t kAlignment = 64;

#if defined(__SANITIZE_THREAD__)
#define CONV4J_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CONV4J_THREAD_SANITIZER 1
#endif
#endif

size_t at(int64_t index) { return static_cast<size_t>(index); }
int64_t size_of(const std::vector<float>& values) { return static_cast<int64_t>(values.size()); }

float* copy(Guarded* memory, const std::vector<float>& values, Side side) {
  return memory->copy(values.data(), size_of(values), side);
}

// A source after the execution: the same bytes, and nothing around them touched.
void check_source(const char* what, const Guarded& memory, const void* now, const void* before,
                  size_t bytes) {
  if (bytes > 0 && std::memcmp(now, before, bytes) != 0) {
    report(false, __FILE__, __LINE__, std::string(what) + " was changed");
  }
  if (!memory.intact()) {
    report(false, __FILE__, __LINE__, std::string("written outside, near ") + what);
  }
  CHECK(true);
}

void check_source(const char* what, const Guarded& memory, const float* now,
                  const std::vector<float>& before) {
  check_source(what, memory, now, before.data(), before.size() * sizeof(float));
}

using PlanHolder = std::unique_ptr<conv4j_plan, void (*)(conv4j_plan*)>;

bool is_ok(conv4j_status status, const char* call) {
  if (status == CONV4J_OK) return CHECK(true);
  return report(false, __FILE__, __LINE__, std::string(call) + ": " + conv4j_error());
}

template <typename Geometry, typename Create>
PlanHolder make(const Geometry& g, const Setting& s, Create create) {
  const conv4j_options options = {s.direction, s.accuracy, s.relu ? 1 : 0, CONV4J_PADDING_ZEROS,
                                  s.channels_last ? CONV4J_CHANNELS_LAST : CONV4J_CONTIGUOUS};
  conv4j_plan* plan = nullptr;
  const conv4j_status status = create(&g, &options, s.algorithm, s.isa, &plan);
  PlanHolder holder(plan, conv4j_plan_destroy);
  if (status == CONV4J_UNSUPPORTED && s.algorithm != nullptr) return holder;
  if (is_ok(status, "create")) {
    if (s.algorithm != nullptr) CHECK_EQ(s.algorithm, conv4j_plan_algorithm(plan));
    if (s.isa != nullptr) CHECK_EQ(s.isa, conv4j_plan_isa(plan));
  }
  return holder;
}

void* place_workspace(const conv4j_plan* plan, const Setting& s) {
  const int64_t bytes = conv4j_plan_workspace_size(plan, s.threads);
  CHECK_EQ(int64_t{0}, bytes % kAlignment);
  return bytes > 0 ? workspace_memory.place_bytes(bytes, s.side, kAlignment) : nullptr;
}

// The weights in the plan's layout, or null for a direction that takes none.
const void* prepare(const conv4j_plan* plan, const std::vector<float>& weights, Side side) {
  const int64_t bytes = conv4j_plan_prepared_size(plan);
  if (bytes == 0) return nullptr;
  const float* given = copy(&weights_memory, weights, side);
  void* prepared = prepared_memory.place_bytes(bytes, side, kAlignment);
  is_ok(conv4j_conv2d_prepare(plan, given, prepared), "conv4j_conv2d_prepare");
  check_source("weights", weights_memory, given, weights);
  CHECK(prepared_memory.intact());
  return prepared;
}

int64_t stored_tap(const unsigned char* bytes, int64_t size) {
  uint64_t value = 0;
  for (int64_t b = 0; b < size; ++b) value |= static_cast<uint64_t>(bytes[b]) << (8 * b);
  const uint64_t none = (uint64_t{1} << (8 * size)) - 1;
  return value == none ? -1 : static_cast<int64_t>(value);
}

ConvolutionTensors tensors_for(const conv4j_conv2d& g,
                               const std::function<std::vector<float>(int64_t)>& values) {
  ConvolutionTensors t;
  t.src = values(g.n * g.ic * g.ih * g.iw);
  t.weights = values(g.oc * (g.ic / g.g) * g.kh * g.kw);
  t.bias = values(g.oc);
  t.diff_dst = values(g.n * g.oc * output_height(g) * output_width(g));
  return t;
}

}  // namespace

std::string text_of(const Setting& s) {
  static const char* const kDirections[] = {"forward", "backward data", "backward weights"};
  std::ostringstream out;
  out << kDirections[s.direction] << ", " << (s.algorithm != nullptr ? s.algorithm : "cheapest")
      << ", " << (s.isa != nullptr ? s.isa : "default") << ", threads " << s.threads
      << ", guard at " << name_of(s.side) << (s.relu ? ", relu" : "")
      << (s.with_bias ? ", bias" : "") << (s.channels_last ? ", channels last" : "");
  return out.str();
}

ConvolutionResult run(const conv4j_conv2d& g, const ConvolutionTensors& given, const Setting& s) {
  ConvolutionResult result;
  ConvolutionTensors t = given;
  if (s.channels_last) {
    t.src = channels_last(given.src, g.n, g.ic);
    t.diff_dst = channels_last(given.diff_dst, g.n, g.oc);
  }
  const PlanHolder plan = make(g, s, conv4j_conv2d_create);
  if (plan == nullptr) return result;
  result.ran = true;
  const std::vector<float>& first = s.direction == CONV4J_BACKWARD_DATA ? t.diff_dst : t.src;
  const std::vector<float>& main = s.direction == CONV4J_FORWARD         ? t.diff_dst
                                   : s.direction == CONV4J_BACKWARD_DATA ? t.src
                                                                         : t.weights;
  const float* source = copy(&first_memory, first, s.side);
  const float* second = copy(&second_memory, t.diff_dst, s.side);
  const float* bias = copy(&bias_memory, t.bias, s.side);
  float* to = main_memory.place<float>(size_of(main), s.side);
  float* diff_bias = extra_memory.place<float>(g.oc, s.side);
  const void* prepared = prepare(plan.get(), t.weights, s.side);
  const std::string prepared_before(static_cast<const char*>(prepared),
                                    at(conv4j_plan_prepared_size(plan.get())));
  void* workspace = place_workspace(plan.get(), s);
  const int64_t allocations = conv4j_allocation_count();

  if (s.direction == CONV4J_FORWARD) {
    is_ok(conv4j_conv2d_forward(plan.get(), source, prepared, s.with_bias ? bias : nullptr, to,
                                workspace, s.threads),
          "conv4j_conv2d_forward");
  } else if (s.direction == CONV4J_BACKWARD_DATA) {
    is_ok(conv4j_conv2d_backward_data(plan.get(), source, prepared, to, workspace, s.threads),
          "conv4j_conv2d_backward_data");
  } else {
    is_ok(conv4j_conv2d_backward_weights(plan.get(), source, second, to,
                                         s.with_bias ? diff_bias : nullptr, workspace, s.threads),
          "conv4j_conv2d_backward_weights");
  }
  CHECK_EQ(allocations, conv4j_allocation_count());
  check_source("the first source", first_memory, source, first);
  check_source("diff_dst", second_memory, second, t.diff_dst);
  check_source("bias", bias_memory, bias, t.bias);
  check_source("the prepared weights", prepared_memory, prepared, prepared_before.data(),
               prepared_before.size());
  CHECK(main_memory.intact());
  CHECK(extra_memory.intact());
  CHECK(workspace == nullptr || workspace_memory.intact());
  result.main.assign(to, to + main.size());
  if (s.channels_last && s.direction != CONV4J_BACKWARD_WEIGHTS) {
    result.main = planes(result.main, g.n, s.direction == CONV4J_FORWARD ? g.oc : g.ic);
  }
  if (s.direction == CONV4J_BACKWARD_WEIGHTS && s.with_bias) {
    result.bias.assign(diff_bias, diff_bias + g.oc);
  }
  return result;
}

PoolingResult run(const conv4j_pool2d& g, const std::vector<float>& given,
                  const std::vector<int64_t>& taps, const Setting& s) {
  PoolingResult result;
  const std::vector<float> values = s.channels_last ? channels_last(given, g.n, g.c) : given;
  const PlanHolder plan = make(g, s, conv4j_max_pool2d_create);
  if (plan == nullptr) return result;
  result.ran = true;
  const int64_t outputs = g.n * g.c * output_height(g) * output_width(g);
  const int64_t inputs = g.n * g.c * g.ih * g.iw;
  const int64_t size = conv4j_plan_offset_size(plan.get());
  const bool forward = s.direction == CONV4J_FORWARD;
  const float* source = copy(&first_memory, values, s.side);
  float* to = main_memory.place<float>(forward ? outputs : inputs, s.side);
  auto* offsets =
      static_cast<unsigned char*>(extra_memory.place_bytes(outputs * size, s.side, size));
  for (size_t i = 0; i < taps.size(); ++i) {
    for (int64_t b = 0; b < size; ++b) {
      offsets[at(size) * i + at(b)] =
          static_cast<unsigned char>(static_cast<uint64_t>(taps[i]) >> (8 * b));
    }
  }
  const std::string offsets_before(reinterpret_cast<char*>(offsets), at(outputs * size));
  void* workspace = place_workspace(plan.get(), s);
  const int64_t allocations = conv4j_allocation_count();
  if (forward) {
    is_ok(conv4j_max_pool2d_forward(plan.get(), source, to, s.with_offsets ? offsets : nullptr,
                                    workspace, s.threads),
          "conv4j_max_pool2d_forward");
    if (s.with_offsets) {
      int64_t* indices = indices_memory.place<int64_t>(outputs, s.side);
      is_ok(conv4j_max_pool2d_indices(plan.get(), offsets, indices), "conv4j_max_pool2d_indices");
      CHECK(indices_memory.intact());
      result.indices.assign(indices, indices + outputs);
      if (s.channels_last) result.indices = planes(result.indices, g.n, g.c);
      for (int64_t i = 0; i < outputs; ++i) {
        result.taps.push_back(stored_tap(offsets + i * size, size));
      }
    }
  } else {
    is_ok(conv4j_max_pool2d_backward(plan.get(), source, offsets, to, workspace, s.threads),
          "conv4j_max_pool2d_backward");
    check_source("offsets", extra_memory, offsets, offsets_before.data(), offsets_before.size());
  }
  CHECK_EQ(allocations, conv4j_allocation_count());
  check_source("the source", first_memory, source, values);
  CHECK(main_memory.intact() && extra_memory.intact());
  CHECK(workspace == nullptr || workspace_memory.intact());
  result.main.assign(to, to + (forward ? outputs : inputs));
  if (s.channels_last) result.main = planes(result.main, g.n, g.c);
  return result;
}

ConvolutionTensors integers_for(const conv4j_conv2d& g, Random* random) {
  return tensors_for(g, [random](int64_t count) { return random->integers(count); });
}

ConvolutionTensors reals_for(const conv4j_conv2d& g, Random* random) {
  return tensors_for(g, [random](int64_t count) { return random->reals(count); });
}

std::vector<Sum> expected_main(const conv4j_conv2d& g, const ConvolutionTensors& t,
                               const Setting& s) {
  if (s.direction == CONV4J_BACKWARD_DATA) return backward_data(g, t);
  if (s.direction == CONV4J_BACKWARD_WEIGHTS) return backward_weights(g, t);
  std::vector<Sum> dst = forward(g, t, s.with_bias);
  for (Sum& sum : dst) {
    if (s.relu && sum.value < 0) sum.value = 0;  // NaN stays
  }
  return dst;
}

bool worth_running(int64_t work) {
#if defined(CONV4J_THREAD_SANITIZER)
  return work >= 40000 && work < 1000000;
#else
  return work >= 0;
#endif
}

int64_t work_of(const conv4j_conv2d& g) {
  return g.n * g.oc * (g.ic / g.g) * g.kh * g.kw * output_height(g) * output_width(g);
}

std::vector<const char*> isas() {
  std::vector<const char*> names;
  for (int64_t i = 0; i < conv4j_isa_count(); ++i) {
    if (conv4j_isa_supported(i) != 0) {
      names.push_back(conv4j_isa_name(i));
    } else {
      printf("skipped %s: this CPU does not run it\n", conv4j_isa_name(i));
    }
  }
  return names;
}

std::vector<const char*> conv2d_algorithms(int64_t direction) {
  std::vector<const char*> names;
  for (int64_t i = 0; conv4j_conv2d_algorithm(direction, i) != nullptr; ++i) {
    names.push_back(conv4j_conv2d_algorithm(direction, i));
  }
  return names;
}

std::vector<const char*> max_pool2d_algorithms(int64_t direction) {
  std::vector<const char*> names;
  for (int64_t i = 0; conv4j_max_pool2d_algorithm(direction, i) != nullptr; ++i) {
    names.push_back(conv4j_max_pool2d_algorithm(direction, i));
  }
  return names;
}

bool transforms(const char* algorithm) {
  return algorithm != nullptr && std::strstr(algorithm, "winograd") == algorithm;
}

bool available(const char* algorithm) {
  return std::strstr(algorithm, "openblas") == nullptr || conv4j_blas_version()[0] != '\0';
}

void open_blas_if_given() {
  const char* path = std::getenv("CONV4J_TEST_OPENBLAS");
  if (path == nullptr || path[0] == '\0') {
    printf("no OpenBLAS given: its algorithms are left to the tests that have one\n");
    return;
  }
  replay("opening %s", path);
  is_ok(conv4j_blas_open(path), "conv4j_blas_open");
}

}  // namespace conv4j_tests
