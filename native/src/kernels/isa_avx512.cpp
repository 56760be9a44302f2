#define CONV4J_ISA avx512
#include "kernels/simd_avx512.h"
// The bodies, on top of the vectors above.
#include "kernels/kernels.inl"
