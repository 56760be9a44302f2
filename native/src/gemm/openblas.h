// The only place that knows OpenBLAS: a private copy, opened at run time, on the calling thread
// only.
#ifndef CONV4J_GEMM_OPENBLAS_H
#define CONV4J_GEMM_OPENBLAS_H

#include "conv4j.h"

namespace conv4j {
namespace openblas {

conv4j_status open(const char* path);
bool available();
const char* version();
const char* core();
int64_t calls();

enum Transpose { kNo, kYes };

// c[m][n] = op(a) * op(b) + beta * c, row-major with the given leading distances. Extents and
// distances below 2^31. Only when available().
void product(Transpose transpose_a, Transpose transpose_b, int64_t m, int64_t n, int64_t k,
             const float* a, int64_t lda, const float* b, int64_t ldb, float beta, float* c,
             int64_t ldc);

}  // namespace openblas
}  // namespace conv4j

#endif
