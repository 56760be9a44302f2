// Memory for tensors, plans' workspaces and whatever else a measurement touches.
#ifndef CONV4J_BENCHMARKS_MEMORY_H
#define CONV4J_BENCHMARKS_MEMORY_H

#include <cstdint>

namespace conv4j_benchmarks {

// Zeroed memory aligned to 64 bytes, so that every page exists before a clock runs. Ends the
// program where there is none.
class Memory {
 public:
  Memory() = default;
  explicit Memory(int64_t bytes);
  ~Memory();
  Memory(Memory&& other) noexcept;
  Memory& operator=(Memory&& other) noexcept;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Count floats, uniform in [-1, 1), the same ones for the same seed.
  static Memory uniform(int64_t count, uint64_t seed);

  // Null for 0 bytes.
  void* get() const { return memory_; }
  float* floats() const { return static_cast<float*>(memory_); }

 private:
  void* memory_ = nullptr;
  int64_t bytes_ = 0;
};

// A number that a counter turns into: any seed gives a stream (Steele, Lea and Flood, "Fast
// splittable pseudorandom number generators", 2014).
uint64_t random_bits(uint64_t* state);

}  // namespace conv4j_benchmarks

#endif
