package io.github.conv4j.internal;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Raw;

/**
 * The only native methods: conv4j.h, one method a function, bound by JavaCPP.
 *
 * <p>Addresses are {@code long}; plain structs of {@code int64_t} are {@code long[]} in the order
 * of their fields. Nothing is checked here: callers hold every memory they pass (see {@link
 * Memory}) and look at every status (see {@link Status}). Not part of the public API.
 */
@Platform(
    include = {"conv4j.h", "api/direct_buffer.h"},
    library = "jniconv4j")
@NoException
public final class NativeApi {
  private NativeApi() {}

  /** CONV4J_ABI of the header that this class was written for. */
  public static final long ABI = 4;

  /** Fields of conv4j_options. */
  public static final int OPTION_FIELDS = 5;

  public static native @Cast("int64_t") long conv4j_abi();

  public static native String conv4j_build_id();

  public static native String conv4j_error();

  public static native int conv4j_allocate(
      @Cast("int64_t") long bytes, @Cast("void**") long[] memory);

  public static native void conv4j_free(@Cast("void*") long memory, @Cast("int64_t") long bytes);

  public static native @Cast("int64_t") long conv4j_allocated_bytes();

  public static native @Cast("int64_t") long conv4j_allocation_count();

  /** A direct buffer, big-endian as JNI makes it, over memory that the caller keeps alive. */
  public static native @Raw(withEnv = true) ByteBuffer conv4j_direct_buffer(
      @Cast("jlong") long memory, @Cast("jlong") long bytes);

  /** The address of a direct buffer's element 0, whatever its position; 0 for a heap buffer. */
  public static native @Cast("jlong") long conv4j_buffer_address(
      @Raw(withEnv = true) Buffer buffer);

  public static native @Cast("int64_t") long conv4j_isa_count();

  public static native String conv4j_isa_name(@Cast("int64_t") long index);

  public static native @Cast("int64_t") long conv4j_isa_supported(@Cast("int64_t") long index);

  public static native String conv4j_isa_default();

  public static native int conv4j_isa_select(String name);

  public static native int conv4j_isa_check();

  public static native String conv4j_cpu_name();

  public static native @Cast("int64_t") long conv4j_cache_size(@Cast("int64_t") long level);

  public static native int conv4j_threads_set(@Cast("int64_t") long limit);

  public static native @Cast("int64_t") long conv4j_threads();

  public static native int conv4j_blas_open(String path);

  public static native String conv4j_blas_version();

  public static native String conv4j_blas_core();

  public static native @Cast("int64_t") long conv4j_blas_calls();

  public static native int conv4j_blas_product(
      @Cast("int64_t") long m,
      @Cast("int64_t") long n,
      @Cast("int64_t") long k,
      @Cast("const float*") long a,
      @Cast("const float*") long b,
      @Cast("float*") long c);

  public static native String conv4j_conv2d_algorithm(
      @Cast("int64_t") long direction, @Cast("int64_t") long index);

  public static native String conv4j_max_pool2d_algorithm(
      @Cast("int64_t") long direction, @Cast("int64_t") long index);

  public static native int conv4j_conv2d_create(
      @Cast("const conv4j_conv2d*") long[] geometry,
      @Cast("const conv4j_options*") long[] options,
      String algorithm,
      String isa,
      @Cast("conv4j_plan**") long[] plan);

  public static native int conv4j_max_pool2d_create(
      @Cast("const conv4j_pool2d*") long[] geometry,
      @Cast("const conv4j_options*") long[] options,
      String algorithm,
      String isa,
      @Cast("conv4j_plan**") long[] plan);

  public static native void conv4j_plan_destroy(@Cast("conv4j_plan*") long plan);

  public static native String conv4j_plan_algorithm(@Cast("const conv4j_plan*") long plan);

  public static native String conv4j_plan_isa(@Cast("const conv4j_plan*") long plan);

  public static native String conv4j_plan_candidate(
      @Cast("const conv4j_plan*") long plan, @Cast("int64_t") long index);

  public static native double conv4j_plan_candidate_cost(
      @Cast("const conv4j_plan*") long plan, @Cast("int64_t") long index);

  public static native @Cast("int64_t") long conv4j_plan_workspace_size(
      @Cast("const conv4j_plan*") long plan, @Cast("int64_t") long threads);

  public static native @Cast("int64_t") long conv4j_plan_prepared_size(
      @Cast("const conv4j_plan*") long plan);

