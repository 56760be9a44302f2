package io.github.conv4j.oracle;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.TestData;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;

/** The sources of a case by name, with the kind and the seed of their numbers. */
final class Sources {
  private record Source(Shape shape, float[] values) {}

  private record Integers(Shape shape, long[] values) {}

  private final DataKind data;
  private final long seed;
  private final Map<String, Source> sources = new LinkedHashMap<>();
  private final Map<String, Integers> integers = new LinkedHashMap<>();

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

  /** Adds the values with ties, or real numbers between minus and plus a limit. */
  Sources withTies(String name, Shape shape, float limit) {
    return withTies(name, shape).map(name, x -> exact() ? x : x * limit);
  }

  /** Adds int64 numbers, each from 0 up to but not including a bound, by the seed. */
  Sources withIndices(String name, Shape shape, long bound) {
    SplittableRandom random = new SplittableRandom(TestData.seed(seed, name.hashCode()));
    return with(name, shape, random.longs(shape.elements(), 0, bound).toArray());
  }

  /** Adds int64 numbers. */
  Sources with(String name, Shape shape, long[] values) {
    integers.put(name, new Integers(shape, values));
    return this;
  }

  /** Replaces each value of a source by a function of it. */
  Sources map(String name, DoubleUnaryOperator function) {
    float[] values = sources.get(name).values();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) function.applyAsDouble(values[i]);
    }
    return this;
  }

  private Sources put(String name, Shape shape, float[] values) {
    sources.put(name, new Source(shape, values));
    return this;
  }

  /** A new tensor for conv4j, to be closed. */
  Tensor tensor(String name) {
    return tensor(name, MemoryFormat.CONTIGUOUS);
  }

  /** A new tensor for conv4j that lies in a format, to be closed. */
  Tensor tensor(String name, MemoryFormat format) {
    Source source = sources.get(name);
    Tensor tensor = Tensor.empty(source.shape(), format);
    tensor.set(source.values());
    return tensor;
  }

  /** The values, not to be modified. */
  float[] values(String name) {
    return sources.get(name).values();
  }

  /** The int64 values, not to be modified. */
  long[] integers(String name) {
    return integers.get(name).values();
  }

  /** A new int64 tensor for conv4j, to be closed. */
  LongTensor longTensor(String name) {
    return longTensor(name, MemoryFormat.CONTIGUOUS);
  }

  /** A new int64 tensor for conv4j that lies in a format, to be closed. */
  LongTensor longTensor(String name, MemoryFormat format) {
    LongTensor tensor = LongTensor.zeros(integers.get(name).shape(), format);
    tensor.set(integers(name));
    return tensor;
  }

  /** A new int64 tensor for libtorch. */
  org.bytedeco.pytorch.Tensor torchIntegers(String name) {
    return Torch.tensor(integers(name), integers.get(name).shape());
  }

  /** A new tensor for libtorch. */
  org.bytedeco.pytorch.Tensor torch(String name) {
    Source source = sources.get(name);
    return Torch.tensor(source.values(), source.shape());
  }
}
