#include "onednn_variant.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <unordered_map>

// Of the OpenMP that oneDNN brings; its primitives take the number of threads from there.
extern "C" void omp_set_num_threads(int threads);

namespace conv4j_benchmarks {
namespace {

dnnl::stream& stream() {
  static dnnl::stream instance(onednn_engine());
  return instance;
}

struct Conversion {
  dnnl::reorder reorder;
  dnnl::memory from;
  dnnl::memory to;
};

Conversion conversion(const dnnl::memory& from, const dnnl::memory& to) {
  return {dnnl::reorder(from, to), from, to};
}

void execute(const Conversion& c) {
  dnnl::memory from = c.from, to = c.to;
  c.reorder.execute(stream(), from, to);
}

struct Call {
  dnnl::primitive primitive;
  std::unordered_map<int, dnnl::memory> arguments;
  std::vector<Conversion> before;
  std::vector<Conversion> after;
  Memory plain;                  // of the result
  std::vector<Conversion> read;  // brings the result there

  void run() const {
    for (const Conversion& c : before) execute(c);
    primitive.execute(stream(), arguments);
    for (const Conversion& c : after) execute(c);
    stream().wait();
  }
};

const char* isa_name(dnnl::cpu_isa isa) {
  switch (isa) {
    case dnnl::cpu_isa::sse41:
      return "sse41";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx2_vnni:
    case dnnl::cpu_isa::avx2_vnni_2:
      return "avx2 with VNNI";
    default:
      return "avx512";
  }
}

}  // namespace

const dnnl::engine& onednn_engine() {
  static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

dnnl::memory::desc tensor(const dnnl::memory::dims& extents, Format format) {
  return dnnl::memory::desc(extents, dnnl::memory::data_type::f32, format);
}

Candidate candidate_of(const Variant& variant) {
  auto call = std::make_shared<Call>();
  call->primitive = variant.primitive;
  size_t bytes = 0;
  for (const Argument& a : variant.arguments) {
    const bool result = a.given == nullptr;
    if (result) {
      bytes = a.plain.get_size();
      call->plain = Memory(static_cast<int64_t>(bytes));
    }
    const dnnl::memory plain(a.plain, onednn_engine(), result ? call->plain.get() : a.given->get());
    if (a.own == a.plain) {
      call->arguments.insert({a.id, plain});
      continue;
    }
    const dnnl::memory own(a.own, onednn_engine());
    call->arguments.insert({a.id, own});
    if (result) {
      call->read = {conversion(own, plain)};
      if (variant.converts) call->after = call->read;
    } else {
      const Conversion c = conversion(plain, own);
      execute(c);
      if (variant.converts && !a.kept) call->before.push_back(c);
    }
  }
  if (variant.workspace) call->arguments.insert({DNNL_ARG_WORKSPACE, variant.workspace});
  stream().wait();
  const size_t conversions = call->before.size() + call->after.size();
  const std::string suffix = conversions > 0 ? " +" + std::to_string(conversions) : "";
  return {variant.implementation + suffix, [call] { call->run(); },
          [call, bytes](float* result) {
            for (const Conversion& c : call->read) execute(c);
            stream().wait();
            std::memcpy(result, call->plain.get(), bytes);
          }};
}

bool same(const Variant& a, const Variant& b) {
  if (a.implementation != b.implementation || a.converts != b.converts) return false;
  for (size_t i = 0; i < a.arguments.size(); ++i) {
    if (a.arguments[i].own != b.arguments[i].own) return false;
  }
  return true;
}

void add(std::vector<Variant>* variants, const Variant& variant) {
  for (const Variant& other : *variants) {
    if (same(other, variant)) return;
  }
  variants->push_back(variant);
}

Competitor competitor_of(const std::string& name, const std::vector<Variant>& variants) {
  const auto plain_loops = [](const Variant& v) {
    return v.implementation.find("ref") != std::string::npos;
  };
  const bool only_loops = std::all_of(variants.begin(), variants.end(), plain_loops);
  Competitor competitor{name, {}};
  for (const Variant& variant : variants) {
    if (only_loops || !plain_loops(variant)) competitor.candidates.push_back(candidate_of(variant));
  }
  return competitor;
}

std::vector<Competitor> onednn_competitors(const Problem& problem, const Tensors& tensors) {
  std::vector<Competitor> found;
  for (const Competitor& competitor : problem.convolves() ? onednn_convolution(problem, tensors)
                                                          : onednn_pooling(problem, tensors)) {
    if (!competitor.candidates.empty()) found.push_back(competitor);
  }
  return found;
}

std::string onednn_start(int64_t threads) {
  omp_set_num_threads(static_cast<int>(threads));
  const dnnl::version_t* version = dnnl::version();
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch) + " " + isa_name(dnnl::get_effective_cpu_isa());
}

}  // namespace conv4j_benchmarks
