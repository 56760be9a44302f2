#define CONV4J_ISA scalar
#include "kernels/simd_scalar.h"
// The bodies, on top of the vectors above.
#include "kernels/kernels.inl"
