package io.github.conv4j.oracle;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.TestData;
import java.util.LinkedHashMap;
import java.util.Map;

/** The sources of a case by name, with the kind and the seed of their numbers. */
final class Sources {
  private record Source(Shape shape, float[] values) {}

  private final DataKind data;
  private final long seed;
  private final Map<String, Source> sources = new LinkedHashMap<>();

  Sources(DataKind data, long seed) {
    this.data = data;
    this.seed = seed;
  }

  /** Whether sums of these numbers are exact in any order. */
  boolean exact() {
    return data == DataKind.EXACT;
  }

  /** Adds small integers or real numbers, by the kind of data. */
  Sources with(String name, Shape shape, long summands) {
    int elements = Math.toIntExact(shape.elements());
    return put(
        name,
        shape,
        exact()
            ? TestData.exact(seed, name, elements, summands)
            : TestData.real(seed, name, elements));
  }

  /** Adds values with many ties, signed zeros, NaN and infinities, or real numbers. */
  Sources withTies(String name, Shape shape) {
    int elements = Math.toIntExact(shape.elements());
    return put(
        name,
        shape,
        exact() ? TestData.ties(seed, name, elements, true) : TestData.real(seed, name, elements));
  }

  private Sources put(String name, Shape shape, float[] values) {
    sources.put(name, new Source(shape, values));
    return this;
  }

  /** A new tensor for conv4j, to be closed. */
  Tensor tensor(String name) {
    Source source = sources.get(name);
    return Tensor.of(source.values(), source.shape().toArray());
  }

  /** A new tensor for libtorch. */
  org.bytedeco.pytorch.Tensor torch(String name) {
    Source source = sources.get(name);
    return Torch.tensor(source.values(), source.shape());
  }
}
