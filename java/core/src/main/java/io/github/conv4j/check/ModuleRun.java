package io.github.conv4j.check;

import io.github.conv4j.Tensor;
import io.github.conv4j.check.CheckResult.TensorCheck;
import io.github.conv4j.check.Subject.Data;
import io.github.conv4j.check.Subject.Output;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.ReferenceKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A module that runs on tested kernels, each of whose calls is compared with the reference on the
 * same operands, and as a whole on the reference, from the same state.
 */
final class ModuleRun {
  /** Fewer elements than these may all be 0 by chance. */
  private static final int TELLING = 32;

  /** More than so many of them being 0 would hide errors. */
  private static final double MOST_ZEROS = 15.0 / 16;

  private final Subject subject;
  private final Tensor src;
  private final Data data;
  private final Set<Direction> wanted;
  private final List<OperationCheck> operations = new ArrayList<>();
  private final Verifier verifier = Verifier.remembering(operations::add);

  /** Every result of the whole on the reference; computed by the first run. */
  private Map<String, Output> expected;

  private Map<String, Output> actual;

  ModuleRun(Subject subject, Tensor src, Data data, Set<Direction> wanted) {
    this.subject = subject;
    this.src = src;
    this.data = data;
    this.wanted = wanted;
  }

  /**
   * Runs the module once on kernels, and the first time on the reference, too.
   *
   * @param input the elements of src, in its format or in another one
   */
  void on(Kernels kernels, Forcing forcing, Tensor input) {
    operations.clear();
    verifier.restart();
    float[] before = input.toArray();
    actual = subject.run(new VerifyingKernels(kernels, verifier, forcing), input, data, wanted);
    TensorCheck untouched =
        new TensorCheck(
            "src after the run", Comparison.exact(input.shape(), input.toArray(), before));
    if (!untouched.comparison().passed()) {
      throw new IllegalStateException("the module wrote to its input: " + untouched);
    }
    if (expected == null) {
      expected = subject.run(ReferenceKernels.instance(), src, data, wanted);
    }
  }

  /** Every call of the last run. */
  List<OperationCheck> operations() {
    return List.copyOf(operations);
  }

  /** Whether each call of the last run gave the reference's very numbers. */
  boolean isExact() {
    return operations.stream()
        .flatMap(operation -> operation.tensors().stream())
        .allMatch(tensor -> tensor.comparison().worstAbsolute() == 0);
  }

  /**
   * The results of the last run beside those of the whole on the reference. Where each call was
   * exact they have to be equal but for the signs of zeros. Otherwise rounding may have gone on
   * through later layers and changed what a pooling or a ReLU chose, so that there is no bound, and
   * a difference is only a number that is not finite on one side alone.
   */
  List<TensorCheck> endToEnd() {
    boolean exact = isExact();
    List<TensorCheck> found = new ArrayList<>();
    expected.forEach(
        (name, output) -> {
          double[] allowed = new double[output.values().length];
          Arrays.fill(allowed, exact ? Double.MIN_VALUE : Float.MAX_VALUE * 4.0);
          found.add(
              new TensorCheck(
                  name,
                  Comparison.within(
                      output.shape(), actual.get(name).values(), output.values(), allowed)));
        });
    return found;
  }

  /** A result of the last run on the tested kernels. */
  Output actual(String name) {
    return output(actual, name);
  }

  /** The same on the reference. */
  Output expected(String name) {
    return output(expected, name);
  }

  private static Output output(Map<String, Output> outputs, String name) {
    Output output = outputs.get(name);
    if (output == null) {
      throw new IllegalArgumentException(
          "no result is named '" + name + "'; there are " + outputs.keySet());
    }
    return output;
  }

  /** The results that are all but 0 on the reference, so that errors would not be seen. */
  List<String> hidden() {
    List<String> hidden = new ArrayList<>();
    expected.forEach(
        (name, output) -> {
          float[] values = output.values();
          long zeros = 0;
          for (float value : values) {
            zeros += value == 0 ? 1 : 0;
          }
          if (values.length >= TELLING && zeros > MOST_ZEROS * values.length) {
            hidden.add(name + " " + output.shape());
          }
        });
    return hidden;
  }
}