  public static native @Cast("int64_t") long conv4j_plan_offset_size(
      @Cast("const conv4j_plan*") long plan);

  public static native int conv4j_conv2d_prepare(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const float*") long weights,
      @Cast("void*") long prepared);

  public static native int conv4j_conv2d_forward(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const float*") long src,
      @Cast("const void*") long prepared,
      @Cast("const float*") long bias,
      @Cast("float*") long dst,
      @Cast("void*") long workspace,
      @Cast("int64_t") long threads);

  public static native int conv4j_conv2d_backward_data(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const float*") long diffDst,
      @Cast("const void*") long prepared,
      @Cast("float*") long diffSrc,
      @Cast("void*") long workspace,
      @Cast("int64_t") long threads);

  public static native int conv4j_conv2d_backward_weights(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const float*") long src,
      @Cast("const float*") long diffDst,
      @Cast("float*") long diffWeights,
      @Cast("float*") long diffBias,
      @Cast("void*") long workspace,
      @Cast("int64_t") long threads);

  public static native int conv4j_conv_transpose2d_create(
      @Cast("const conv4j_conv_transpose2d*") long[] geometry,
      @Cast("const conv4j_options*") long[] options,
      String algorithm,
      String isa,
      @Cast("conv4j_plan**") long[] plan);

  public static native int conv4j_conv_transpose2d_forward(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const float*") long src,
      @Cast("const void*") long prepared,
      @Cast("const float*") long bias,
      @Cast("float*") long dst,
      @Cast("void*") long workspace,
      @Cast("int64_t") long threads);

  public static native int conv4j_conv_transpose2d_backward_data(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const float*") long diffDst,
      @Cast("const void*") long prepared,
      @Cast("float*") long diffSrc,
      @Cast("void*") long workspace,
      @Cast("int64_t") long threads);

  public static native int conv4j_conv_transpose2d_backward_weights(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const float*") long src,
      @Cast("const float*") long diffDst,
      @Cast("float*") long diffWeights,
      @Cast("float*") long diffBias,
      @Cast("void*") long workspace,
      @Cast("int64_t") long threads);

  public static native int conv4j_max_pool2d_forward(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const float*") long src,
      @Cast("float*") long dst,
      @Cast("void*") long offsets,
      @Cast("void*") long workspace,
      @Cast("int64_t") long threads);

  public static native int conv4j_max_pool2d_backward(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const float*") long diffDst,
      @Cast("const void*") long offsets,
      @Cast("float*") long diffSrc,
      @Cast("void*") long workspace,
      @Cast("int64_t") long threads);

  public static native int conv4j_max_pool2d_indices(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const void*") long offsets,
      @Cast("int64_t*") long indices);

  public static native int conv4j_min_pool2d_create(
      @Cast("const conv4j_pool2d*") long[] geometry,
      @Cast("const conv4j_options*") long[] options,
      String algorithm,
      String isa,
      @Cast("conv4j_plan**") long[] plan);

  public static native String conv4j_avg_pool2d_algorithm(
      @Cast("int64_t") long direction, @Cast("int64_t") long index);

  public static native String conv4j_adaptive_max_pool2d_algorithm(@Cast("int64_t") long index);

  public static native int conv4j_avg_pool2d_create(
      @Cast("const conv4j_avg_pool2d*") long[] geometry,
      @Cast("const conv4j_options*") long[] options,
      String algorithm,
      String isa,
      @Cast("conv4j_plan**") long[] plan);

  public static native int conv4j_adaptive_avg_pool2d_create(
      @Cast("const conv4j_adaptive_pool2d*") long[] geometry,
      @Cast("const conv4j_options*") long[] options,
      String algorithm,
      String isa,
      @Cast("conv4j_plan**") long[] plan);

  public static native int conv4j_adaptive_max_pool2d_create(
      @Cast("const conv4j_adaptive_pool2d*") long[] geometry,
      @Cast("const conv4j_options*") long[] options,
      String algorithm,
      String isa,
      @Cast("conv4j_plan**") long[] plan);

  public static native int conv4j_avg_pool2d_forward(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const float*") long src,
      @Cast("float*") long dst,
      @Cast("void*") long workspace,
      @Cast("int64_t") long threads);

  public static native int conv4j_avg_pool2d_backward(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const float*") long diffDst,
      @Cast("float*") long diffSrc,
      @Cast("void*") long workspace,
      @Cast("int64_t") long threads);

