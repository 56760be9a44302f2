/* conv4j: convolution and pooling on the CPU. The whole border between the kernels and their
 * callers.
 *
 * Conventions
 *   - Every function that can fail returns a conv4j_status; conv4j_error() then holds one sentence
 *     about the newest failure on the calling thread. Nothing throws, aborts, prints or raises a
 *     signal, and no call allocates memory except the *_create, conv4j_allocate and
 *     conv4j_blas_open functions.
 *   - Tensors are dense float32 in row-major order, images [N][C][H][W] unless a plan's options say
 *     that they lie channels last, [N][H][W][C]; weights [OC][IC/G][KH][KW]. Pointers need the
 * alignment of a float and no more. A null pointer is refused unless the argument says that it may
 * be left out.
 *   - Plans are immutable: any number of threads may execute one at the same time, each with a
 *     workspace of its own. The floating-point environment is left as it was found.
 *   - dilation 1 is a dense kernel. Padding is always top, left, bottom, right.
 *   - Extents and bytes are int64_t; a product past 2^63 is refused, never wrapped.
 */
#ifndef CONV4J_H
#define CONV4J_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define CONV4J_EXPORT
#else
#define CONV4J_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised by one whenever a declaration below changes its meaning; compared when Java loads the
 * library. */
#define CONV4J_ABI 4

typedef int32_t conv4j_status;
enum {
  CONV4J_OK = 0,
  CONV4J_INVALID_ARGUMENT = 1, /* an extent, a pointer or a name; the sentence names it */
  CONV4J_OUT_OF_MEMORY = 2,
  CONV4J_UNSUPPORTED = 3,  /* this CPU, or this algorithm for this geometry */
  CONV4J_LIBRARY_ERROR = 4 /* OpenBLAS could not be opened or lacks a function */
};

/* ---------------------------------------------------------------- library */

CONV4J_EXPORT int64_t conv4j_abi(void);
/* SHA-256 over the native sources and the flags that they were compiled with, in hexadecimal. */
CONV4J_EXPORT const char* conv4j_build_id(void);
/* The newest failure on this thread; "" when there was none. Valid until the thread's next call. */
CONV4J_EXPORT const char* conv4j_error(void);

/* ------------------------------------------------------------------ memory */

/* Allocates bytes > 0, aligned to 64 bytes and not initialised. */
CONV4J_EXPORT conv4j_status conv4j_allocate(int64_t bytes, void** memory);
/* Frees what conv4j_allocate gave; null is ignored. bytes: as asked for, for the count below. */
CONV4J_EXPORT void conv4j_free(void* memory, int64_t bytes);
/* Bytes that are allocated now, and the number of allocations ever made. */
CONV4J_EXPORT int64_t conv4j_allocated_bytes(void);
CONV4J_EXPORT int64_t conv4j_allocation_count(void);

/* -------------------------------------------------------- instruction sets */

/* Instruction sets that were compiled in, from the plainest to the widest: "scalar", "avx2", ... */
CONV4J_EXPORT int64_t conv4j_isa_count(void);
CONV4J_EXPORT const char* conv4j_isa_name(int64_t index); /* null when out of range */
/* 1 when the CPU and the operating system run it, else 0. */
CONV4J_EXPORT int64_t conv4j_isa_supported(int64_t index);
/* The one that plans use by default: the widest supported one, or what the environment variable
 * CONV4J_ISA or conv4j_isa_select asked for. */
CONV4J_EXPORT const char* conv4j_isa_default(void);
/* Makes name the default of plans created from now on. CONV4J_UNSUPPORTED when the CPU lacks it,
 * CONV4J_INVALID_ARGUMENT when no such set was compiled in. */
CONV4J_EXPORT conv4j_status conv4j_isa_select(const char* name);
/* CONV4J_OK, or the reason why the environment's CONV4J_ISA cannot be had. */
CONV4J_EXPORT conv4j_status conv4j_isa_check(void);
/* The CPU's own name for itself. */
CONV4J_EXPORT const char* conv4j_cpu_name(void);
/* Bytes of the data cache of level 1, 2 or 3 that plans reckon with: what the system tells, or a
 * plausible size where it does not. 0 for other levels. */
