// Which instruction set, and with it which kernels, a plan uses.
#ifndef CONV4J_DISPATCH_ISA_H
#define CONV4J_DISPATCH_ISA_H

#include "conv4j.h"
#include "kernels/kernel_list.h"

namespace conv4j {

struct Isa {
  const char* name;
  void (*fill)(KernelTable* table);
  bool (*supported)();
  KernelTable table;
};

int64_t isa_count();
// Ordered from the plainest to the widest; index in [0, isa_count()).
const Isa& isa_at(int64_t index);
bool isa_supported(int64_t index);

// The set of that name, or for null the default. Fails when it was not compiled in, or when the CPU
// or the operating system does not run it.
conv4j_status find_isa(const char* name, const Isa** found);
conv4j_status select_isa(const char* name);
// The widest set that this CPU runs.
const Isa& best_isa();

const char* cpu_name();

// Whether rows that lie a plane apart reach the first-level cache as early as those that follow one
// another: so on a Zen 5, while on Skylake, Cascade Lake and Ice Lake a product waits for them.
bool fetches_distant_rows();

// Whether vectors of 512 bits are computed in two halves: so on a Zen 4, the one AMD CPU of family
// 19h that has them.
bool halves_wide_vectors();

// The OpenBLAS core whose kernels suit this CPU, or null to let OpenBLAS choose.
const char* openblas_core();

}  // namespace conv4j

#endif
