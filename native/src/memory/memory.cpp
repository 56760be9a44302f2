#include "memory/memory.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace conv4j {
namespace {

std::atomic<int64_t> live_bytes{0};
std::atomic<int64_t> allocations{0};

#if defined(__linux__) && defined(_SC_LEVEL2_CACHE_SIZE)
int64_t cache_size(int name, int64_t fallback) {
  const long size = sysconf(name);
  return size > 0 ? static_cast<int64_t>(size) : fallback;
}

Caches read_caches() {
  return {cache_size(_SC_LEVEL1_DCACHE_SIZE, 32 << 10),
          cache_size(_SC_LEVEL2_CACHE_SIZE, 512 << 10), cache_size(_SC_LEVEL3_CACHE_SIZE, 8 << 20)};
}
#else
Caches read_caches() { return {32 << 10, 512 << 10, 8 << 20}; }
#endif

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

const Caches& caches() {
  static const Caches sizes = read_caches();
  return sizes;
}

}  // namespace conv4j
