package io.github.conv4j.data;

import io.github.conv4j.Shape;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;

/** A dataset whose samples are changed when they are read. */
final class TransformedDataset implements Dataset {
  private final Dataset source;
  private final List<Transform> transforms;

  TransformedDataset(Dataset source, List<Transform> transforms) {
    this.source = source;
    this.transforms = transforms;
  }

  @Override
  public int size() {
    return source.size();
  }

  @Override
  public Shape sampleShape() {
    return source.sampleShape();
  }

  @Override
  public List<String> classes() {
    return source.classes();
  }

  @Override
  public int label(int index) {
    return source.label(index);
  }

  @Override
  public void read(int index, long seed, float[] values) throws IOException {
    source.read(index, seed, values);
    SplittableRandom random = new SplittableRandom(Seeds.mix(seed, index));
    for (Transform transform : transforms) {
      transform.apply(values, source.sampleShape(), random);
    }
  }
}
