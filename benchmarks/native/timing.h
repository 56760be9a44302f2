// Clocks.
#ifndef CONV4J_BENCHMARKS_TIMING_H
#define CONV4J_BENCHMARKS_TIMING_H

#include <vector>

#include "clock.h"
#include "competitor.h"

namespace conv4j_benchmarks {

// Seconds of one call.
struct Timing {
  double best;
  double median;
  std::vector<double> rounds;  // the best of each round
};

// Leaves each competitor the fastest of its candidates, after a short trial.
void keep_fastest(std::vector<Competitor>* competitors);

// Rounds in which each competitor has its turn, A B C A B C, until so many seconds are over, three
// at least. A turn begins with a rest, in which the workers of the one before stop spinning, and
// calls that are not timed, which fill caches and wake threads.
std::vector<Timing> time_interleaved(const std::vector<Competitor>& competitors, double seconds);

// The median over the rounds of how much longer the other took in the same round.
double median_ratio(const Timing& other, const Timing& own);

}  // namespace conv4j_benchmarks

#endif
