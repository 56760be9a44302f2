// A task takes one plane, so that no two write to the same element and the order within it holds.
#include "algorithms/indexed.h"

#include <atomic>

#include "threading/pool.h"

namespace conv4j {
namespace {

// One read, whatever other threads do: what is checked is what is used.
int64_t read(const int64_t* index) { return __atomic_load_n(index, __ATOMIC_RELAXED); }

bool inside(int64_t index, int64_t large) { return index >= 0 && index < large; }

// The elements of a plane of a tensor: the first one, and how far it is from one to the next.
struct Line {
  int64_t first, step;
  int64_t operator()(int64_t i) const { return first + i * step; }
};
Line line(const Indexed& g, int64_t plane, int64_t size) {
  return {plane / g.channels * size * g.channels + plane % g.channels, g.channels};
}

template <typename Move>
void for_each(const Indexed& g, float* cleared, const Move& move) {
  parallel_for(g.planes, g.threads, [&](int64_t plane, int64_t) {
    const Line small = line(g, plane, g.small);
    const Line large = line(g, plane, g.large);
    for (int64_t i = 0; cleared != nullptr && i < g.large; ++i) cleared[large(i)] = 0;
    for (int64_t i = 0; i < g.small; ++i) {
      const int64_t index = read(g.indices + small(i));
      if (inside(index, g.large)) move(small(i), large(index));
    }
  });
}

}  // namespace

int64_t first_outside(const Indexed& g) {
  std::atomic<int64_t> first{INT64_MAX};
  parallel_for(g.planes, g.threads, [&](int64_t plane, int64_t) {
    const Line small = line(g, plane, g.small);
    for (int64_t i = 0; i < g.small; ++i) {
      if (inside(read(g.indices + small(i)), g.large)) continue;
      const int64_t number = plane * g.small + i;
      int64_t known = first.load();
      while (number < known && !first.compare_exchange_weak(known, number)) {
      }
      return;
    }
  });
  return first.load() == INT64_MAX ? -1 : first.load();
}

int64_t index_at(const Indexed& g, int64_t number) {
  return read(g.indices + line(g, number / g.small, g.small)(number % g.small));
}

void scatter(const Indexed& g, const float* from, float* to) {
  for_each(g, to, [&](int64_t small, int64_t large) { to[large] = from[small]; });
}

void scatter_add(const Indexed& g, const float* from, float* to) {
  for_each(g, to, [&](int64_t small, int64_t large) { to[large] += from[small]; });
}

void gather(const Indexed& g, const float* from, float* to) {
  for_each(g, nullptr, [&](int64_t small, int64_t large) { to[small] = from[large]; });
}

}  // namespace conv4j
