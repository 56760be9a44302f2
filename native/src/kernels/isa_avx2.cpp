#define CONV4J_ISA avx2
#include "kernels/simd_avx2.h"
// The bodies, on top of the vectors above.
#include "kernels/kernels.inl"
