package io.github.conv4j.data;

import io.github.conv4j.Shape;
import java.io.IOException;
import java.util.List;
import java.util.Objects;

/** Some consecutive samples of a dataset. */
final class SlicedDataset implements Dataset {
  private final Dataset whole;
  private final int from;
  private final int size;

  SlicedDataset(Dataset whole, int from, int to) {
    Objects.checkFromToIndex(from, to, whole.size());
    this.whole = whole;
    this.from = from;
    this.size = to - from;
  }

  @Override
  public int size() {
    return size;
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
    return whole.label(from + Objects.checkIndex(index, size));
  }

  @Override
  public void read(int index, long seed, float[] values) throws IOException {
    whole.read(from + Objects.checkIndex(index, size), seed, values);
  }
}
