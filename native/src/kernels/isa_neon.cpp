#define CONV4J_ISA neon
#include "kernels/simd_neon.h"
// The bodies, on top of the vectors above.
#include "kernels/kernels.inl"
