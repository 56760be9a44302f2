package io.github.conv4j.data;

import io.github.conv4j.Shape;
import java.util.List;
import java.util.Objects;

/** Images of 8 bits a sample, in memory; read as 0 to 1. */
final class ByteImages implements Dataset {
  private static final float[] SCALED = new float[256];

  static {
    for (int i = 0; i < SCALED.length; i++) {
      SCALED[i] = i / 255f;
    }
  }

  private final Shape sampleShape;
  private final List<String> classes;
  private final byte[][] samples;
  private final byte[] labels;

  /**
   * A dataset of arrays that are kept.
   *
   * @param samples each of sampleShape.elements()
   * @param labels each an index into classes
   */
  ByteImages(Shape sampleShape, List<String> classes, byte[][] samples, byte[] labels) {
    this.sampleShape = sampleShape;
    this.classes = List.copyOf(classes);
    this.samples = samples;
    this.labels = labels;
  }

  @Override
  public int size() {
    return samples.length;
  }

  @Override
  public Shape sampleShape() {
    return sampleShape;
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int label(int index) {
    return labels[Objects.checkIndex(index, labels.length)] & 0xff;
  }

  @Override
  public void read(int index, long seed, float[] values) {
    byte[] sample = samples[Objects.checkIndex(index, samples.length)];
    if (values.length != sample.length) {
      throw new IllegalArgumentException(
          "an array of " + values.length + " for a sample of shape " + sampleShape);
    }
    for (int i = 0; i < sample.length; i++) {
      values[i] = SCALED[sample[i] & 0xff];
    }
  }
}
