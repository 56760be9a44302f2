// What conv4j.h refuses when a plan is executed, and of the library as a whole: null pointers,
// overlaps, the wrong plan, thread limits, names.
#include <limits>
#include <string>
#include <vector>

#include "refused.h"

using namespace conv4j_tests;

namespace {

constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();

// n, ic, ih, iw,  oc, kh, kw,  sh, sw,  pt, pl, pb, pr,  dh, dw,  g
constexpr conv4j_conv2d kConvolution = {1, 4, 6, 7, 6, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1};
// n, c, ih, iw,  kh, kw,  sh, sw,  pt, pl, pb, pr,  dh, dw,  ceil
constexpr conv4j_pool2d kPooling = {1, 4, 6, 7, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0};

// One block of floats, cut by hand: room enough for every operand of the two geometries.
alignas(64) float room[4096];
float* const a = room;
float* const b = room + 512;
float* const c = room + 1024;
float* const d = room + 1536;
float* const workspace = room + 2048;

conv4j_plan* make(int64_t direction, int64_t n = 1) {
  conv4j_conv2d g = kConvolution;
  g.n = n;
  const conv4j_options options = {direction, 0, 0, 0, 0};
  conv4j_plan* plan = nullptr;
  CHECK_EQ(CONV4J_OK, conv4j_conv2d_create(&g, &options, "direct", nullptr, &plan));
  CHECK(conv4j_plan_workspace_size(plan, 1) > 0);
  CHECK(conv4j_plan_workspace_size(plan, 1) <= 2048 * 4);
  CHECK(conv4j_plan_prepared_size(plan) <= 512 * 4);
  return plan;
}

// An algorithm that needs a workspace.
conv4j_plan* make_pooling(int64_t direction, const char* algorithm) {
  const conv4j_options options = {direction, 0, 0, 0, 0};
  conv4j_plan* plan = nullptr;
  CHECK_EQ(CONV4J_OK, conv4j_max_pool2d_create(&kPooling, &options, algorithm, nullptr, &plan));
  CHECK(conv4j_plan_workspace_size(plan, 1) > 0);
  CHECK(conv4j_plan_workspace_size(plan, 1) <= 2048 * 4);
  return plan;
}

void check_forward() {
  conv4j_plan* plan = make(CONV4J_FORWARD);
  CHECK_EQ(CONV4J_OK, conv4j_conv2d_prepare(plan, a, b));
  REFUSED("plan is null", conv4j_conv2d_prepare(nullptr, a, b));
  REFUSED("weights is null", conv4j_conv2d_prepare(plan, nullptr, b));
  REFUSED("prepared is null", conv4j_conv2d_prepare(plan, a, nullptr));
  REFUSED("prepared overlaps weights", conv4j_conv2d_prepare(plan, a, a + 16));

  CHECK_EQ(CONV4J_OK, conv4j_conv2d_forward(plan, a, b, nullptr, c, workspace, 1));
  REFUSED("plan is null", conv4j_conv2d_forward(nullptr, a, b, d, c, workspace, 1));
  REFUSED("src is null", conv4j_conv2d_forward(plan, nullptr, b, d, c, workspace, 1));
  REFUSED("prepared is null", conv4j_conv2d_forward(plan, a, nullptr, d, c, workspace, 1));
  REFUSED("dst is null", conv4j_conv2d_forward(plan, a, b, d, nullptr, workspace, 1));
  REFUSED("workspace is null", conv4j_conv2d_forward(plan, a, b, d, c, nullptr, 1));
  REFUSED("dst overlaps src", conv4j_conv2d_forward(plan, a, b, d, a, workspace, 1));
  // By one element, from either side: src has 168 elements, dst 252.
  REFUSED("dst overlaps src", conv4j_conv2d_forward(plan, c, b, d, c + 167, workspace, 1));
  REFUSED("dst overlaps src", conv4j_conv2d_forward(plan, c + 251, b, d, c, workspace, 1));
  CHECK_EQ(CONV4J_OK, conv4j_conv2d_forward(plan, c, b, d, c + 168, workspace, 1));
  REFUSED("dst overlaps prepared", conv4j_conv2d_forward(plan, a, b, d, b + 64, workspace, 1));
  REFUSED("dst overlaps bias", conv4j_conv2d_forward(plan, a, b, c + 3, c, workspace, 1));
  for (const int64_t threads : {int64_t{0}, int64_t{-1}, int64_t{1025}, kHuge}) {
    const std::string sentence = "threads is " + std::to_string(threads) + "; it must be 1 to 1024";
    REFUSED(sentence.c_str(), conv4j_conv2d_forward(plan, a, b, d, c, workspace, threads));
  }
  const char* const wrong = "the plan is of another operation or direction";
  REFUSED(wrong, conv4j_conv2d_backward_data(plan, a, b, c, workspace, 1));
  REFUSED(wrong, conv4j_conv2d_backward_weights(plan, a, b, c, d, workspace, 1));
  REFUSED(wrong, conv4j_max_pool2d_forward(plan, a, c, nullptr, workspace, 1));
  REFUSED(wrong, conv4j_max_pool2d_backward(plan, a, b, c, workspace, 1));
  REFUSED("the plan is null or of another operation",
          conv4j_max_pool2d_indices(plan, a, reinterpret_cast<int64_t*>(c)));
  conv4j_plan_destroy(plan);

  // An empty tensor needs no memory.
  plan = make(CONV4J_FORWARD, 0);
  CHECK_EQ(CONV4J_OK, conv4j_conv2d_forward(plan, nullptr, b, nullptr, nullptr, workspace, 1));
  REFUSED("prepared is null",
          conv4j_conv2d_forward(plan, nullptr, nullptr, nullptr, nullptr, workspace, 1));
  conv4j_plan_destroy(plan);
}

void check_backward() {
  conv4j_plan* plan = make(CONV4J_BACKWARD_DATA);
  CHECK_EQ(CONV4J_OK, conv4j_conv2d_prepare(plan, a, b));
  CHECK_EQ(CONV4J_OK, conv4j_conv2d_backward_data(plan, a, b, c, workspace, 1));
  REFUSED("plan is null", conv4j_conv2d_backward_data(nullptr, a, b, c, workspace, 1));
  REFUSED("diff_dst is null", conv4j_conv2d_backward_data(plan, nullptr, b, c, workspace, 1));
  REFUSED("prepared is null", conv4j_conv2d_backward_data(plan, a, nullptr, c, workspace, 1));
  REFUSED("diff_src is null", conv4j_conv2d_backward_data(plan, a, b, nullptr, workspace, 1));
  REFUSED("workspace is null", conv4j_conv2d_backward_data(plan, a, b, c, nullptr, 1));
  REFUSED("diff_src overlaps diff_dst",
          conv4j_conv2d_backward_data(plan, a, b, a + 251, workspace, 1));
  REFUSED("diff_src overlaps prepared", conv4j_conv2d_backward_data(plan, a, b, b, workspace, 1));
  REFUSED("threads is 0", conv4j_conv2d_backward_data(plan, a, b, c, workspace, 0));
  REFUSED("another operation or direction",
          conv4j_conv2d_forward(plan, a, b, nullptr, c, workspace, 1));
  conv4j_plan_destroy(plan);

  plan = make(CONV4J_BACKWARD_WEIGHTS);
  CHECK_EQ(int64_t{0}, conv4j_plan_prepared_size(plan));
  REFUSED("the plan takes no weights", conv4j_conv2d_prepare(plan, a, b));
  CHECK_EQ(CONV4J_OK, conv4j_conv2d_backward_weights(plan, a, b, c, nullptr, workspace, 1));
  REFUSED("plan is null", conv4j_conv2d_backward_weights(nullptr, a, b, c, d, workspace, 1));
  REFUSED("src is null", conv4j_conv2d_backward_weights(plan, nullptr, b, c, d, workspace, 1));
  REFUSED("diff_dst is null", conv4j_conv2d_backward_weights(plan, a, nullptr, c, d, workspace, 1));
  REFUSED("diff_weights is null",
          conv4j_conv2d_backward_weights(plan, a, b, nullptr, d, workspace, 1));
  REFUSED("workspace is null", conv4j_conv2d_backward_weights(plan, a, b, c, d, nullptr, 1));
  REFUSED("diff_weights overlaps src",
          conv4j_conv2d_backward_weights(plan, a, b, a, d, workspace, 1));
  REFUSED("diff_weights overlaps diff_dst",
          conv4j_conv2d_backward_weights(plan, a, b, b, d, workspace, 1));
  REFUSED("diff_bias overlaps src", conv4j_conv2d_backward_weights(plan, a, b, c, a, workspace, 1));
  REFUSED("diff_bias overlaps diff_dst",
          conv4j_conv2d_backward_weights(plan, a, b, c, b, workspace, 1));
  REFUSED("diff_bias overlaps diff_weights",
          conv4j_conv2d_backward_weights(plan, a, b, c, c + 5, workspace, 1));
  REFUSED("threads is 2000", conv4j_conv2d_backward_weights(plan, a, b, c, d, workspace, 2000));
  conv4j_plan_destroy(plan);
}

void check_pooling() {
  conv4j_plan* plan = make_pooling(CONV4J_FORWARD, "separable");
  CHECK_EQ(int64_t{1}, conv4j_plan_offset_size(plan));
  REFUSED("the plan takes no weights", conv4j_conv2d_prepare(plan, a, b));
  CHECK_EQ(CONV4J_OK, conv4j_max_pool2d_forward(plan, a, b, nullptr, workspace, 1));
  CHECK_EQ(CONV4J_OK, conv4j_max_pool2d_forward(plan, a, b, c, workspace, 1));
  REFUSED("plan is null", conv4j_max_pool2d_forward(nullptr, a, b, c, workspace, 1));
  REFUSED("src is null", conv4j_max_pool2d_forward(plan, nullptr, b, c, workspace, 1));
  REFUSED("dst is null", conv4j_max_pool2d_forward(plan, a, nullptr, c, workspace, 1));
  REFUSED("workspace is null", conv4j_max_pool2d_forward(plan, a, b, c, nullptr, 1));
  REFUSED("dst overlaps src", conv4j_max_pool2d_forward(plan, a, a + 10, c, workspace, 1));
  REFUSED("offsets overlaps src", conv4j_max_pool2d_forward(plan, a, b, a, workspace, 1));
  REFUSED("offsets overlaps dst", conv4j_max_pool2d_forward(plan, a, b, b, workspace, 1));
  REFUSED("threads is 0", conv4j_max_pool2d_forward(plan, a, b, c, workspace, 0));
  REFUSED("another operation or direction",
          conv4j_max_pool2d_backward(plan, a, b, c, workspace, 1));
  auto* indices = reinterpret_cast<int64_t*>(d);
  CHECK_EQ(CONV4J_OK, conv4j_max_pool2d_indices(plan, c, indices));
  REFUSED("the plan is null or of another operation",
          conv4j_max_pool2d_indices(nullptr, c, indices));
  REFUSED("offsets is null", conv4j_max_pool2d_indices(plan, nullptr, indices));
  REFUSED("indices is null", conv4j_max_pool2d_indices(plan, c, nullptr));
  REFUSED("indices overlaps offsets", conv4j_max_pool2d_indices(plan, d, indices));
  conv4j_plan_destroy(plan);

  plan = make_pooling(CONV4J_BACKWARD_DATA, "gather");
  REFUSED("plan is null", conv4j_max_pool2d_backward(nullptr, a, c, b, workspace, 1));
  REFUSED("diff_dst is null", conv4j_max_pool2d_backward(plan, nullptr, c, b, workspace, 1));
  REFUSED("offsets is null", conv4j_max_pool2d_backward(plan, a, nullptr, b, workspace, 1));
  REFUSED("diff_src is null", conv4j_max_pool2d_backward(plan, a, c, nullptr, workspace, 1));
  REFUSED("workspace is null", conv4j_max_pool2d_backward(plan, a, c, b, nullptr, 1));
  REFUSED("diff_src overlaps diff_dst", conv4j_max_pool2d_backward(plan, a, c, a, workspace, 1));
  REFUSED("diff_src overlaps offsets", conv4j_max_pool2d_backward(plan, a, c, c, workspace, 1));
  REFUSED("threads is -3", conv4j_max_pool2d_backward(plan, a, c, b, workspace, -3));
  conv4j_plan_destroy(plan);
}

void check_relu_backward() {
  CHECK_EQ(CONV4J_OK, conv4j_relu_backward(a, b, c, 100, 1));
  CHECK_EQ(CONV4J_OK, conv4j_relu_backward(a, b, b, 100, 1));
  CHECK_EQ(CONV4J_OK, conv4j_relu_backward(nullptr, nullptr, nullptr, 0, 1));
  REFUSED("dst is null", conv4j_relu_backward(nullptr, b, c, 100, 1));
  REFUSED("diff_dst is null", conv4j_relu_backward(a, nullptr, c, 100, 1));
  REFUSED("out is null", conv4j_relu_backward(a, b, nullptr, 100, 1));
  REFUSED("out overlaps dst", conv4j_relu_backward(a, b, a, 100, 1));
  REFUSED("out overlaps diff_dst", conv4j_relu_backward(a, b, b + 1, 100, 1));
  REFUSED("count is -1", conv4j_relu_backward(a, b, c, -1, 1));
  REFUSED("threads 0", conv4j_relu_backward(a, b, c, 100, 0));
}

void check_library() {
  CHECK_EQ(int64_t{CONV4J_ABI}, conv4j_abi());
  CHECK_EQ(size_t{64}, std::strlen(conv4j_build_id()));
  CHECK(conv4j_cpu_name() != nullptr);

  void* memory = room;
  REFUSED("bytes is 0; it must be at least 1", conv4j_allocate(0, &memory));
  CHECK(memory == nullptr);
  REFUSED("bytes is -5; it must be at least 1", conv4j_allocate(-5, &memory));
  REFUSED("memory is null", conv4j_allocate(8, nullptr));
  for (const int64_t bytes : {kHuge, int64_t{1} << 60U}) {
    const std::string sentence = "no memory for " + std::to_string(bytes) + " bytes";
    refused(CONV4J_OUT_OF_MEMORY, sentence.c_str(), conv4j_allocate(bytes, &memory), __LINE__);
  }
  const int64_t live = conv4j_allocated_bytes();
  const int64_t count = conv4j_allocation_count();
  CHECK_EQ(CONV4J_OK, conv4j_allocate(100, &memory));
  CHECK_EQ(uintptr_t{0}, reinterpret_cast<uintptr_t>(memory) % 64);
  CHECK_EQ(live + 100, conv4j_allocated_bytes());
  CHECK_EQ(count + 1, conv4j_allocation_count());
  conv4j_free(memory, 100);
  conv4j_free(nullptr, 100);
  CHECK_EQ(live, conv4j_allocated_bytes());

  REFUSED("name is null", conv4j_isa_select(nullptr));
  REFUSED("no instruction set is named 'mmx'", conv4j_isa_select("mmx"));
  CHECK(conv4j_isa_name(-1) == nullptr);
  CHECK(conv4j_isa_name(conv4j_isa_count()) == nullptr);
  CHECK_EQ(int64_t{0}, conv4j_isa_supported(-1));
  CHECK_EQ(int64_t{0}, conv4j_isa_supported(conv4j_isa_count()));

  CHECK_EQ(int64_t{0}, conv4j_cache_size(0));
  CHECK_EQ(int64_t{0}, conv4j_cache_size(4));
  CHECK(conv4j_cache_size(1) >= 4096 && conv4j_cache_size(1) <= conv4j_cache_size(2));

  for (const int64_t limit : {int64_t{0}, int64_t{-1}, int64_t{1025}, kHuge}) {
    const std::string sentence =
        "the thread limit is " + std::to_string(limit) + "; it must be 1 to 1024";
    REFUSED(sentence.c_str(), conv4j_threads_set(limit));
  }
  CHECK_EQ(CONV4J_OK, conv4j_threads_set(1024));
  CHECK_EQ(int64_t{1024}, conv4j_threads());
  CHECK_EQ(CONV4J_OK, conv4j_threads_set(1));

  conv4j_plan_destroy(nullptr);
  CHECK(conv4j_plan_algorithm(nullptr) == nullptr);
  CHECK(conv4j_plan_isa(nullptr) == nullptr);
  CHECK_EQ(int64_t{0}, conv4j_plan_workspace_size(nullptr, 1));
  CHECK_EQ(int64_t{0}, conv4j_plan_prepared_size(nullptr));
  CHECK_EQ(int64_t{0}, conv4j_plan_offset_size(nullptr));
}

void check_blas() {
  CHECK_EQ("", conv4j_blas_version());
  CHECK_EQ("", conv4j_blas_core());
  CHECK_EQ(int64_t{0}, conv4j_blas_calls());
  REFUSED("path is null", conv4j_blas_open(nullptr));
  refused(CONV4J_LIBRARY_ERROR, "OpenBLAS cannot be opened", conv4j_blas_open("/nowhere/lib.so"),
          __LINE__);
  refused(CONV4J_LIBRARY_ERROR, "lacks cblas_sgemm", conv4j_blas_open("libm.so.6"), __LINE__);
  CHECK(getenv("OPENBLAS_CORETYPE") == nullptr && getenv("OPENBLAS_NUM_THREADS") == nullptr);
  UNSUPPORTED("no OpenBLAS is open", conv4j_blas_product(1, 1, 1, a, b, c));
}

}  // namespace

int main() {
  begin();
  unsetenv("OPENBLAS_CORETYPE");
  unsetenv("OPENBLAS_NUM_THREADS");
  const int64_t live = conv4j_allocated_bytes();
  check_forward();
  check_backward();
  check_pooling();
  check_relu_backward();
  check_library();
  check_blas();
  replay("everything was freed");
  CHECK_EQ(live, conv4j_allocated_bytes());
  return finish();
}
