#include "dispatch/isa.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "api/error.h"
#include "dispatch/isa_list.h"  // CONV4J_FOR_EACH_ISA(X), from cmake/Isa.cmake

namespace conv4j {

#define CONV4J_DECLARE_FILL(isa) \
  namespace isa {                \
  void fill(KernelTable* table); \
  }
CONV4J_FOR_EACH_ISA(CONV4J_DECLARE_FILL)
#undef CONV4J_DECLARE_FILL

namespace {

// The compiler's support library asks CPUID for the instructions and XGETBV for what the operating
// system saves at a context switch.
namespace supports {
bool scalar() { return true; }
#if defined(__x86_64__)
bool avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("fma");
}
#elif defined(__aarch64__)
bool neon() { return true; }  // part of every 64-bit Arm
#endif
}  // namespace supports

struct Sets {
#define CONV4J_ISA_ENTRY(isa) {#isa, isa::fill, supports::isa, {}},
  Isa all[8] = {CONV4J_FOR_EACH_ISA(CONV4J_ISA_ENTRY)};
#undef CONV4J_ISA_ENTRY
  int64_t count = 0;
  int64_t best = 0;

  Sets() {
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    for (Isa& isa : all) {
      if (isa.name == nullptr) break;
      scalar::fill(&isa.table);
      // Filling a table is code of that ISA too: the compiler stores the pointers with its vectors.
      if (isa.supported()) {
        isa.fill(&isa.table);
        best = count;
      }
      ++count;
    }
  }
};

const Sets& sets() {
  static const Sets instance;
  return instance;
}

// What conv4j_isa_select chose; null while it has not been called.
std::atomic<const Isa*> selected{nullptr};

conv4j_status find_by_name(const char* name, const Isa** found) {
  char known[128] = "";
  for (int64_t i = 0; i < isa_count(); ++i) {
    const Isa& isa = isa_at(i);
    if (std::strcmp(isa.name, name) == 0) {
      if (!isa.supported()) {
        return fail(CONV4J_UNSUPPORTED,
                    "this CPU, or its operating system, does not run %s; it runs %s", name,
                    best_isa().name);
      }
      *found = &isa;
      return CONV4J_OK;
    }
    if (i > 0) std::strncat(known, ", ", sizeof known - std::strlen(known) - 1);
    std::strncat(known, isa.name, sizeof known - std::strlen(known) - 1);
  }
  return fail(CONV4J_INVALID_ARGUMENT, "no instruction set is named '%s'; there are %s", name,
              known);
}

}  // namespace

int64_t isa_count() { return sets().count; }
const Isa& isa_at(int64_t index) { return sets().all[index]; }
bool isa_supported(int64_t index) { return sets().all[index].supported(); }
const Isa& best_isa() { return sets().all[sets().best]; }

conv4j_status find_isa(const char* name, const Isa** found) {
  if (name != nullptr) return find_by_name(name, found);
  if (const Isa* chosen = selected.load(std::memory_order_acquire)) {
    *found = chosen;
    return CONV4J_OK;
  }
  const char* forced = std::getenv("CONV4J_ISA");
  if (forced != nullptr && forced[0] != '\0') return find_by_name(forced, found);
  *found = &best_isa();
  return CONV4J_OK;
}

conv4j_status select_isa(const char* name) {
  const Isa* found = nullptr;
  const conv4j_status status = find_by_name(name, &found);
  if (status == CONV4J_OK) selected.store(found, std::memory_order_release);
  return status;
}

#if defined(__x86_64__)
const char* cpu_name() {
  static const struct Name {
    char text[49] = "";
    Name() {
      unsigned registers[4] = {};
      char* out = text;
      for (unsigned leaf = 0x80000002U; leaf <= 0x80000004U; ++leaf) {
        if (!__get_cpuid(leaf, &registers[0], &registers[1], &registers[2], &registers[3])) return;
        std::memcpy(out, registers, sizeof registers);
        out += sizeof registers;
      }
      text[48] = '\0';
      for (size_t end = std::strlen(text); end > 0 && text[end - 1] == ' '; --end)
        text[end - 1] = '\0';
    }
  } name;
  return name.text;
}

bool fetches_distant_rows() { return __builtin_cpu_is("amd") != 0 && supports::avx512(); }

bool halves_wide_vectors() { return __builtin_cpu_is("amdfam19h") != 0 && supports::avx512(); }

// OpenBLAS 0.3.31 knows fewer CPUs than there are, and takes one that it does not know for a
// Haswell. The instructions decide here, as they do for our own kernels.
const char* openblas_core() {
  if (supports::avx512()) {
    return __builtin_cpu_supports("avx512bf16") ? "Cooperlake" : "SkylakeX";
  }
  return supports::avx2() ? "Haswell" : nullptr;
}
#else
const char* cpu_name() { return "64-bit Arm"; }
bool fetches_distant_rows() { return false; }
bool halves_wide_vectors() { return false; }
const char* openblas_core() { return nullptr; }
#endif

}  // namespace conv4j
