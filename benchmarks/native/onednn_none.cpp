// Built where no oneDNN was given.
#include "competitor.h"
#include "failure.h"

namespace conv4j_benchmarks {

std::vector<Competitor> onednn_competitors(const Problem&, const Tensors&) { return {}; }

std::string onednn_start(int64_t) {
  fail("--peer is onednn; this program was built without it, benchmarks/native/run builds it in");
}

}  // namespace conv4j_benchmarks
