#include "timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace conv4j_benchmarks {
namespace {

constexpr auto kRest = std::chrono::milliseconds(20);
constexpr double kWarmUp = 0.001;
constexpr double kTurn = 0.015;     // seconds of timed calls
constexpr double kSample = 0.0001;  // calls shorter than this are timed together
constexpr double kTrial = 0.02;
// Times the fastest candidate so far: no trial after the first call, no second trial.
constexpr double kHopeless = 5;
constexpr double kSlower = 1.5;
constexpr size_t kRounds = 3;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Seconds a call, once for each sample of a turn.
std::vector<double> turn(const Candidate& candidate, double seconds) {
  std::this_thread::sleep_for(kRest);
  double call = 0;
  const double start = now();
  double before = start;
  do {
    candidate.run();
    const double after = now();
    call = after - before;
    before = after;
  } while (before - start < kWarmUp);
  const int64_t calls = std::max<int64_t>(1, static_cast<int64_t>(kSample / std::max(call, 1e-7)));
  std::vector<double> samples;
  const double end = now() + seconds;
  do {
    const double begin = now();
    for (int64_t i = 0; i < calls; ++i) candidate.run();
    samples.push_back((now() - begin) / static_cast<double>(calls));
  } while (now() < end);
  return samples;
}

double best_of(const std::vector<double>& samples) {
  return *std::min_element(samples.begin(), samples.end());
}

}  // namespace

void keep_fastest(std::vector<Competitor>* competitors) {
  for (Competitor& competitor : *competitors) {
    std::vector<Candidate>& candidates = competitor.candidates;
    if (candidates.size() == 1) continue;
    std::vector<double> best(candidates.size(), HUGE_VAL);
    // Twice: a disturbance seldom hits the same candidate again.
    for (const bool again : {false, true}) {
      for (size_t i = 0; i < candidates.size(); ++i) {
        if (!again) {
          const double start = now();
          candidates[i].run();
          best[i] = now() - start;
        }
        if (best[i] > (again ? kSlower : kHopeless) * best_of(best)) continue;
        best[i] = std::min(best[i], best_of(turn(candidates[i], kTrial)));
      }
    }
    const auto fastest = std::min_element(best.begin(), best.end()) - best.begin();
    candidates = {candidates[static_cast<size_t>(fastest)]};
  }
}

std::vector<Timing> time_interleaved(const std::vector<Competitor>& competitors, double seconds) {
  std::vector<Timing> timings(competitors.size());
  std::vector<std::vector<double>> samples(competitors.size());
  const double end = now() + seconds;
  for (size_t round = 0; round < kRounds || now() < end; ++round) {
    for (size_t i = 0; i < competitors.size(); ++i) {
      const std::vector<double> measured = turn(competitors[i].candidates[0], kTurn);
      samples[i].insert(samples[i].end(), measured.begin(), measured.end());
      timings[i].rounds.push_back(best_of(measured));
    }
  }
  for (size_t i = 0; i < competitors.size(); ++i) {
    timings[i].best = best_of(samples[i]);
    timings[i].median = median(samples[i]);
  }
  return timings;
}

double median_ratio(const Timing& other, const Timing& own) {
  std::vector<double> ratios;
  for (size_t i = 0; i < own.rounds.size(); ++i) ratios.push_back(other.rounds[i] / own.rounds[i]);
  return median(ratios);
}

}  // namespace conv4j_benchmarks