CONV4J_EXPORT int64_t conv4j_cache_size(int64_t level);

/* ----------------------------------------------------------------- threads */

/* Threads that one call may use, the caller's own included; 1 or more. At most limit-1 pool threads
 * run at a time, however many callers there are; callers never wait for one another. */
CONV4J_EXPORT conv4j_status conv4j_threads_set(int64_t limit);
CONV4J_EXPORT int64_t conv4j_threads(void);

/* -------------------------------------------------------------------- BLAS */

/* Opens OpenBLAS from an absolute path, with RTLD_LOCAL and one thread. The environment variable
 * OPENBLAS_CORETYPE is set for the time of the opening to the best core that this CPU has, unless
 * the caller's environment sets it already. A second call is CONV4J_INVALID_ARGUMENT. */
CONV4J_EXPORT conv4j_status conv4j_blas_open(const char* path);
/* "OpenBLAS 0.3.31 ..." and "Cooperlake", or "" where none is open. */
CONV4J_EXPORT const char* conv4j_blas_version(void);
CONV4J_EXPORT const char* conv4j_blas_core(void);
/* Products that OpenBLAS has computed in this process. */
CONV4J_EXPORT int64_t conv4j_blas_calls(void);
/* c[m][n] = a[m][k] * b[k][n], all dense and row-major, on the calling thread: OpenBLAS as it is,
 * for comparison. CONV4J_UNSUPPORTED where none is open. c must not overlap a or b. */
CONV4J_EXPORT conv4j_status conv4j_blas_product(int64_t m, int64_t n, int64_t k, const float* a,
                                                const float* b, float* c);

/* ------------------------------------------------------------------- plans */

typedef struct conv4j_plan conv4j_plan;

typedef struct conv4j_conv2d {
  int64_t n, ic, ih, iw;  /* src [n][ic][ih][iw]; n may be 0 */
  int64_t oc, kh, kw;     /* weights [oc][ic/g][kh][kw] */
  int64_t sh, sw;         /* stride >= 1 */
  int64_t pt, pl, pb, pr; /* padding >= 0, zeros unless options say otherwise */
  int64_t dh, dw;         /* dilation >= 1 */
  int64_t g;              /* groups; divides ic and oc */
} conv4j_conv2d;          /* dst [n][oc][oh][ow], oh = (ih+pt+pb-dh*(kh-1)-1)/sh + 1, ow alike */

typedef struct conv4j_pool2d {
  int64_t n, c, ih, iw;
  int64_t kh, kw, sh, sw;
  int64_t pt, pl, pb, pr; /* at most half the kernel, rounded down */
  int64_t dh, dw;
  int64_t ceil_mode; /* 0 or 1: round the output extent up, but start inside the image */
} conv4j_pool2d;

typedef struct conv4j_avg_pool2d {
  conv4j_pool2d window;      /* dilation 1 */
  int64_t count_include_pad; /* 0 or 1: whether the divisor counts taps in the padding */
  int64_t divisor_override;  /* the divisor of every window; 0 for none, it may be negative */
} conv4j_avg_pool2d;

/* Window o of O outputs on an extent I is [floor(o*I/O), ceil((o+1)*I/O)). */
typedef struct conv4j_adaptive_pool2d {
  int64_t n, c, ih, iw, oh, ow; /* src [n][c][ih][iw], dst [n][c][oh][ow] */
} conv4j_adaptive_pool2d;

enum { CONV4J_FORWARD = 0, CONV4J_BACKWARD_DATA = 1, CONV4J_BACKWARD_WEIGHTS = 2 };
enum { CONV4J_ACCURACY_DEFAULT = 0, CONV4J_ACCURACY_STRICT = 1 };
/* What a convolution reads outside the image: zeros; the nearest pixel; the image mirrored at its
 * first and last pixel, which are not repeated (padding < extent); the image repeated (padding <=
 * extent). */
enum {
  CONV4J_PADDING_ZEROS = 0,
  CONV4J_PADDING_REPLICATE = 1,
  CONV4J_PADDING_REFLECT = 2,
  CONV4J_PADDING_CIRCULAR = 3
};

