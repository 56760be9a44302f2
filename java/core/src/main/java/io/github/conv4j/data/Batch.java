package io.github.conv4j.data;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Tensor;

/**
 * Some samples of a dataset, in tensors that belong to the {@link DataLoader}: they are overwritten
 * when the next batch has been asked for, and closed with the loader.
 *
 * @param inputs [N, ...], the samples one behind the other
 * @param labels [N], the class of each
 */
public record Batch(Tensor inputs, LongTensor labels) {
  /** The number of samples. */
  public int size() {
    return (int) labels.elements();
  }
}
