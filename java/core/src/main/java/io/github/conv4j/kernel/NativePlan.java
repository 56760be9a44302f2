package io.github.conv4j.kernel;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.internal.Memory;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.NativeLibrary;
import io.github.conv4j.internal.Status;
import io.github.conv4j.internal.WorkspacePool;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/**
 * A plan of conv4j.h. Its small native part is freed once the plan is unreachable; subclasses keep
 * it reachable over every call that uses the handle.
 */
abstract class NativePlan implements Plan {
  private static final Cleaner CLEANER = Cleaner.create();

  /** The conv4j_plan. */
  final long handle;

  /** How the images of every run lie. */
  final MemoryFormat format;

  private final String algorithm;
  private final String isa;

  /** What every run needs, whatever its threads, and what each thread needs beside it, in bytes. */
  private final long workspaceShared;

  private final long workspacePerThread;

  NativePlan(long handle, PlanOptions options) {
    this.handle = handle;
    this.format = options.memoryFormat();
    CLEANER.register(this, () -> NativeApi.conv4j_plan_destroy(handle));
    this.algorithm = NativeApi.conv4j_plan_algorithm(handle);
    this.isa = NativeApi.conv4j_plan_isa(handle);
    long forOne = NativeApi.conv4j_plan_workspace_size(handle, 1);
    this.workspacePerThread = NativeApi.conv4j_plan_workspace_size(handle, 2) - forOne;
    this.workspaceShared = forOne - workspacePerThread;
  }

  @Override
  public final String algorithm() {
    return algorithm;
  }

  @Override
  public final String isa() {
    return isa;
  }

  @Override
  public final List<Candidate> candidates() {
    List<Candidate> candidates = new ArrayList<>();
    String name = NativeApi.conv4j_plan_candidate(handle, 0);
    while (name != null) {
      double cost = NativeApi.conv4j_plan_candidate_cost(handle, candidates.size());
      candidates.add(new Candidate(name, cost, name.equals(algorithm)));
      name = NativeApi.conv4j_plan_candidate(handle, candidates.size());
    }
    Reference.reachabilityFence(this);
    return List.copyOf(candidates);
  }

  @Override
  public final long workspaceBytes(int threads) {
    Plan.super.workspaceBytes(threads);
    return Math.addExact(workspaceShared, Math.multiplyExact(workspacePerThread, (long) threads));
  }

  @Override
  public final long preparedBytes() {
    long bytes = NativeApi.conv4j_plan_prepared_size(handle);
    Reference.reachabilityFence(this);
    return bytes;
  }

  /** Scratch memory for so many threads; null where the plan needs none. */
  final Memory leaseWorkspace(int threads) {
    long bytes = workspaceBytes(threads);
    return bytes == 0 ? null : WorkspacePool.lease(bytes);
  }

  /** The address of a leased workspace, which this call alone holds; 0 for none. */
  static long address(Memory workspace) {
    if (workspace == null) {
      return 0;
    }
    long address = workspace.acquire();
    workspace.release();
    return address;
  }

  /** Ends the lease. */
  static void giveBack(Memory workspace) {
    if (workspace != null) {
      WorkspacePool.release(workspace);
    }
  }

  /** Ends a use of memory that was begun. */
  static void release(Memory memory, boolean held) {
    if (memory != null && held) {
      memory.release();
    }
  }

  /** How many threads a run may use, fixed when its workspace is leased. */
  static int threads() {
    return (int) NativeApi.conv4j_threads();
  }

  static long createConv2d(Conv2dGeometry geometry, Direction direction, PlanOptions options) {
    NativeLibrary.require();
    if (options.relu() && direction != Direction.FORWARD) {
      throw new IllegalArgumentException(
          "relu is for the forward direction, not for " + direction.label());
    }
    long[] extents = geometry.toArray();
    String tuned = tuned("conv2d", extents, direction, options);
    return create(NativeApi::conv4j_conv2d_create, extents, direction, options, tuned);
  }

  static long createConvTranspose2d(
      ConvTranspose2dGeometry geometry, Direction direction, PlanOptions options) {
    NativeLibrary.require();
    long[] extents = geometry.toArray();
    String tuned = tuned("conv_transpose2d", extents, direction, options);
    return create(NativeApi::conv4j_conv_transpose2d_create, extents, direction, options, tuned);
  }

  /** One of the functions of conv4j.h that make a plan. */
  interface Creation {
    int create(long[] geometry, long[] options, String algorithm, String isa, long[] plan);
  }

  static long createPooling(
      Creation creation, long[] geometry, Direction direction, PlanOptions options) {
    NativeLibrary.require();
    if (options.relu()) {
      throw new IllegalArgumentException("relu is for the forward convolution, not for pooling");
    }
    return create(creation, geometry, direction, options, null);
  }

  /** The algorithm that the tune file names for a convolution; null for none. */
  private static String tuned(
      String operation, long[] extents, Direction direction, PlanOptions options) {
    TuneFile file = TuneFile.configured();
    if (file.size() == 0) {
      return null;
    }
    String isa = options.isa() == null ? NativeApi.conv4j_isa_default() : options.isa();
    return file.algorithm(operation, extents, direction, isa, options.accuracy());
  }

  private static long create(
      Creation creation, long[] geometry, Direction direction, PlanOptions options, String tuned) {
    long[] plan = new long[1];
    long[] encoded = encode(direction, options);
    String[] wishes = {NativeLibrary.algorithm(), tuned};
    for (int i = 0; i < wishes.length && options.algorithm() == null; i++) {
      // A wish where it can be had; what else may be wrong is said below.
      if (wishes[i] != null
          && creation.create(geometry, encoded, wishes[i], options.isa(), plan) == Status.OK) {
        return plan[0];
      }
    }
    Status.check(creation.create(geometry, encoded, options.algorithm(), options.isa(), plan));
    return plan[0];
  }

  /** The fields of conv4j_options. */
  private static long[] encode(Direction direction, PlanOptions options) {
    return new long[] {
      direction.ordinal(),
      options.accuracy().ordinal(),
      options.relu() ? 1 : 0,
      options.paddingMode().ordinal(),
      options.memoryFormat().ordinal()
    };
  }
}