/* How all images of a plan lie, src, dst, their gradients and the indices of max pooling alike:
 * [N][C][H][W] or [N][H][W][C]. Weights and bias are not images. A channels-last plan turns the
 * images round in its workspace; results are the same bits. */
enum { CONV4J_CONTIGUOUS = 0, CONV4J_CHANNELS_LAST = 1 };

typedef struct conv4j_options {
  int64_t direction;
  int64_t accuracy;
  int64_t relu;         /* 1: dst = max(dst, 0) fused into the forward convolution; NaN stays NaN */
  int64_t padding_mode; /* of a convolution; 0 for everything else */
  int64_t memory_format;
} conv4j_options;

/* Names of the algorithms for a direction of the convolution, in the order in which they are
 * considered; null when index is out of range. The last one takes every geometry. */
CONV4J_EXPORT const char* conv4j_conv2d_algorithm(int64_t direction, int64_t index);
CONV4J_EXPORT const char* conv4j_max_pool2d_algorithm(int64_t direction, int64_t index);
CONV4J_EXPORT const char* conv4j_avg_pool2d_algorithm(int64_t direction, int64_t index);
CONV4J_EXPORT const char* conv4j_adaptive_max_pool2d_algorithm(int64_t index); /* forward only */

/* Checks the geometry, chooses an algorithm and stores a new plan in *plan.
 * algorithm: a name from the list above, or null to choose the cheapest. isa: a name, or null for
 * the default. CONV4J_UNSUPPORTED when the named algorithm does not take the geometry. */
CONV4J_EXPORT conv4j_status conv4j_conv2d_create(const conv4j_conv2d* geometry,
                                                 const conv4j_options* options,
                                                 const char* algorithm, const char* isa,
                                                 conv4j_plan** plan);
/* direction: CONV4J_FORWARD or CONV4J_BACKWARD_DATA. */
CONV4J_EXPORT conv4j_status conv4j_max_pool2d_create(const conv4j_pool2d* geometry,
                                                     const conv4j_options* options,
                                                     const char* algorithm, const char* isa,
                                                     conv4j_plan** plan);
/* Min pooling, forward: a plan for conv4j_max_pool2d_forward and _indices that takes the least
 * value of each window, +infinity in the place of -infinity and all else alike. The way back is
 * that of max pooling. */
CONV4J_EXPORT conv4j_status conv4j_min_pool2d_create(const conv4j_pool2d* geometry,
                                                     const conv4j_options* options,
                                                     const char* algorithm, const char* isa,
                                                     conv4j_plan** plan);
/* Average pooling at a fixed stride and adaptive. direction: CONV4J_FORWARD or
 * CONV4J_BACKWARD_DATA. */
CONV4J_EXPORT conv4j_status conv4j_avg_pool2d_create(const conv4j_avg_pool2d* geometry,
                                                     const conv4j_options* options,
                                                     const char* algorithm, const char* isa,
                                                     conv4j_plan** plan);
CONV4J_EXPORT conv4j_status conv4j_adaptive_avg_pool2d_create(
    const conv4j_adaptive_pool2d* geometry, const conv4j_options* options, const char* algorithm,
    const char* isa, conv4j_plan** plan);
/* direction: CONV4J_FORWARD; the way back is conv4j_scatter_add. CONV4J_UNSUPPORTED for an image of
 * more than 2^31-1 pixels. */
CONV4J_EXPORT conv4j_status conv4j_adaptive_max_pool2d_create(
    const conv4j_adaptive_pool2d* geometry, const conv4j_options* options, const char* algorithm,
    const char* isa, conv4j_plan** plan);
/* Null is ignored. The plan must not be executing. */
CONV4J_EXPORT void conv4j_plan_destroy(conv4j_plan* plan);
CONV4J_EXPORT const char* conv4j_plan_algorithm(const conv4j_plan* plan);
CONV4J_EXPORT const char* conv4j_plan_isa(const conv4j_plan* plan);
/* What the plan was chosen from: the algorithms of its operation and direction that take its
 * geometry, in the order in which they were considered; null when index is out of range. The same
 * for a plan whose algorithm was named. */