  public static native int conv4j_adaptive_max_pool2d_forward(
      @Cast("const conv4j_plan*") long plan,
      @Cast("const float*") long src,
      @Cast("float*") long dst,
      @Cast("int64_t*") long indices,
      @Cast("void*") long workspace,
      @Cast("int64_t") long threads);

  public static native int conv4j_scatter(
      @Cast("int64_t") long planes,
      @Cast("int64_t") long channels,
      @Cast("int64_t") long smallElements,
      @Cast("int64_t") long largeElements,
      @Cast("const float*") long small,
      @Cast("const int64_t*") long indices,
      @Cast("float*") long large,
      @Cast("int64_t") long threads);

  public static native int conv4j_scatter_add(
      @Cast("int64_t") long planes,
      @Cast("int64_t") long channels,
      @Cast("int64_t") long smallElements,
      @Cast("int64_t") long largeElements,
      @Cast("const float*") long small,
      @Cast("const int64_t*") long indices,
      @Cast("float*") long large,
      @Cast("int64_t") long threads);

  public static native int conv4j_gather(
      @Cast("int64_t") long planes,
      @Cast("int64_t") long channels,
      @Cast("int64_t") long smallElements,
      @Cast("int64_t") long largeElements,
      @Cast("const float*") long large,
      @Cast("const int64_t*") long indices,
      @Cast("float*") long small,
      @Cast("int64_t") long threads);

  public static native int conv4j_convert_format(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long format,
      @Cast("int64_t") long n,
      @Cast("int64_t") long c,
      @Cast("int64_t") long pixels,
      @Cast("const float*") long from,
      @Cast("float*") long to,
      @Cast("int64_t") long threads);

  public static native int conv4j_relu_backward(
      @Cast("const float*") long dst,
      @Cast("const float*") long diffDst,
      @Cast("float*") long out,
      @Cast("int64_t") long count,
      @Cast("int64_t") long threads);

  public static native int conv4j_axpy(
      float a,
      @Cast("const float*") long x,
      @Cast("float*") long y,
      @Cast("int64_t") long count,
      @Cast("int64_t") long threads);

  public static native int conv4j_unary_forward(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long function,
      @Cast("const float*") long src,
      @Cast("float*") long dst,
      @Cast("int64_t") long count,
      @Cast("int64_t") long threads);

  public static native int conv4j_unary_backward(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long function,
      @Cast("const float*") long dst,
      @Cast("const float*") long diffDst,
      @Cast("float*") long diffSrc,
      @Cast("int64_t") long count,
      @Cast("int64_t") long threads);

  public static native int conv4j_dropout(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long seed,
      double p,
      @Cast("const float*") long src,
      @Cast("float*") long dst,
      @Cast("int64_t") long count,
      @Cast("int64_t") long threads);

  public static native @Cast("int64_t") long conv4j_linear_algorithm(
      @Cast("int64_t") long n, @Cast("int64_t") long in, @Cast("int64_t") long out);

  public static native int conv4j_linear_forward(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long algorithm,
      @Cast("int64_t") long n,
      @Cast("int64_t") long in,
      @Cast("int64_t") long out,
      @Cast("const float*") long src,
      @Cast("const float*") long weights,
      @Cast("const float*") long bias,
      @Cast("float*") long dst,
      @Cast("int64_t") long threads);

  public static native int conv4j_linear_backward_data(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long algorithm,
      @Cast("int64_t") long n,
      @Cast("int64_t") long in,
      @Cast("int64_t") long out,
      @Cast("const float*") long diffDst,
      @Cast("const float*") long weights,
      @Cast("float*") long diffSrc,
      @Cast("int64_t") long threads);

  public static native int conv4j_linear_backward_weights(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long algorithm,
      @Cast("int64_t") long n,
      @Cast("int64_t") long in,
      @Cast("int64_t") long out,
      @Cast("const float*") long src,
      @Cast("const float*") long diffDst,
      @Cast("float*") long diffWeights,
      @Cast("float*") long diffBias,
      @Cast("int64_t") long threads);

  public static native int conv4j_softmax_forward(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long log,
      @Cast("int64_t") long n,
      @Cast("int64_t") long c,
      @Cast("int64_t") long s,
      @Cast("const float*") long src,
      @Cast("float*") long dst,
      @Cast("int64_t") long threads);

