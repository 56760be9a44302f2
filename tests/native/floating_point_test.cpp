// The floating-point environment: a call leaves the caller's as it found it, and the workers
// compute denormals whatever the environment of the thread that started them.
#include "check.h"
#include "plan_runner.h"
#include "threading/pool.h"

using namespace conv4j_tests;

namespace {

#if defined(__x86_64__)
using Control = unsigned;
constexpr Control kDefault = 0x1F80;
constexpr Control kSticky = 0x3F;   // the flags that operations raise
constexpr Control kFlush = 0x8040;  // denormal results and operands become zero
constexpr Control kRoundUp = 0x4000;
Control control() { return __builtin_ia32_stmxcsr(); }
void set_control(Control value) { __builtin_ia32_ldmxcsr(value); }
#elif defined(__aarch64__)
using Control = uint64_t;
constexpr Control kDefault = 0;
constexpr Control kSticky = 0;
constexpr Control kFlush = Control{1} << 24U;
constexpr Control kRoundUp = Control{1} << 22U;
Control control() {
  Control value;
  __asm__ volatile("mrs %0, fpcr" : "=r"(value));
  return value;
}
void set_control(Control value) { __asm__ volatile("msr fpcr, %0" ::"r"(value)); }
#endif

// Enough work for several threads: n, ic, ih, iw, oc, kh, kw, sh, sw, pt, pl, pb, pr, dh, dw, g
constexpr conv4j_conv2d kConvolution = {2, 8, 20, 37, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1};
constexpr conv4j_pool2d kPooling = {2, 8, 40, 37, 3, 2, 2, 1, 1, 1, 1, 0, 1, 1, 0};

template <typename F>
void for_each_setting(const F& f) {
  Setting s;
  s.accuracy = CONV4J_ACCURACY_STRICT;  // a transform loses bits that a denormal does not have
  s.threads = 3;
  for (s.direction = 0; s.direction < 3; ++s.direction) {
    for (const char* algorithm : conv2d_algorithms(s.direction)) {
      for (const char* isa : isas()) {
        s.algorithm = algorithm;
        s.isa = isa;
        f(s);
      }
    }
  }
}

void check_unchanged(Control value) {
  Random random(23);
  const ConvolutionTensors t = reals_for(kConvolution, &random);
  const std::vector<float> pixels = random.reals(2 * 8 * 40 * 37);
  for_each_setting([&](const Setting& s) {
    replay("control 0x%lx, %s", static_cast<unsigned long>(value), text_of(s).c_str());
    set_control(value);
    run(kConvolution, t, s);
    const Control after = control();
    set_control(kDefault);
    CHECK_EQ(value & ~kSticky, after & ~kSticky);
  });
  for (const char* isa : isas()) {
    Setting s;
    s.isa = isa;
    s.threads = 3;
    replay("control 0x%lx, max pooling, %s", static_cast<unsigned long>(value), isa);
    set_control(value);
    const PoolingResult pooled = run(kPooling, pixels, {}, s);
    const Control forward = control();
    s.direction = CONV4J_BACKWARD_DATA;
    run(kPooling, pooled.main, pooled.taps, s);
    const Control backward = control();
    set_control(kDefault);
    CHECK_EQ(value & ~kSticky, forward & ~kSticky);
    CHECK_EQ(value & ~kSticky, backward & ~kSticky);
  }
  std::vector<float> gradient = pixels;
  set_control(value);
  conv4j_relu_backward(pixels.data(), gradient.data(), gradient.data(), 2 * 8 * 40 * 37, 3);
  const Control after = control();
  set_control(kDefault);
  CHECK_EQ(value & ~kSticky, after & ~kSticky);
}

// Starts the pool's workers from a thread that flushes denormals, as some programs do.
void start_workers_with_flush() {
  CHECK_EQ(CONV4J_OK, conv4j_threads_set(3));
  set_control(kDefault | kFlush);
  std::atomic<int> workers{0};
  for (int attempt = 0; attempt < 100 && workers.load() == 0; ++attempt) {
    conv4j::parallel_for(30, 3, [&](int64_t, int64_t slot) {
      timespec time = {};
      time.tv_nsec = 1000000;
      nanosleep(&time, nullptr);
      if (slot > 0) workers.fetch_add(1);
    });
  }
  set_control(kDefault);
  replay("workers of a thread that flushes denormals");
  CHECK(workers.load() > 0);
  std::atomic<int> flushing{0};
  workers.store(0);
  for (int attempt = 0; attempt < 100 && workers.load() == 0; ++attempt) {
    conv4j::parallel_for(30, 3, [&](int64_t, int64_t slot) {
      timespec time = {};
      time.tv_nsec = 1000000;
      nanosleep(&time, nullptr);
      if (slot == 0) return;
      workers.fetch_add(1);
      if ((control() & kFlush) != 0) flushing.fetch_add(1);
    });
  }
  CHECK(workers.load() > 0);
  CHECK_EQ(0, flushing.load());
}

// Integers times the smallest denormal: every product and sum is exact, and lost if flushed.
void check_denormals() {
  constexpr float kSmallest = 1.40129846e-45F;
  Random random(24);
  for_each_setting([&](const Setting& s) {
    ConvolutionTensors t = integers_for(kConvolution, &random);
    // Scale one factor of each product, and the bias with it.
    std::vector<float>* const scaled =
        s.direction == CONV4J_BACKWARD_WEIGHTS ? &t.diff_dst : &t.weights;
    for (std::vector<float>* values : {scaled, &t.bias}) {
      for (float& value : *values) value *= kSmallest;
    }
    replay("denormals, %s", text_of(s).c_str());
    const ConvolutionResult found = run(kConvolution, t, s);
    if (!found.ran) return;
    check_sums("main result", expected_main(kConvolution, t, s), found.main.data(), true);
    if (!found.bias.empty()) {
      check_sums("diff_bias", backward_bias(kConvolution, t), found.bias.data(), true);
    }
  });
}

}  // namespace

int main() {
  begin();
  open_blas_if_given();
  start_workers_with_flush();
  check_denormals();
  for (const Control value : {kDefault, kDefault | kFlush, kDefault | kRoundUp}) {
    check_unchanged(value);
  }
  return finish();
}