CONV4J_EXPORT const char* conv4j_plan_candidate(const conv4j_plan* plan, int64_t index);
/* The candidate's estimated time on one thread, in vector multiply-adds (of a pooling, in cycles
 * for one plane): to compare the candidates of one plan with one another, and no measurement. The
 * least one is chosen unless another is named, of equal ones the first. 1e30 where an algorithm is
 * for a name alone; 0 when index is out of range. */
CONV4J_EXPORT double conv4j_plan_candidate_cost(const conv4j_plan* plan, int64_t index);
/* Bytes of workspace that an execution on so many threads (1 to 1024) needs; 0 when it needs none.
 */
CONV4J_EXPORT int64_t conv4j_plan_workspace_size(const conv4j_plan* plan, int64_t threads);
/* Bytes of the weights in the plan's own layout; 0 for a plan that takes none. */
CONV4J_EXPORT int64_t conv4j_plan_prepared_size(const conv4j_plan* plan);
/* Bytes of one element of the window offsets of max pooling (1, 2 or 4); 0 for other plans. */
CONV4J_EXPORT int64_t conv4j_plan_offset_size(const conv4j_plan* plan);

/* Converts weights [OC][IC/G][KH][KW] into prepared, conv4j_plan_prepared_size bytes aligned to 64.
 * Done once per change of the weights. */
CONV4J_EXPORT conv4j_status conv4j_conv2d_prepare(const conv4j_plan* plan, const float* weights,
                                                  void* prepared);

/* Executions. workspace: conv4j_plan_workspace_size(plan, threads) bytes aligned to 64, or null
 * where that is 0; threads: 1 or more, the most that the call uses. A destination that overlaps a
 * source is refused. Everything but the destinations and the workspace is left as it is.
 *
 *   dst[n,oc,oh,ow] = bias[oc] + sum over ic of the group, kh, kw of
 *                     weights[oc,ic,kh,kw] * src[n, g*IC/G+ic, oh*SH-PT+kh*DH, ow*SW-PL+kw*DW]
 * A tap in the padding contributes nothing, even under a weight that is NaN or infinite. */
CONV4J_EXPORT conv4j_status conv4j_conv2d_forward(const conv4j_plan* plan, const float* src,
                                                  const void* prepared,
                                                  const float* bias /* [OC] or null */, float* dst,
                                                  void* workspace, int64_t threads);
/* diff_src = the gradient of src; elements that no window touches get 0. */
CONV4J_EXPORT conv4j_status conv4j_conv2d_backward_data(const conv4j_plan* plan,
                                                        const float* diff_dst, const void* prepared,
                                                        float* diff_src, void* workspace,
                                                        int64_t threads);
/* diff_weights = the gradient of the weights; diff_bias = the sum of diff_dst over N, OH, OW. */
CONV4J_EXPORT conv4j_status conv4j_conv2d_backward_weights(const conv4j_plan* plan,
                                                           const float* src, const float* diff_dst,
                                                           float* diff_weights,
                                                           float* diff_bias /* [OC] or null */,
                                                           void* workspace, int64_t threads);

/* The transposed convolution: weights [ic][oc/g][kh][kw], dst [n][oc][oh][ow] with
 *   oh = (ih-1)*sh - pt - pb + dh*(kh-1) + oph + 1, ow alike, at least 1.
 * Its plans are prepared by conv4j_conv2d_prepare; their algorithms are those of the convolution in
 * the direction that computes them: backward data for forward, forward for backward data. */
typedef struct conv4j_conv_transpose2d {
  int64_t n, ic, ih, iw; /* src [n][ic][ih][iw]; n may be 0 */
  int64_t oc, kh, kw;
  int64_t sh, sw;         /* stride >= 1 */
  int64_t pt, pl, pb, pr; /* rows and columns of the result that are left out, >= 0 */
  int64_t oph, opw;       /* added at the end: 0 <= oph < max(sh, dh), opw alike */
  int64_t dh, dw;         /* dilation >= 1 */
  int64_t g;              /* groups; divides ic and oc */
} conv4j_conv_transpose2d;
CONV4J_EXPORT conv4j_status conv4j_conv_transpose2d_create(const conv4j_conv_transpose2d* geometry,
                                                           const conv4j_options* options,
                                                           const char* algorithm, const char* isa,
                                                           conv4j_plan** plan);
