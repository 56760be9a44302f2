// Memory between two pages that nobody may touch.
//
// place() gives a block that ends exactly at the page behind it, or begins exactly at the page
// before it; the bytes on its other side hold a pattern, which intact() compares. The block starts
// out full of the same pattern, 0xFF, which is NaN in float32: what is read before it was written
// shows in the result.
#ifndef CONV4J_TESTS_GUARDED_H
#define CONV4J_TESTS_GUARDED_H

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace conv4j_tests {

enum class Side { kEnd, kBegin };
inline const char* name_of(Side side) { return side == Side::kEnd ? "end" : "begin"; }

class Guarded {
 public:
  Guarded() = default;
  ~Guarded() { unmap(); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  void* place_bytes(int64_t bytes, Side side, int64_t alignment) {
    // Room for the canary, and for what alignment leaves free behind the block.
    const auto needed = static_cast<size_t>(bytes) + kCanary + static_cast<size_t>(alignment);
    if (needed > capacity_) map(needed);
    const size_t size = static_cast<size_t>(bytes);
    offset_ = side == Side::kBegin ? 0
                                   : (capacity_ - size) / static_cast<size_t>(alignment) *
                                         static_cast<size_t>(alignment);
    size_ = size;
    std::memset(inner_ + low(), kPattern, high() - low());
    return inner_ + offset_;
  }

  template <typename T>
  T* place(int64_t count, Side side, int64_t alignment = alignof(T)) {
    return static_cast<T*>(place_bytes(count * static_cast<int64_t>(sizeof(T)), side, alignment));
  }

  // The block, filled from elsewhere.
  template <typename T>
  T* copy(const T* from, int64_t count, Side side, int64_t alignment = alignof(T)) {
    T* to = place<T>(count, side, alignment);
    if (count > 0) std::memcpy(to, from, size_);
    return to;
  }

  // Whether nothing outside the block was written.
  bool intact() const {
    static const Canary whole;
    const auto untouched = [this](size_t from, size_t to) {
      return from == to || std::memcmp(inner_ + from, whole.bytes, to - from) == 0;
    };
    return untouched(low(), offset_) && untouched(offset_ + size_, high());
  }

 private:
  static constexpr unsigned char kPattern = 0xFF;
  static constexpr size_t kCanary = 1024;
  struct Canary {
    Canary() { std::memset(bytes, kPattern, sizeof bytes); }
    unsigned char bytes[kCanary + 64];  // alignment may add to it
  };

  size_t low() const { return offset_ > kCanary ? offset_ - kCanary : 0; }
  size_t high() const { return std::min(offset_ + size_ + kCanary, capacity_); }

  void map(size_t needed) {
    unmap();
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    capacity_ = (2 * needed + page - 1) / page * page;
    mapped_ = capacity_ + 2 * page;
    void* memory = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED ||
        mprotect(static_cast<char*>(memory) + page, capacity_, PROT_READ | PROT_WRITE) != 0) {
      perror("guard pages");
      exit(1);
    }
    outer_ = memory;
    inner_ = static_cast<unsigned char*>(memory) + page;
  }

  void unmap() {
    if (outer_ != nullptr) munmap(outer_, mapped_);
    outer_ = nullptr;
    capacity_ = 0;
  }

  void* outer_ = nullptr;
  size_t mapped_ = 0;
  unsigned char* inner_ = nullptr;
  size_t capacity_ = 0;
  size_t offset_ = 0;
  size_t size_ = 0;
};

}  // namespace conv4j_tests

#endif
