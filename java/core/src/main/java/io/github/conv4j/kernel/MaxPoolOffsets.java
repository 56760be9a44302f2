package io.github.conv4j.kernel;

import io.github.conv4j.LongTensor;

/**
 * Which tap of its window each output of a max pooling took: what the backward pass needs, in a
 * compact form of the kernels' own. One forward run fills it, later runs overwrite it.
 *
 * <p>Close it when done; what was forgotten is freed when it becomes unreachable.
 */
public interface MaxPoolOffsets extends AutoCloseable {
  /** The pooling that these offsets belong to. */
  Pool2dGeometry geometry();

  /**
   * Writes the index h*IW + w of each chosen pixel within its own (n, c) plane, and -1 for a window
   * with no tap inside the image.
   *
   * @param indices [N, C, OH, OW] in the memory format of the plan that made the offsets,
   *     overwritten
   * @throws IllegalStateException if no forward run has filled the offsets yet
   */
  void toIndices(LongTensor indices);

  @Override
  void close();
}