/* dst = bias, then dst[n, oc, ih*SH-PT+kh*DH, iw*SW-PL+kw*DW] += weights[ic,oc,kh,kw] *
 * src[n,ic,ih,iw] wherever that lies in dst. */
CONV4J_EXPORT conv4j_status conv4j_conv_transpose2d_forward(const conv4j_plan* plan,
                                                            const float* src, const void* prepared,
                                                            const float* bias /* [OC] or null */,
                                                            float* dst, void* workspace,
                                                            int64_t threads);
/* diff_src = the convolution of diff_dst with the weights. */
CONV4J_EXPORT conv4j_status conv4j_conv_transpose2d_backward_data(const conv4j_plan* plan,
                                                                  const float* diff_dst,
                                                                  const void* prepared,
                                                                  float* diff_src, void* workspace,
                                                                  int64_t threads);
CONV4J_EXPORT conv4j_status conv4j_conv_transpose2d_backward_weights(
    const conv4j_plan* plan, const float* src, const float* diff_dst, float* diff_weights,
    float* diff_bias /* [OC] or null */, void* workspace, int64_t threads);

/* dst[n,c,oh,ow] = the maximum over the taps of the window that lie inside the image. The first of
 * equal values wins, NaN wins over everything and the last NaN over the others; a window with no
 * tap inside the image gives -infinity. offsets, [N][C][OH][OW] elements of conv4j_plan_offset_size
 * bytes, or null: kh*KW + kw of the tap that won, all bits set where there was none. */
CONV4J_EXPORT conv4j_status conv4j_max_pool2d_forward(const conv4j_plan* plan, const float* src,
                                                      float* dst, void* offsets, void* workspace,
                                                      int64_t threads);
/* diff_src = 0, then diff_src[tap that won] += diff_dst. */
CONV4J_EXPORT conv4j_status conv4j_max_pool2d_backward(const conv4j_plan* plan,
                                                       const float* diff_dst, const void* offsets,
                                                       float* diff_src, void* workspace,
                                                       int64_t threads);
/* indices[n,c,oh,ow] = ih*IW + iw of the tap that won within its plane, -1 where there was none. */
CONV4J_EXPORT conv4j_status conv4j_max_pool2d_indices(const conv4j_plan* plan, const void* offsets,
                                                      int64_t* indices);

/* dst[n,c,oh,ow] = the sum of the window's pixels inside the image, divided by divisor_override if
 * that is given, else by the window's taps up to the end of the padding (count_include_pad), else
 * by its pixels inside the image; an adaptive window has nothing but these. Sums are of float32.
 * NaN and infinities propagate as in the sum. For plans of conv4j_avg_pool2d_create and
 * conv4j_adaptive_avg_pool2d_create. */
CONV4J_EXPORT conv4j_status conv4j_avg_pool2d_forward(const conv4j_plan* plan, const float* src,
                                                      float* dst, void* workspace, int64_t threads);
/* diff_src = 0, then diff_src[each pixel of the window] += diff_dst / its divisor. */
CONV4J_EXPORT conv4j_status conv4j_avg_pool2d_backward(const conv4j_plan* plan,
                                                       const float* diff_dst, float* diff_src,
                                                       void* workspace, int64_t threads);

/* dst = the maximum of each adaptive window, ties and NaN as in max pooling. indices,
 * [N][C][OH][OW] or null: ih*IW + iw of the pixel that won within its plane. */
CONV4J_EXPORT conv4j_status conv4j_adaptive_max_pool2d_forward(const conv4j_plan* plan,
                                                               const float* src, float* dst,
                                                               int64_t* indices, void* workspace,
                                                               int64_t threads);

/* Elements moved by indices within planes: [planes][small] elements with an index each into
 * [planes][large] elements. An index outside 0 to large-1 is refused before anything is written,
 * and one that another thread puts there during the call is left out. channels: 1 where the planes
 * lie one after another; where [N][H][W][C] tensors do, planes being N * C, it is C.
 *
 * large = 0, then large[index] = small, in row-major order, so that the last one stays: max
 * unpooling. */
