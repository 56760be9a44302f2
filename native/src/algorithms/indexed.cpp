// A task takes one plane, so that no two write to the same element and the order within it holds.
#include "algorithms/indexed.h"

#include <atomic>
#include <cstring>

#include "threading/pool.h"

namespace conv4j {
namespace {

// One read, whatever other threads do: what is checked is what is used.
int64_t read(const int64_t* index) { return __atomic_load_n(index, __ATOMIC_RELAXED); }

bool inside(int64_t index, int64_t large) { return index >= 0 && index < large; }

template <typename Move>
void for_each(const Indexed& g, bool clears, float* to, const Move& move) {
  parallel_for(g.planes, g.threads, [&](int64_t plane, int64_t) {
    if (clears) std::memset(to + plane * g.large, 0, static_cast<size_t>(g.large) * sizeof(float));
    const int64_t end = (plane + 1) * g.small;
    for (int64_t i = plane * g.small; i < end; ++i) {
      const int64_t index = read(g.indices + i);
      if (inside(index, g.large)) move(i, plane * g.large + index);
    }
  });
}

}  // namespace

int64_t first_outside(const Indexed& g) {
  std::atomic<int64_t> first{INT64_MAX};
  parallel_for(g.planes, g.threads, [&](int64_t plane, int64_t) {
    const int64_t end = (plane + 1) * g.small;
    for (int64_t i = plane * g.small; i < end; ++i) {
      if (inside(read(g.indices + i), g.large)) continue;
      int64_t known = first.load();
      while (i < known && !first.compare_exchange_weak(known, i)) {
      }
      return;
    }
  });
  return first.load() == INT64_MAX ? -1 : first.load();
}

void scatter(const Indexed& g, const float* from, float* to) {
  for_each(g, true, to, [&](int64_t small, int64_t large) { to[large] = from[small]; });
}

void scatter_add(const Indexed& g, const float* from, float* to) {
  for_each(g, true, to, [&](int64_t small, int64_t large) { to[large] += from[small]; });
}

void gather(const Indexed& g, const float* from, float* to) {
  for_each(g, false, to, [&](int64_t small, int64_t large) { to[small] = from[large]; });
}

}  // namespace conv4j