  public static native int conv4j_softmax_backward(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long log,
      @Cast("int64_t") long n,
      @Cast("int64_t") long c,
      @Cast("int64_t") long s,
      @Cast("const float*") long dst,
      @Cast("const float*") long diffDst,
      @Cast("float*") long diffSrc,
      @Cast("int64_t") long threads);

  public static native int conv4j_batch_norm_statistics(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long n,
      @Cast("int64_t") long c,
      @Cast("int64_t") long s,
      @Cast("const float*") long src,
      @Cast("float*") long mean,
      @Cast("float*") long remainder,
      @Cast("float*") long variance,
      @Cast("int64_t") long threads);

  public static native int conv4j_batch_norm_running(
      @Cast("int64_t") long c,
      @Cast("int64_t") long count,
      double momentum,
      @Cast("const float*") long mean,
      @Cast("const float*") long remainder,
      @Cast("const float*") long variance,
      @Cast("float*") long runningMean,
      @Cast("float*") long runningVariance);

  public static native int conv4j_batch_norm_forward(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long n,
      @Cast("int64_t") long c,
      @Cast("int64_t") long s,
      double eps,
      @Cast("const float*") long src,
      @Cast("const float*") long mean,
      @Cast("const float*") long remainder,
      @Cast("const float*") long variance,
      @Cast("const float*") long gamma,
      @Cast("const float*") long beta,
      @Cast("float*") long dst,
      @Cast("int64_t") long threads);

  public static native int conv4j_batch_norm_backward(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long training,
      @Cast("int64_t") long n,
      @Cast("int64_t") long c,
      @Cast("int64_t") long s,
      double eps,
      @Cast("const float*") long src,
      @Cast("const float*") long mean,
      @Cast("const float*") long remainder,
      @Cast("const float*") long variance,
      @Cast("const float*") long gamma,
      @Cast("const float*") long diffDst,
      @Cast("float*") long diffSrc,
      @Cast("float*") long diffGamma,
      @Cast("float*") long diffBeta,
      @Cast("int64_t") long threads);

  public static native int conv4j_cross_entropy(
      @Cast("int64_t") long isa,
      @Cast("int64_t") long n,
      @Cast("int64_t") long c,
      @Cast("int64_t") long s,
      @Cast("const float*") long logits,
      @Cast("const int64_t*") long classes,
      @Cast("const float*") long probabilities,
      @Cast("const float*") long weights,
      @Cast("int64_t") long ignoreIndex,
      double smoothing,
      @Cast("int64_t") long mean,
      @Cast("float*") long diffLogits,
      double[] loss,
      @Cast("int64_t") long threads);

  public static native int conv4j_squared_error(
      @Cast("int64_t") long isa,
      @Cast("const float*") long src,
      @Cast("const float*") long target,
      @Cast("int64_t") long count,
      @Cast("int64_t") long mean,
      @Cast("float*") long diffSrc,
      double[] loss,
      @Cast("int64_t") long threads);

  public static native int conv4j_sgd_step(
      @Cast("int64_t") long isa,
      double learningRate,
      double momentum,
      double dampening,
      double weightDecay,
      @Cast("int64_t") long nesterov,
      @Cast("int64_t") long first,
      @Cast("const float*") long gradient,
      @Cast("float*") long parameter,
      @Cast("float*") long momentumBuffer,
      @Cast("int64_t") long count,
      @Cast("int64_t") long threads);

  public static native int conv4j_adam_step(
      @Cast("int64_t") long isa,
      double learningRate,
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      @Cast("int64_t") long decoupled,
      @Cast("int64_t") long step,
      @Cast("const float*") long gradient,
      @Cast("float*") long parameter,
      @Cast("float*") long mean,
      @Cast("float*") long square,
      @Cast("int64_t") long count,
      @Cast("int64_t") long threads);

  public static native int conv4j_scale(
      @Cast("int64_t") long isa,
      float a,
      @Cast("float*") long x,
      @Cast("int64_t") long count,
      @Cast("int64_t") long threads);

  public static native int conv4j_clamp(
      @Cast("int64_t") long isa,
      float low,
      float high,
      @Cast("float*") long x,
      @Cast("int64_t") long count,
      @Cast("int64_t") long threads);

  public static native int conv4j_sum_of_squares(
      @Cast("int64_t") long isa,
      @Cast("const float*") long x,
      @Cast("int64_t") long count,
      double[] result,
      @Cast("int64_t") long threads);
}