CONV4J_EXPORT conv4j_status conv4j_scatter(int64_t planes, int64_t channels, int64_t small_elements,
                                           int64_t large_elements, const float* small,
                                           const int64_t* indices, float* large, int64_t threads);
/* large = 0, then large[index] += small, in row-major order: the gradient of max pooling. */
CONV4J_EXPORT conv4j_status conv4j_scatter_add(int64_t planes, int64_t channels,
                                               int64_t small_elements, int64_t large_elements,
                                               const float* small, const int64_t* indices,
                                               float* large, int64_t threads);
/* small = large[index]: the gradient of max unpooling. */
CONV4J_EXPORT conv4j_status conv4j_gather(int64_t planes, int64_t channels, int64_t small_elements,
                                          int64_t large_elements, const float* large,
                                          const int64_t* indices, float* small, int64_t threads);

/* out[i] = dst[i] <= 0 ? 0 : diff_dst[i] for count elements: the gradient through a fused ReLU,
 * whose mask is its own output (under a NaN output the gradient passes). out may be diff_dst
 * itself. */
CONV4J_EXPORT conv4j_status conv4j_relu_backward(const float* dst, const float* diff_dst,
                                                 float* out, int64_t count, int64_t threads);

/* y[i] += a * x[i] for count elements: how gradients are added up and weights take a step. */
CONV4J_EXPORT conv4j_status conv4j_axpy(float a, const float* x, float* y, int64_t count,
                                        int64_t threads);

/* ------------------------------------------------------- layers around them */

/* No plans: the functions below keep nothing between calls and need no workspace. isa: an index of
 * conv4j_isa_name, or -1 for the default. threads: as above. A destination must not overlap a
 * source or another destination except where it may be the source itself. Results do not depend on
 * the number of threads. */

/* to = the images `from`, n of c channels and so many pixels each, in another memory format: to
 * lies in `format`, from in the other one. */
CONV4J_EXPORT conv4j_status conv4j_convert_format(int64_t isa, int64_t format, int64_t n, int64_t c,
                                                  int64_t pixels, const float* from, float* to,
                                                  int64_t threads);

enum { CONV4J_RELU = 0, CONV4J_TANH = 1, CONV4J_SIGMOID = 2 };

/* dst[i] = f(src[i]) for count elements; NaN gives NaN. dst may be src. Against the exact value,
 * tanh is within 2 ulp, the logistic function within 2.5. */
CONV4J_EXPORT conv4j_status conv4j_unary_forward(int64_t isa, int64_t function, const float* src,
                                                 float* dst, int64_t count, int64_t threads);
/* diff_src[i] = diff_dst[i] * f'(src[i]), from the forward pass's result: dst <= 0 ? 0 : diff_dst;
 * diff_dst * (1 - dst^2); diff_dst * (1 - dst) * dst. diff_src may be diff_dst. */
CONV4J_EXPORT conv4j_status conv4j_unary_backward(int64_t isa, int64_t function, const float* dst,
                                                  const float* diff_dst, float* diff_src,
                                                  int64_t count, int64_t threads);

/* dst[i] = src[i] * (kept(seed, i) ? 1/(1-p) : 0), 0 <= p <= 1, each element kept with probability
 * 1-p (in steps of 2^-24); the gradient is the same function of diff_dst. dst may be src. */
CONV4J_EXPORT conv4j_status conv4j_dropout(int64_t isa, int64_t seed, double p, const float* src,
                                           float* dst, int64_t count, int64_t threads);

enum { CONV4J_LINEAR_AUTO = 0, CONV4J_LINEAR_SIMD = 1, CONV4J_LINEAR_OPENBLAS = 2 };

/* CONV4J_LINEAR_SIMD or _OPENBLAS: which one AUTO takes for src [n][in] and dst [n][out]. */
CONV4J_EXPORT int64_t conv4j_linear_algorithm(int64_t n, int64_t in, int64_t out);
/* dst[n][out] = bias[out] + sum over in of weights[out][in] * src[n][in]; in, out >= 1, n >= 0.
 * CONV4J_UNSUPPORTED when OpenBLAS is asked for and not open. */
