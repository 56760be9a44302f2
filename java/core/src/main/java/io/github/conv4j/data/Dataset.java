package io.github.conv4j.data;

import io.github.conv4j.Shape;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A number of labelled samples, all of one shape. Several threads may read from one dataset at
 * once.
 */
public interface Dataset {
  /** The number of samples. */
  int size();

  /** The extents of every sample: channels, height and width of an image. */
  Shape sampleShape();

  /** The names of the classes; a label is an index into them. */
  List<String> classes();

  /**
   * The class of a sample.
   *
   * @param index 0 to size() - 1
   * @return 0 to classes().size() - 1
   * @throws IndexOutOfBoundsException if there is no such sample
   */
  int label(int index);

  /**
   * Reads one sample.
   *
   * @param index 0 to size() - 1
   * @param seed decides all that is random about the sample; whoever reads gives another one in
   *     every epoch. The same index and seed give the same values, on any thread
   * @param values of sampleShape().elements(), overwritten in row-major order
   * @throws IndexOutOfBoundsException if there is no such sample
   * @throws IllegalArgumentException if the array has another length
   * @throws IOException if a file cannot be read
   */
  void read(int index, long seed, float[] values) throws IOException;

  /**
   * This dataset with its samples changed on their way, in the given order.
   *
   * @param transforms for instance {@link Transforms#randomShift} and {@link Transforms#normalize}
   */
  default Dataset transformed(Transform... transforms) {
    return new TransformedDataset(this, List.of(transforms));
  }

  /**
   * A part of this dataset: the samples from a first one to before a last one.
   *
   * @param from 0 to size()
   * @param to from to size()
   * @throws IndexOutOfBoundsException if there are no such samples
   */
  default Dataset slice(int from, int to) {
    Objects.checkFromToIndex(from, to, size());
    return new SubsetDataset(this, IntStream.range(from, to).toArray());
  }

  /**
   * The samples of this dataset in another order, always the same for a seed. Slices of it are a
   * random split into parts for training and testing, which a folder sorted by class needs.
   */
  default Dataset shuffled(long seed) {
    return new SubsetDataset(this, Seeds.permutation(size(), seed));
  }
}
