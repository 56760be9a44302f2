// The only allocator: counted, aligned to a cache line, and never throwing.
#ifndef CONV4J_MEMORY_MEMORY_H
#define CONV4J_MEMORY_MEMORY_H

#include <cstddef>
#include <cstdint>

namespace conv4j {

constexpr int64_t kAlignment = 64;

// Null when there is not so much memory. bytes > 0.
void* allocate(int64_t bytes);
void release(void* memory, int64_t bytes);

int64_t allocated_bytes();
int64_t allocation_count();

constexpr int64_t align_up(int64_t value, int64_t to) { return (value + to - 1) / to * to; }

}  // namespace conv4j

#endif
