package io.github.conv4j.kernel;

import java.util.List;

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

  /**
   * The algorithms that take the plan's geometry and options, in the order in which they were
   * considered, with the costs that decided: the least one was chosen, of equal ones the first,
   * unless another was asked for by name. The reference, and operators that keep no plan, give
   * {@link #algorithm} alone, at cost 0.
   */
  default List<Candidate> candidates() {
    return List.of(new Candidate(algorithm(), 0, true));
  }

  /**
   * Bytes of scratch memory that one run on so many threads takes, from memory that all plans
   * share; 0 in Java and for operators that keep no plan.
   *
   * @param threads 1 to 1024
   * @throws IllegalArgumentException if threads is out of range
   */
  default long workspaceBytes(int threads) {
    if (threads < 1 || threads > 1024) {
      throw new IllegalArgumentException("threads is " + threads + "; it must be 1 to 1024");
    }
    return 0;
  }

  /** Bytes that prepared weights take; 0 in Java and where there are no weights to prepare. */
  default long preparedBytes() {
    return 0;
  }
}
