#include "memory/memory.h"

#include <atomic>
#include <cstdlib>

namespace conv4j {
namespace {

std::atomic<int64_t> live_bytes{0};
std::atomic<int64_t> allocations{0};

}  // namespace

void* allocate(int64_t bytes) {
  void* memory = nullptr;
  if (bytes <= 0 || bytes > INT64_MAX - kAlignment ||
      posix_memalign(&memory, static_cast<size_t>(kAlignment), static_cast<size_t>(bytes)) != 0) {
    return nullptr;
  }
  live_bytes.fetch_add(bytes, std::memory_order_relaxed);
  allocations.fetch_add(1, std::memory_order_relaxed);
  return memory;
}

void release(void* memory, int64_t bytes) {
  if (memory == nullptr) return;
  free(memory);
  live_bytes.fetch_sub(bytes, std::memory_order_relaxed);
}

int64_t allocated_bytes() { return live_bytes.load(std::memory_order_relaxed); }
int64_t allocation_count() { return allocations.load(std::memory_order_relaxed); }

}  // namespace conv4j
