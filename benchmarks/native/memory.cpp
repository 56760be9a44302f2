#include "memory.h"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "conv4j.h"
#include "failure.h"

namespace conv4j_benchmarks {

Memory::Memory(int64_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  require(conv4j_allocate(bytes, &memory_));
  std::memset(memory_, 0, static_cast<size_t>(bytes));
}

Memory::~Memory() { conv4j_free(memory_, bytes_); }

Memory::Memory(Memory&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Memory& Memory::operator=(Memory&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Memory Memory::uniform(int64_t count, uint64_t seed) {
  Memory memory(count * static_cast<int64_t>(sizeof(float)));
  for (int64_t i = 0; i < count; ++i) {
    const auto bits = static_cast<int32_t>(random_bits(&seed) >> 40);  // 24 of them
    memory.floats()[i] = static_cast<float>(bits - (1 << 23)) / static_cast<float>(1 << 23);
  }
  return memory;
}

uint64_t random_bits(uint64_t* state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

}  // namespace conv4j_benchmarks
