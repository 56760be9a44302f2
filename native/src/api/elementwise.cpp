// conv4j.h: operations on long rows of elements, without a plan.
#include "api/checks.h"

using namespace conv4j;  // the functions below are C and stand outside it

conv4j_status conv4j_relu_backward(const float* dst, const float* diff_dst, float* out,
                                   int64_t count, int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  const Span mask = {"dst", dst, count * kFloat};
  const Span from = {"diff_dst", diff_dst, count * kFloat};
  const Span to = {"out", out, count * kFloat};
  CONV4J_RETURN_IF_BAD(require(mask));
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({mask}, {to}));
  if (out != diff_dst) CONV4J_RETURN_IF_BAD(check_spans({from}, {to}));
  const Isa* isa = nullptr;
  CONV4J_RETURN_IF_BAD(find_isa(nullptr, &isa));
  for_each_block(count, threads, [&](int64_t first, int64_t length) {
    isa->table.relu_backward_f32(dst + first, diff_dst + first, out + first, length);
  });
  return CONV4J_OK;
}

conv4j_status conv4j_axpy(float a, const float* x, float* y, int64_t count, int64_t threads) {
  CONV4J_RETURN_IF_BAD(check_counts(count, threads));
  const Span from = {"x", x, count * kFloat};
  const Span to = {"y", y, count * kFloat};
  CONV4J_RETURN_IF_BAD(require(from));
  CONV4J_RETURN_IF_BAD(require(to));
  CONV4J_RETURN_IF_BAD(check_spans({from}, {to}));
  const Isa* isa = nullptr;
  CONV4J_RETURN_IF_BAD(find_isa(nullptr, &isa));
  for_each_block(count, threads, [&](int64_t first, int64_t length) {
    isa->table.axpy_f32(a, x + first, 1, y + first, 1, length);
  });
  return CONV4J_OK;
}
