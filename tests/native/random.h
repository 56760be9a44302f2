// Data for the tests, the same on every machine for the same seed.
#ifndef CONV4J_TESTS_RANDOM_H
#define CONV4J_TESTS_RANDOM_H

#include <cstdint>
#include <vector>

namespace conv4j_tests {

// splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

  // In [low, high], both included.
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(next() % static_cast<uint64_t>(high - low + 1));
  }
  bool one_in(int64_t n) { return between(1, n) == 1; }

  // A whole number of at most four bits, as float: any sum of fewer than 2^17 products is exact.
  float integer() { return static_cast<float>(between(-7, 7)); }
  // In [-1, 1), 24 bits of it random.
  float real() { return static_cast<float>(between(-(1 << 23), (1 << 23) - 1)) / 8388608.0F; }

  std::vector<float> integers(int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    for (float& value : values) value = integer();
    return values;
  }
  std::vector<float> reals(int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    for (float& value : values) value = real();
    return values;
  }

 private:
  uint64_t state_;
};

}  // namespace conv4j_tests

#endif
