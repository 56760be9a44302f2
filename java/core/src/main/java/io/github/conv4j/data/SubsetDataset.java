package io.github.conv4j.data;

import io.github.conv4j.Shape;
import java.io.IOException;
import java.util.List;

/** Some samples of a dataset, in an order of their own. */
final class SubsetDataset implements Dataset {
  private final Dataset whole;
  private final int[] indices;

  /** A dataset of the samples of these numbers; the array is kept. */
  SubsetDataset(Dataset whole, int[] indices) {
    this.whole = whole;
    this.indices = indices;
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public Shape sampleShape() {
    return whole.sampleShape();
  }

  @Override
  public List<String> classes() {
    return whole.classes();
  }

  @Override
  public int label(int index) {
    return whole.label(indices[index]);
  }

  @Override
  public void read(int index, long seed, float[] values) throws IOException {
    whole.read(indices[index], seed, values);
  }
}