CONV4J_EXPORT conv4j_status conv4j_linear_forward(int64_t isa, int64_t algorithm, int64_t n,
                                                  int64_t in, int64_t out, const float* src,
                                                  const float* weights,
                                                  const float* bias /* [out] or null */, float* dst,
                                                  int64_t threads);
/* diff_src[n][in] = sum over out of diff_dst[n][out] * weights[out][in] */
CONV4J_EXPORT conv4j_status conv4j_linear_backward_data(int64_t isa, int64_t algorithm, int64_t n,
                                                        int64_t in, int64_t out,
                                                        const float* diff_dst, const float* weights,
                                                        float* diff_src, int64_t threads);
/* diff_weights[out][in] = sum over n of diff_dst[n][out] * src[n][in]; diff_bias = sum of diff_dst
 */
CONV4J_EXPORT conv4j_status conv4j_linear_backward_weights(int64_t isa, int64_t algorithm,
                                                           int64_t n, int64_t in, int64_t out,
                                                           const float* src, const float* diff_dst,
                                                           float* diff_weights,
                                                           float* diff_bias /* [out] or null */,
                                                           int64_t threads);

/* Tensors [n][c][s]: softmax along c, exp(x - max) / sum, or with log 1 x - max - log(sum). A
 * column with NaN or +infinity, or of nothing but -infinity, is NaN throughout. c >= 1. */
CONV4J_EXPORT conv4j_status conv4j_softmax_forward(int64_t isa, int64_t log, int64_t n, int64_t c,
                                                   int64_t s, const float* src, float* dst,
                                                   int64_t threads);
/* From the result: dst * (diff_dst - sum of diff_dst * dst), or diff_dst - exp(dst) * (sum of
 * diff_dst). */
CONV4J_EXPORT conv4j_status conv4j_softmax_backward(int64_t isa, int64_t log, int64_t n, int64_t c,
                                                    int64_t s, const float* dst,
                                                    const float* diff_dst, float* diff_src,
                                                    int64_t threads);

/* Batch normalisation of [n][c][s], c >= 1. mean[c] + remainder[c] is the mean over n and s, in two
 * floats so that a large mean costs the deviations nothing; variance[c] the biased variance. Not
 * for n * s = 0. */
CONV4J_EXPORT conv4j_status conv4j_batch_norm_statistics(int64_t isa, int64_t n, int64_t c,
                                                         int64_t s, const float* src, float* mean,
                                                         float* remainder, float* variance,
                                                         int64_t threads);
/* running = (1 - momentum) * running + momentum * (mean, variance * count / (count - 1)) for c
 * channels; 0 <= momentum <= 1, count >= 2. */
CONV4J_EXPORT conv4j_status conv4j_batch_norm_running(int64_t c, int64_t count, double momentum,
                                                      const float* mean, const float* remainder,
                                                      const float* variance, float* running_mean,
                                                      float* running_variance);
/* dst = gamma * (src - mean - remainder) / sqrt(variance + eps) + beta. remainder null: 0; gamma
 * null: 1; beta null: 0. */
CONV4J_EXPORT conv4j_status conv4j_batch_norm_forward(int64_t isa, int64_t n, int64_t c, int64_t s,
                                                      double eps, const float* src,
                                                      const float* mean, const float* remainder,
                                                      const float* variance, const float* gamma,
                                                      const float* beta, float* dst,
                                                      int64_t threads);
/* xhat = (src - mean - remainder) / sqrt(variance + eps). diff_gamma = sum of diff_dst * xhat,
 * diff_beta = sum of diff_dst; each may be null, and so may diff_src. training 1:
 *   diff_src = gamma / sqrt(variance + eps) * (diff_dst - mean(diff_dst) - xhat * mean(diff_dst *
 * xhat)) training 0: diff_src = gamma / sqrt(variance + eps) * diff_dst */
CONV4J_EXPORT conv4j_status conv4j_batch_norm_backward(
    int64_t isa, int64_t training, int64_t n, int64_t c, int64_t s, double eps, const float* src,
    const float* mean, const float* remainder, const float* variance, const float* gamma,
    const float* diff_dst, float* diff_src, float* diff_gamma, float* diff_beta, int64_t threads);

