package io.github.conv4j.data;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import java.io.IOException;
import java.nio.FloatBuffer;

/** The tensors of one batch of a size that stays, filled again and again. */
final class BatchSlot implements AutoCloseable {
  private final Dataset dataset;
  private final Batch batch;
  private final FloatBuffer inputs;
  private final long[] labels;
  private final int elements;

  BatchSlot(Dataset dataset, int size) {
    this.dataset = dataset;
    this.elements = Math.toIntExact(dataset.sampleShape().elements());
    long[] sample = dataset.sampleShape().toArray();
    long[] dims = new long[1 + sample.length];
    dims[0] = size;
    System.arraycopy(sample, 0, dims, 1, sample.length);
    this.batch = new Batch(Tensor.zeros(dims), LongTensor.zeros(Shape.of(size)));
    this.inputs = batch.inputs().buffer();
    this.labels = new long[size];
  }

  Batch batch() {
    return batch;
  }

  /** An array for {@link #fill}, of one thread. */
  float[] scratch() {
    return new float[elements];
  }

  /**
   * Reads every so-many-th sample of the batch; threads that begin apart do not meet.
   *
   * @param order the samples of the epoch
   * @param start where the batch begins among them
   * @param from the first sample of the batch to read
   * @param step samples from one to the next
   */
  void fill(int[] order, int start, int from, int step, long epochSeed, float[] scratch)
      throws IOException {
    for (int i = from; i < labels.length; i += step) {
      int index = order[start + i];
      try {
        dataset.read(index, Seeds.mix(epochSeed, index), scratch);
        labels[i] = dataset.label(index);
      } catch (RuntimeException e) {
        throw new IllegalStateException("sample " + index + " cannot be read: " + e, e);
      }
      inputs.put(i * elements, scratch);
    }
  }

  /** To be called by one thread when all samples have been read. */
  void finish() {
    batch.labels().set(labels);
  }

  @Override
  public void close() {
    batch.inputs().close();
    batch.labels().close();
  }
}
