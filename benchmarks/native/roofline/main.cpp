// roofline ISA THREADS L2 L3: prints what this machine can do at best, so many threads at once:
// multiply-adds in GFLOP/s, then copies in the L2 and L3 caches and in memory in GB/s. The sizes
// are the bytes of a core's second cache and of the shared third.
#include <cstdio>
#include <cstdlib>

#include "../roofline.h"

int main(int count, char** values) {
  if (count != 5) {
    fprintf(stderr, "roofline ISA THREADS L2 L3\n");
    return 2;
  }
  const conv4j_benchmarks::Peak* peak = conv4j_benchmarks::find_peak(values[1]);
  const int64_t threads = std::atoll(values[2]);
  const int64_t l2 = std::atoll(values[3]), l3 = std::atoll(values[4]);
  if (peak == nullptr || threads < 1 || l2 < 1 || l3 < 1) {
    fprintf(stderr, "roofline: no such instruction set, or a number below 1\n");
    return 2;
  }
  const conv4j_benchmarks::Roofline found =
      conv4j_benchmarks::measure_roofline(*peak, threads, l2, l3);
  printf("%.5g %.5g %.5g %.5g\n", found.fma / 1e9, found.l2 / 1e9, found.l3 / 1e9,
         found.memory / 1e9);
  return 0;
}
