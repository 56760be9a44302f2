// conv4j.h: the library itself, memory, instruction sets, threads, BLAS.
#include "conv4j.h"

#include <cinttypes>

#include "api/build_id.h"
#include "api/error.h"
#include "dispatch/isa.h"
#include "gemm/openblas.h"
#include "memory/caches.h"
#include "memory/memory.h"
#include "threading/pool.h"

using conv4j::fail;

int64_t conv4j_abi(void) { return CONV4J_ABI; }
const char* conv4j_build_id(void) { return conv4j::kBuildId; }
const char* conv4j_error(void) { return conv4j::newest_error(); }

conv4j_status conv4j_allocate(int64_t bytes, void** memory) {
  if (memory == nullptr) return fail(CONV4J_INVALID_ARGUMENT, "memory is null");
  *memory = nullptr;
  if (bytes < 1)
    return fail(CONV4J_INVALID_ARGUMENT, "bytes is %" PRId64 "; it must be at least 1", bytes);
  *memory = conv4j::allocate(bytes);
  if (*memory == nullptr)
    return fail(CONV4J_OUT_OF_MEMORY, "no memory for %" PRId64 " bytes", bytes);
  return CONV4J_OK;
}

void conv4j_free(void* memory, int64_t bytes) { conv4j::release(memory, bytes); }
int64_t conv4j_allocated_bytes(void) { return conv4j::allocated_bytes(); }
int64_t conv4j_allocation_count(void) { return conv4j::allocation_count(); }

int64_t conv4j_isa_count(void) { return conv4j::isa_count(); }

const char* conv4j_isa_name(int64_t index) {
  return index >= 0 && index < conv4j::isa_count() ? conv4j::isa_at(index).name : nullptr;
}

int64_t conv4j_isa_supported(int64_t index) {
  return index >= 0 && index < conv4j::isa_count() && conv4j::isa_supported(index) ? 1 : 0;
}

const char* conv4j_isa_default(void) {
  const conv4j::Isa* isa = nullptr;
  return conv4j::find_isa(nullptr, &isa) == CONV4J_OK ? isa->name : conv4j::best_isa().name;
}

conv4j_status conv4j_isa_select(const char* name) {
  if (name == nullptr) return fail(CONV4J_INVALID_ARGUMENT, "name is null");
  return conv4j::select_isa(name);
}

conv4j_status conv4j_isa_check(void) {
  const conv4j::Isa* isa = nullptr;
  return conv4j::find_isa(nullptr, &isa);
}

const char* conv4j_cpu_name(void) { return conv4j::cpu_name(); }

int64_t conv4j_cache_size(int64_t level) {
  const conv4j::Caches& sizes = conv4j::caches();
  return level == 1 ? sizes.l1 : level == 2 ? sizes.l2 : level == 3 ? sizes.l3 : 0;
}

conv4j_status conv4j_threads_set(int64_t limit) {
  if (limit < 1 || limit > conv4j::kMostThreads) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "the thread limit is %" PRId64 "; it must be 1 to %" PRId64, limit,
                conv4j::kMostThreads);
  }
  conv4j::set_thread_limit(limit);
  return CONV4J_OK;
}

int64_t conv4j_threads(void) { return conv4j::thread_limit(); }

conv4j_status conv4j_blas_open(const char* path) {
  if (path == nullptr) return fail(CONV4J_INVALID_ARGUMENT, "path is null");
  return conv4j::openblas::open(path);
}

const char* conv4j_blas_version(void) { return conv4j::openblas::version(); }
const char* conv4j_blas_core(void) { return conv4j::openblas::core(); }
int64_t conv4j_blas_calls(void) { return conv4j::openblas::calls(); }

conv4j_status conv4j_blas_product(int64_t m, int64_t n, int64_t k, const float* a, const float* b,
                                  float* c) {
  if (!conv4j::openblas::available()) return fail(CONV4J_UNSUPPORTED, "no OpenBLAS is open");
  if (a == nullptr || b == nullptr || c == nullptr) {
    return fail(CONV4J_INVALID_ARGUMENT, "a, b or c is null");
  }
  if (m < 1 || n < 1 || k < 1 || m > INT32_MAX || n > INT32_MAX || k > INT32_MAX) {
    return fail(CONV4J_INVALID_ARGUMENT,
                "m %" PRId64 ", n %" PRId64 ", k %" PRId64 " must be 1 to 2^31-1", m, n, k);
  }
  conv4j::openblas::product(conv4j::openblas::kNo, conv4j::openblas::kNo, m, n, k, a, k, b, n, 0.0F,
                            c, n);
  return CONV4J_OK;
}
