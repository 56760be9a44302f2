package io.github.conv4j.kernel;

/**
 * One operation on one geometry, ready to run: immutable, shared by any number of threads.
 *
 * <p>Every {@code run} checks its tensors' shapes first ({@link IllegalArgumentException} naming
 * the tensor, the shape found and the shape required), refuses closed tensors ({@link
 * IllegalStateException}) and destinations that overlap a source ({@link
 * IllegalArgumentException}), and changes nothing when it refuses. An image tensor may leave out
 * the axis of a batch of one image, C, H, W, and that of a height of one row, N, C, W or C, W.
 */
public interface Plan {
  /**
   * The name of the algorithm that runs, for instance {@code direct}; {@code reference} in Java.
   */
  String algorithm();

  /** The instruction set of the kernels, for instance {@code avx512}; {@code java} in Java. */
  String isa();
}
