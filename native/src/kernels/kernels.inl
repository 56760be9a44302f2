// Every kernel, for the instruction set CONV4J_ISA whose simd_<isa>.h was included before.
#include "kernels/kernel_list.h"
#include "kernels/vectors.inl"

// Asks for a loop of constant length to be unrolled, so that its arrays live in registers.
#if defined(__clang__)
#define CONV4J_UNROLL _Pragma("unroll")
#else
#define CONV4J_UNROLL _Pragma("GCC unroll 32")
#endif

// Where the compiler's own choice would send arrays of vectors through memory, or copy a large body
// to every place that calls it.
#define CONV4J_INLINE __attribute__((always_inline)) inline
#define CONV4J_NOINLINE __attribute__((noinline))

// What several of the kernels share.
#include "kernels/down_columns.inl"
#include "kernels/plane_vectors.inl"
// The kernels.
#include "kernels/average.inl"
#include "kernels/average_gradient.inl"
#include "kernels/average_windows.inl"
#include "kernels/blocked_product.inl"
#include "kernels/channel_product.inl"
#include "kernels/columns.inl"
#include "kernels/dot.inl"
#include "kernels/elementwise.inl"
#include "kernels/filter.inl"
#include "kernels/filter_gradient.inl"
#include "kernels/functions.inl"
#include "kernels/max_gradient.inl"
#include "kernels/max_pool.inl"
#include "kernels/max_windows.inl"
#include "kernels/optimizers.inl"
#include "kernels/pad.inl"
#include "kernels/product.inl"
#include "kernels/range_max.inl"
#include "kernels/rows.inl"
#include "kernels/rows_blocked.inl"
#include "kernels/softmax.inl"
#include "kernels/statistics.inl"
#include "kernels/transpose.inl"
#include "kernels/window_blocks.inl"
#include "kernels/winograd.inl"
#include "kernels/winograd_weights.inl"

namespace conv4j {
namespace CONV4J_ISA {

void fill(KernelTable* table);
void fill(KernelTable* table) {
  table->lanes = kLanes;
  table->product_rows = kProductRows;
  table->dot_tile = kDotTile;
#define CONV4J_FILL(name, result, parameters) table->name = name;
  CONV4J_FOR_EACH_KERNEL(CONV4J_FILL)
#undef CONV4J_FILL
}

}  // namespace CONV4J_ISA
}  // namespace conv4j
