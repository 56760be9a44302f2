// What a plan says that it was chosen from: every algorithm that takes the geometry and no other,
// in the order of the list, the winner the first of those that cost least, and the same when an
// algorithm is named.
#include <cmath>
#include <functional>
#include <vector>

#include "check.h"
#include "geometries.h"
#include "plan_runner.h"

using namespace conv4j_tests;

namespace {

struct Candidate {
  const char* name;
  double cost;
};

std::vector<Candidate> candidates_of(const conv4j_plan* plan) {
  std::vector<Candidate> found;
  int64_t index = 0;
  for (; conv4j_plan_candidate(plan, index) != nullptr; ++index) {
    found.push_back({conv4j_plan_candidate(plan, index), conv4j_plan_candidate_cost(plan, index)});
  }
  CHECK(conv4j_plan_candidate(plan, -1) == nullptr);
  CHECK_EQ(0.0, conv4j_plan_candidate_cost(plan, -1));
  CHECK_EQ(0.0, conv4j_plan_candidate_cost(plan, index));
  return found;
}

// A plan with the algorithm of that name, or null for a choice; null where there is none.
using Create = std::function<conv4j_plan*(const char* algorithm)>;
using NameAt = std::function<const char*(int64_t index)>;

// Of equal costs the first.
const char* cheapest(const std::vector<Candidate>& candidates) {
  size_t best = 0;
  for (size_t i = 1; i < candidates.size(); ++i) {
    if (candidates[i].cost < candidates[best].cost) best = i;
  }
  return candidates[best].name;
}

// Returns the number of candidates.
size_t check_choice(const Create& create, const NameAt& name_at) {
  conv4j_plan* plan = create(nullptr);
  if (!CHECK(plan != nullptr)) return 0;
  const std::vector<Candidate> candidates = candidates_of(plan);
  if (CHECK(!candidates.empty())) {
    CHECK_EQ(cheapest(candidates), conv4j_plan_algorithm(plan));
  }
  conv4j_plan_destroy(plan);
  size_t next = 0;
  for (int64_t index = 0; name_at(index) != nullptr; ++index) {
    conv4j_plan* named = create(name_at(index));
    const bool listed = next < candidates.size() && same(candidates[next].name, name_at(index));
    CHECK_EQ(named != nullptr, listed);
    if (listed) {
      CHECK(std::isfinite(candidates[next].cost) && candidates[next].cost >= 0);
      ++next;
    }
    if (named == nullptr) continue;
    CHECK_EQ(name_at(index), conv4j_plan_algorithm(named));
    const std::vector<Candidate> again = candidates_of(named);
    CHECK_EQ(candidates.size(), again.size());
    for (size_t i = 0; i < again.size() && i < candidates.size(); ++i) {
      CHECK_EQ(candidates[i].name, again[i].name);
      CHECK_EQ(candidates[i].cost, again[i].cost);
    }
    conv4j_plan_destroy(named);
  }
  CHECK_EQ(candidates.size(), next);
  return candidates.size();
}

// Returns the largest number of candidates of any plan.
size_t check_convolution(const conv4j_conv2d& g, const char* isa) {
  size_t most = 0;
  for (int64_t direction = 0; direction < 3; ++direction) {
    size_t by_accuracy[2] = {};
    for (const int64_t accuracy : {0, 1}) {
      replay("candidates_test: %s, direction %ld, accuracy %ld, %s", text_of(g).c_str(),
             static_cast<long>(direction), static_cast<long>(accuracy), isa);
      const auto create = [&](const char* algorithm) {
        const conv4j_options options = {direction, accuracy, 0, 0, 0};
        conv4j_plan* plan = nullptr;
        conv4j_conv2d_create(&g, &options, algorithm, isa, &plan);
        return plan;
      };
      const auto name_at = [&](int64_t index) { return conv4j_conv2d_algorithm(direction, index); };
      by_accuracy[accuracy] = check_choice(create, name_at);
    }
    CHECK(by_accuracy[CONV4J_ACCURACY_STRICT] <= by_accuracy[CONV4J_ACCURACY_DEFAULT]);
    if (by_accuracy[0] > most) most = by_accuracy[0];
  }
  return most;
}

void check_pooling(const conv4j_pool2d& g, const char* isa) {
  const conv4j_adaptive_pool2d adaptive = {g.n, g.c, g.ih, g.iw, g.kh, g.kw};
  for (int64_t direction = 0; direction < 2; ++direction) {
    replay("candidates_test: %s, direction %ld, %s", text_of(g).c_str(),
           static_cast<long>(direction), isa);
    const conv4j_options options = {direction, 0, 0, 0, 0};
    const auto max_pool = [&](const char* algorithm) {
      conv4j_plan* plan = nullptr;
      conv4j_max_pool2d_create(&g, &options, algorithm, isa, &plan);
      return plan;
    };
    check_choice(max_pool,
                 [&](int64_t index) { return conv4j_max_pool2d_algorithm(direction, index); });
    const auto average_name = [&](int64_t index) {
      return conv4j_avg_pool2d_algorithm(direction, index);
    };
    const auto adaptive_average = [&](const char* algorithm) {
      conv4j_plan* plan = nullptr;
      conv4j_adaptive_avg_pool2d_create(&adaptive, &options, algorithm, isa, &plan);
      return plan;
    };
    check_choice(adaptive_average, average_name);
    if (g.dh == 1 && g.dw == 1) {
      const conv4j_avg_pool2d average = {g, 1, 0};
      const auto create = [&](const char* algorithm) {
        conv4j_plan* plan = nullptr;
        conv4j_avg_pool2d_create(&average, &options, algorithm, isa, &plan);
        return plan;
      };
      check_choice(create, average_name);
    }
    if (direction == CONV4J_FORWARD) {
      const auto adaptive_max = [&](const char* algorithm) {
        conv4j_plan* plan = nullptr;
        conv4j_adaptive_max_pool2d_create(&adaptive, &options, algorithm, isa, &plan);
        return plan;
      };
      check_choice(adaptive_max,
                   [](int64_t index) { return conv4j_adaptive_max_pool2d_algorithm(index); });
    }
  }
}

}  // namespace

int main() {
  begin();
  open_blas_if_given();
  size_t most = 0;
  for (const char* isa : isas()) {
    for (const conv4j_conv2d& g : kConvolutions) {
      const size_t count = check_convolution(g, isa);
      if (count > most) most = count;
    }
    for (const conv4j_conv2d& g : kLargeConvolutions) check_convolution(g, isa);
    for (const conv4j_pool2d& g : kPoolings) check_pooling(g, isa);
  }
  replay("some geometry suits most algorithms");
  CHECK(most >= 6);
  CHECK(conv4j_plan_candidate(nullptr, 0) == nullptr);
  CHECK_EQ(0.0, conv4j_plan_candidate_cost(nullptr, 0));
  return finish();
}
