#include "roofline.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "clock.h"

namespace conv4j_benchmarks {
namespace {

// Rounds without a new best before the best is believed, and rounds at most.
constexpr int kSettled = 6;
constexpr int kRounds = 40;
constexpr double kRound = 0.015;  // seconds

// Keeps the calling thread on one of the CPUs that the program may use; new threads may else begin
// on the same one and stay there for the few milliseconds of a round.
void pin(int64_t thread) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  int64_t left = thread % CPU_COUNT(&allowed);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || left-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

// The best rate, summed over threads that run at the same time, of calls that do `work` each.
double best_rate(int64_t threads, double work, const std::function<void(int64_t)>& call) {
  double best = 0;
  int settled = 0;
  for (int round = 0; round < kRounds && settled < kSettled; ++round) {
    std::vector<double> rates(static_cast<size_t>(threads));
    std::atomic<int64_t> waiting{threads};
    const auto body = [&](int64_t thread) {
      pin(thread);
      call(thread);
      waiting.fetch_sub(1);
      while (waiting.load() > 0) {
      }
      int64_t calls = 0;
      const double start = now();
      double end = start;
      for (; end - start < kRound; end = now()) {
        call(thread);
        ++calls;
      }
      rates[static_cast<size_t>(thread)] = work * static_cast<double>(calls) / (end - start);
    };
    std::vector<std::thread> running;
    for (int64_t thread = 0; thread < threads; ++thread) running.emplace_back(body, thread);
    for (std::thread& thread : running) thread.join();
    double sum = 0;
    for (const double rate : rates) sum += rate;
    settled = sum > 1.01 * best ? 0 : settled + 1;
    best = std::max(best, sum);
  }
  return best;
}

// Each thread copies so many bytes of its own.
double copy_rate(int64_t threads, int64_t bytes) {
  using Bytes = std::vector<char>;
  std::vector<Bytes> from, to;
  for (int64_t thread = 0; thread < threads; ++thread) {
    from.emplace_back(static_cast<size_t>(bytes));
    to.emplace_back(static_cast<size_t>(bytes));
  }
  return best_rate(threads, 2.0 * static_cast<double>(bytes), [&](int64_t thread) {
    const auto t = static_cast<size_t>(thread);
    std::memcpy(to[t].data(), from[t].data(), from[t].size());
  });
}

}  // namespace

double Roofline::bandwidth(double bytes) const {
  if (bytes <= l2_bytes / 2) return l2;
  return bytes <= l3_bytes / 2 ? l3 : memory;
}

double Roofline::seconds(double flops, double bytes) const {
  return std::max(flops / fma, bytes / bandwidth(bytes));
}

Roofline measure_roofline(const Peak& peak, int64_t threads, int64_t l2, int64_t l3) {
  Roofline roofline{};
  std::vector<float> sums(static_cast<size_t>(threads));
  roofline.fma = best_rate(threads, peak.flops, [&](int64_t thread) {
    sums[static_cast<size_t>(thread)] += peak.run();
  });
  roofline.l2 = copy_rate(threads, l2 / 4);
  roofline.l3 = copy_rate(threads, std::max(l3 / 4 / threads, l2) / 2);
  roofline.memory = copy_rate(threads, 2 * l3 / threads);
  roofline.l2_bytes = static_cast<double>(l2 * threads);
  roofline.l3_bytes = static_cast<double>(l3);
  return roofline;
}

}  // namespace conv4j_benchmarks
