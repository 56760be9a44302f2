#include "gemm/openblas.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "api/error.h"
#include "dispatch/isa.h"

namespace conv4j {
namespace openblas {
namespace {

// Prototypes of our own: the library is built with 32-bit integers, and its header does not compile
// everywhere.
using Sgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                       float alpha, const float* a, int lda, const float* b, int ldb, float beta,
                       float* c, int ldc);
using SetThreads = void (*)(int);
using GetText = char* (*)();

constexpr int kRowMajor = 101;
constexpr int kNoTranspose = 111;
constexpr int kTranspose = 112;

pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
std::atomic<Sgemm> sgemm{nullptr};
std::atomic<int64_t> call_count{0};
char version_text[128] = "";
char core_text[64] = "";

// Sets an environment variable for as long as the object lives, unless it is set already.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) {
    if (value == nullptr || getenv(name) != nullptr) return;
    set_ = setenv(name, value, 0) == 0;
  }
  ~ScopedVariable() {
    if (set_) unsetenv(name_);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
  bool set_ = false;
};

conv4j_status open_locked(const char* path) {
  if (sgemm.load() != nullptr) {
    return fail(CONV4J_INVALID_ARGUMENT, "OpenBLAS is open already: %s", version_text);
  }
  void* library = nullptr;
  {
    ScopedVariable core("OPENBLAS_CORETYPE", openblas_core());
    ScopedVariable threads("OPENBLAS_NUM_THREADS", "1");
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  }
  if (library == nullptr) {
    return fail(CONV4J_LIBRARY_ERROR, "OpenBLAS cannot be opened: %s", dlerror());
  }
  const auto product = reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm"));
  const auto set_threads = reinterpret_cast<SetThreads>(dlsym(library, "openblas_set_num_threads"));
  const auto config = reinterpret_cast<GetText>(dlsym(library, "openblas_get_config"));
  const auto corename = reinterpret_cast<GetText>(dlsym(library, "openblas_get_corename"));
  if (product == nullptr || set_threads == nullptr || config == nullptr || corename == nullptr) {
    dlclose(library);
    return fail(CONV4J_LIBRARY_ERROR, "%s lacks cblas_sgemm or openblas_* functions", path);
  }
  set_threads(1);
  std::strncpy(version_text, config(), sizeof version_text - 1);
  std::strncpy(core_text, corename(), sizeof core_text - 1);
  sgemm.store(product, std::memory_order_release);
  return CONV4J_OK;
}

}  // namespace

conv4j_status open(const char* path) {
  pthread_mutex_lock(&opening);
  const conv4j_status status = open_locked(path);
  pthread_mutex_unlock(&opening);
  return status;
}

bool available() { return sgemm.load(std::memory_order_acquire) != nullptr; }
const char* version() { return available() ? version_text : ""; }
const char* core() { return available() ? core_text : ""; }
int64_t calls() { return call_count.load(std::memory_order_relaxed); }

void product(Transpose transpose_a, Transpose transpose_b, int64_t m, int64_t n, int64_t k,
             const float* a, int64_t lda, const float* b, int64_t ldb, float beta, float* c,
             int64_t ldc) {
  call_count.fetch_add(1, std::memory_order_relaxed);
  const auto order = [](Transpose t) { return t == kYes ? kTranspose : kNoTranspose; };
  sgemm.load(std::memory_order_relaxed)(kRowMajor, order(transpose_a), order(transpose_b),
                                        static_cast<int>(m), static_cast<int>(n),
                                        static_cast<int>(k), 1.0F, a, static_cast<int>(lda), b,
                                        static_cast<int>(ldb), beta, c, static_cast<int>(ldc));
}

}  // namespace openblas
}  // namespace conv4j
