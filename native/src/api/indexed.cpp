// conv4j.h: elements moved by indices. Checks every argument, the indices too, then calls.
#include "algorithms/indexed.h"

#include <cinttypes>

#include "api/checks.h"

using namespace conv4j;  // the functions below are C and stand outside it

namespace {

constexpr int64_t kMost = INT64_MAX / 16;

bool too_many(int64_t planes, int64_t elements) {
  return elements > 0 && planes > kMost / elements;
}

conv4j_status check_extents(const Indexed& g) {
  if (g.planes < 0 || g.small < 0 || g.large < 0 || g.threads < 1 || g.threads > kMostThreads) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "planes is %" PRId64 ", small_elements %" PRId64 ", large_elements %" PRId64
                " and threads %" PRId64 "; they must be at least 0, 0, 0 and 1",
                g.planes, g.small, g.large, g.threads);
  }
  if (g.channels < 1 || g.planes % g.channels != 0) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "channels is %" PRId64 "; it must be at least 1 and divide planes, %" PRId64,
                g.channels, g.planes);
  }
  if (too_many(g.planes, g.small) || too_many(g.planes, g.large)) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "%" PRId64 " planes of %" PRId64 " or %" PRId64 " elements are beyond 2^59",
                g.planes, g.small, g.large);
  }
  return CONV4J_OK;
}

// What the three have in common; `to` is one of the two tensors, `from` the other.
conv4j_status check_move(const Indexed& g, const Span& from, const Span& to) {
  const Span places = {"indices", g.indices,
                       g.planes * g.small * static_cast<int64_t>(sizeof(int64_t))};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(places));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from, places}, {to}));
  const int64_t bad = first_outside(g);
  if (bad < 0) return CONV4J_OK;
  return fail(CONV4J_INVALID_ARGUMENT,
              "index %" PRId64 " at element %" PRId64 " (plane %" PRId64
              ") is outside its plane; it must be 0 to %" PRId64,
              index_at(g, bad), bad, bad / g.small, g.large - 1);
}

int64_t threads_for(int64_t planes, int64_t small, int64_t large, int64_t threads) {
  const double work = static_cast<double>(planes) * static_cast<double>(small + large);
  return useful_threads(work, threads);
}

using Scatter = void (*)(const Indexed&, const float*, float*);

conv4j_status scatter_with(Scatter move, const Indexed& asked, const float* small, float* large) {
  CONV4J_RETURN_IF_BAD(check_extents(asked));
  Indexed g = asked;
  g.threads = threads_for(g.planes, g.small, g.large, g.threads);
  CONV4J_RETURN_IF_BAD(check_move(g, {"small", small, g.planes * g.small * kFloat},
                                  {"large", large, g.planes * g.large * kFloat}));
  move(g, small, large);
  return CONV4J_OK;
}

}  // namespace

conv4j_status conv4j_scatter(int64_t planes, int64_t channels, int64_t small_elements,
                             int64_t large_elements, const float* small, const int64_t* indices,
                             float* large, int64_t threads) {
  return scatter_with(scatter, {indices, planes, channels, small_elements, large_elements, threads},
                      small, large);
}

conv4j_status conv4j_scatter_add(int64_t planes, int64_t channels, int64_t small_elements,
                                 int64_t large_elements, const float* small, const int64_t* indices,
                                 float* large, int64_t threads) {
  return scatter_with(scatter_add,
                      {indices, planes, channels, small_elements, large_elements, threads}, small,
                      large);
}

conv4j_status conv4j_gather(int64_t planes, int64_t channels, int64_t small_elements,
                            int64_t large_elements, const float* large, const int64_t* indices,
                            float* small, int64_t threads) {
  Indexed g = {indices, planes, channels, small_elements, large_elements, threads};
  CONV4J_RETURN_IF_BAD(check_extents(g));
  g.threads = threads_for(planes, small_elements, large_elements, threads);
  CONV4J_RETURN_IF_BAD(check_move(g, {"large", large, g.planes * g.large * kFloat},
                                  {"small", small, g.planes * g.small * kFloat}));
  gather(g, large, small);
  return CONV4J_OK;
}