/* Cross entropy of logits [n][c][s], c >= 1. Exactly one target: classes [n][s], each in [0, c) or
 * ignore_index; or probabilities [n][c][s]. weights: [c] or null for ones. 0 <= smoothing <= 1.
 *   q[c] = w[c] * ((1-e)*[c == class] + e/C), or w[c] * (p[c]*(1-e) + e/C)
 * *loss = the sum over columns of -sum(q * log_softmax), divided with mean 1 by the sum of w[class]
 * over the kept columns (classes) or by n*s (probabilities). diff_logits (null: not wanted) = its
 * gradient; 0 in ignored columns. Nothing is written when a class is refused. */
CONV4J_EXPORT conv4j_status conv4j_cross_entropy(int64_t isa, int64_t n, int64_t c, int64_t s,
                                                 const float* logits, const int64_t* classes,
                                                 const float* probabilities, const float* weights,
                                                 int64_t ignore_index, double smoothing,
                                                 int64_t mean, float* diff_logits, double* loss,
                                                 int64_t threads);
/* *loss = the sum of (src - target)^2, divided by count with mean 1; diff_src (null: not wanted) =
 * its gradient. */
CONV4J_EXPORT conv4j_status conv4j_squared_error(int64_t isa, const float* src, const float* target,
                                                 int64_t count, int64_t mean, float* diff_src,
                                                 double* loss, int64_t threads);

/* --------------------------------------------------------------- optimizers */

/* One step on a tensor of count elements, in place, by PyTorch's formulas; the coefficients are
 * computed in double. Without plans and threads as above. */

/* Stochastic gradient descent, with g = gradient + weight_decay * parameter:
 *   momentum_buffer = first ? g : momentum * momentum_buffer + (1 - dampening) * g
 *   parameter -= learning_rate * (nesterov ? g + momentum * momentum_buffer : momentum_buffer)
 * With momentum_buffer null, which momentum 0 allows, parameter -= learning_rate * g. What stood in
 * the buffer is not read where first is 1. learning_rate, momentum, weight_decay >= 0. */
CONV4J_EXPORT conv4j_status conv4j_sgd_step(int64_t isa, double learning_rate, double momentum,
                                            double dampening, double weight_decay, int64_t nesterov,
                                            int64_t first, const float* gradient, float* parameter,
                                            float* momentum_buffer, int64_t count, int64_t threads);
/* Adam (Kingma and Ba, 2015) with step = 1, 2, 3 ...:
 *   g = gradient + weight_decay * parameter, or with decoupled 1 (AdamW, Loshchilov and Hutter,
 *   2019) g = gradient and parameter *= 1 - learning_rate * weight_decay
 *   mean = beta1 * mean + (1 - beta1) * g, square = beta2 * square + (1 - beta2) * g^2
 *   parameter -= learning_rate / (1 - beta1^step) * mean / (sqrt(square / (1 - beta2^step)) + eps)
 * learning_rate, eps, weight_decay >= 0; beta1, beta2 in [0, 1). */
CONV4J_EXPORT conv4j_status conv4j_adam_step(int64_t isa, double learning_rate, double beta1,
                                             double beta2, double eps, double weight_decay,
                                             int64_t decoupled, int64_t step, const float* gradient,
                                             float* parameter, float* mean, float* square,
                                             int64_t count, int64_t threads);
/* x[i] *= a */
CONV4J_EXPORT conv4j_status conv4j_scale(int64_t isa, float a, float* x, int64_t count,
                                         int64_t threads);
/* x[i] = min(max(x[i], low), high), low <= high; NaN stays NaN. */
CONV4J_EXPORT conv4j_status conv4j_clamp(int64_t isa, float low, float high, float* x,
                                         int64_t count, int64_t threads);
/* *result = the sum of x[i]^2, added up in float over some thousands of elements and in double
 * beyond; infinite where an element is beyond 1.8e19. */
CONV4J_EXPORT conv4j_status conv4j_sum_of_squares(int64_t isa, const float* x, int64_t count,
                                                  double* result, int64_t threads);

#ifdef __cplusplus
}
#endif

#endif /* CONV4J_H */
