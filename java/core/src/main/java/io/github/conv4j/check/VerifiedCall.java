package io.github.conv4j.check;

import io.github.conv4j.LongTensor;
import io.github.conv4j.MemoryFormat;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.check.CheckResult.TensorCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * One call of kernels beside the reference: sources are copied before the call, each in its memory
 * format, the reference then works on the copies, and every result is compared. Name the operands,
 * then {@link #run} it.
 */
final class VerifiedCall {
  private static final long EXACT_LIMIT = 1L << 24;

  /** The name under which the number that a loss returns is compared. */
  static final String VALUE = "value";

  private record Source(Tensor original, Shape shape, MemoryFormat format, float[] values) {}

  private record Indices(LongTensor original, Shape shape, MemoryFormat format, long[] values) {}

  private record Result(
      Tensor actual, Shape shape, MemoryFormat format, Bound bound, boolean modified) {}

  private record LongResult(Shape shape, Supplier<long[]> actual, Supplier<long[]> expected) {}

  /** What the reference made of equal operands before, see {@link Verifier#remembering}. */
  record Memory(
      String name,
      Map<String, float[]> sources,
      Map<String, long[]> indices,
      Map<String, float[]> expected,
      Map<String, double[]> allowed) {}

  private final Verifier verifier;
  private final Operation operation;
  private final Map<String, Source> sources = new LinkedHashMap<>();
  private final Map<String, Indices> indices = new LinkedHashMap<>();
  private final Map<String, Result> results = new LinkedHashMap<>();
  private final Map<String, LongResult> longResults = new LinkedHashMap<>();
  private Bound valueBound;
  private ToDoubleFunction<Operands> reference;
  private Map<String, float[]> expected;
  private Map<String, double[]> magnitudes;

  VerifiedCall(Verifier verifier, Operation operation) {
    this.verifier = verifier;
    this.operation = operation;
  }

  /** A tensor that is read; null for one that is left out. */
  VerifiedCall source(String name, Tensor tensor) {
    if (tensor != null) {
      sources.put(
          name, new Source(tensor, tensor.shape(), tensor.memoryFormat(), tensor.toArray()));
    }
    return this;
  }

  /** Values that the call reads from elsewhere, such as weights that were prepared before. */
  VerifiedCall source(String name, Shape shape, float[] values) {
    sources.put(name, new Source(null, shape, MemoryFormat.CONTIGUOUS, values));
    return this;
  }

  /** Indices or classes that are read. */
  VerifiedCall indices(String name, LongTensor tensor) {
    indices.put(name, new Indices(tensor, tensor.shape(), tensor.memoryFormat(), tensor.toArray()));
    return this;
  }

  /** A tensor that is overwritten; null for one that is left out. */
  VerifiedCall result(String name, Tensor tensor, Bound bound) {
    if (tensor != null) {
      results.put(name, new Result(tensor, tensor.shape(), tensor.memoryFormat(), bound, false));
    }
    return this;
  }

  /** A tensor that is read and written. */
  VerifiedCall modified(String name, Tensor tensor, Bound bound) {
    source(name, tensor);
    results.put(name, new Result(tensor, tensor.shape(), tensor.memoryFormat(), bound, true));
    return this;
  }

  /** Indices that both sides give after the call. */
  VerifiedCall chosen(String name, Shape shape, Supplier<long[]> actual, Supplier<long[]> wanted) {
    longResults.put(name, new LongResult(shape, actual, wanted));
    return this;
  }

  /** How far the number that the call returns may be off. */
  VerifiedCall value(Bound bound) {
    valueBound = bound;
    return this;
  }

  /** The values of a source as they were before the call; null for one that was left out. */
  float[] values(String name) {
    Source source = sources.get(name);
    return source == null ? null : source.values;
  }

  /** The classes or indices of a source. */
  long[] indices(String name) {
    Indices source = indices.get(name);
    return source == null ? null : source.values;
  }

  /** The shape of an operand. */
  Shape shape(String name) {
    return sources.containsKey(name) ? sources.get(name).shape : results.get(name).shape;
  }

  /** What the reference gave. */
  float[] expected(String result) {
    return expected.get(result);
  }

  /** What the reference gives for the absolute values of all sources, without a sign. */
  double[] magnitudes(String result) {
    if (magnitudes == null) {
      magnitudes = new LinkedHashMap<>();
      onReference(true)
          .forEach(
              (name, values) -> {
                double[] positive = new double[values.length];
                for (int i = 0; i < positive.length; i++) {
                  positive[i] = Math.abs((double) values[i]);
                }
                magnitudes.put(name, positive);
              });
    }
    return magnitudes.get(result).clone();
  }

  /** Whether sums of so many products of the sources are exact in any order. */
  boolean isExact(long summands) {
    double product = summands + 1.0;
    for (Source source : sources.values()) {
      float largest = 1;
      for (float value : source.values) {
        if (value != (int) value) {
          return false;
        }
        largest = Math.max(largest, Math.abs(value));
      }
      product *= largest;
    }
    return product < EXACT_LIMIT;
  }

  /** Runs both sides and hands on what was found. */
  void run(Runnable tested, Consumer<Operands> onReference) {
    compute(
        () -> {
          tested.run();
          return 0;
        },
        operands -> {
          onReference.accept(operands);
          return 0;
        });
  }

  /** The same for a call that returns a number, which is handed back. */
  double compute(DoubleSupplier tested, ToDoubleFunction<Operands> onReference) {
    double value = tested.getAsDouble();
    Map<String, float[]> actual = new LinkedHashMap<>();
    results.forEach((name, result) -> actual.put(name, result.actual.toArray()));
    if (valueBound != null) {
      actual.put(VALUE, new float[] {(float) value});
    }
    reference = onReference;
    Map<String, double[]> allowed = recall();
    List<TensorCheck> found = new ArrayList<>();
    actual.forEach(
        (name, values) -> {
          Result result = results.get(name);
          Shape shape = result == null ? Shape.of(1) : result.shape;
          found.add(
              new TensorCheck(
                  name, Comparison.within(shape, values, expected.get(name), allowed.get(name))));
        });
    longResults.forEach(
        (name, result) ->
            found.add(
                new TensorCheck(
                    name,
                    Comparison.exact(result.shape, result.actual.get(), result.expected.get()))));
    addChangedSources(found);
    verifier.report(new OperationCheck(operation.in(format()), found));
    return value;
  }

  /** How the images lie; those of a call that is refused may differ. */
  private MemoryFormat format() {
    boolean turned =
        sources.values().stream().anyMatch(s -> s.format == MemoryFormat.CHANNELS_LAST)
            || results.values().stream().anyMatch(r -> r.format == MemoryFormat.CHANNELS_LAST);
    return turned ? MemoryFormat.CHANNELS_LAST : MemoryFormat.CONTIGUOUS;
  }

  /** Computes what is expected, unless an earlier call had the same operands. */
  private Map<String, double[]> recall() {
    Memory known = longResults.isEmpty() ? verifier.recall() : null;
    if (known != null && isSame(known)) {
      expected = known.expected;
      return known.allowed;
    }
    expected = onReference(false);
    Map<String, double[]> allowed = new LinkedHashMap<>();
    results.forEach((name, result) -> allowed.put(name, result.bound.allowed(this, name)));
    if (valueBound != null) {
      allowed.put(VALUE, valueBound.allowed(this, VALUE));
    }
    Map<String, float[]> read = new LinkedHashMap<>();
    sources.forEach((name, source) -> read.put(name, source.values));
    Map<String, long[]> readIndices = new LinkedHashMap<>();
    indices.forEach((name, source) -> readIndices.put(name, source.values));
    verifier.remember(
        new Memory(operation.selection() + key(), read, readIndices, expected, allowed));
    return allowed;
  }

  private String key() {
    return operation.name() + operation.direction() + results.keySet() + operation.algorithm();
  }

  private boolean isSame(Memory known) {
    return known.name.equals(operation.selection() + key())
        && known.sources.keySet().equals(sources.keySet())
        && known.indices.keySet().equals(indices.keySet())
        && sources.entrySet().stream()
            .allMatch(e -> Arrays.equals(e.getValue().values, known.sources.get(e.getKey())))
        && indices.entrySet().stream()
            .allMatch(e -> Arrays.equals(e.getValue().values, known.indices.get(e.getKey())));
  }

  private Map<String, float[]> onReference(boolean absolute) {
    try (Operands operands = new Operands(absolute)) {
      double value = reference.applyAsDouble(operands);
      Map<String, float[]> values = new LinkedHashMap<>();
      results.keySet().forEach(name -> values.put(name, operands.tensor(name).toArray()));
      if (valueBound != null) {
        values.put(VALUE, new float[] {(float) value});
      }
      return values;
    }
  }

  private void addChangedSources(List<TensorCheck> found) {
    sources.forEach(
        (name, source) -> {
          boolean written =
              source.original == null
                  || results.values().stream().anyMatch(r -> r.actual == source.original);
          if (!written) {
            addIfDifferent(
                found,
                name,
                Comparison.exact(source.shape, source.original.toArray(), source.values));
          }
        });
    indices.forEach(
        (name, source) ->
            addIfDifferent(
                found,
                name,
                Comparison.exact(source.shape, source.original.toArray(), source.values)));
  }

  private static void addIfDifferent(List<TensorCheck> found, String name, Comparison comparison) {
    if (!comparison.passed()) {
      found.add(new TensorCheck(name + " after the run", comparison));
    }
  }

  /** The operands of one run of the reference: copies of the sources, tensors for the results. */
  final class Operands implements AutoCloseable {
    private final boolean absolute;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, LongTensor> longs = new LinkedHashMap<>();

    private Operands(boolean absolute) {
      this.absolute = absolute;
      results.forEach(
          (name, result) -> tensors.put(name, Tensor.empty(result.shape, result.format)));
      sources.forEach(
          (name, source) -> {
            Tensor copy = Tensor.empty(source.shape, source.format);
            copy.set(copy(source.values));
            Tensor old = tensors.put(name, copy);
            if (old != null) {
              old.close();
            }
          });
      indices.forEach(
          (name, source) -> {
            LongTensor copy = LongTensor.zeros(source.shape, source.format);
            copy.set(source.values);
            longs.put(name, copy);
          });
    }

    private float[] copy(float[] values) {
      if (!absolute) {
        return values;
      }
      float[] positive = new float[values.length];
      for (int i = 0; i < positive.length; i++) {
        positive[i] = Math.abs(values[i]);
      }
      return positive;
    }

    /** Whether all sources are without sign, for {@link #magnitudes}. */
    boolean isAbsolute() {
      return absolute;
    }

    /** A source or a result; null for one that was left out. */
    Tensor tensor(String name) {
      return tensors.get(name);
    }

    LongTensor indices(String name) {
      return longs.get(name);
    }

    @Override
    public void close() {
      tensors.values().forEach(Tensor::close);
      longs.values().forEach(LongTensor::close);
    }
  }
}
