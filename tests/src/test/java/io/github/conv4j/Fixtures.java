package io.github.conv4j;

import io.github.conv4j.check.KernelCase;
import io.github.conv4j.check.ShapeFile;
import io.github.conv4j.check.TestData;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.ReferenceKernels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Named;

/** What many tests begin with: geometries, seeds, tensors of integers and the two backends. */
final class Fixtures {
  private Fixtures() {}

  /** The geometries of a file of tests/shapes. */
  static List<KernelCase> shapes(String name) {
    Path here = Path.of("shapes", name);
    try {
      return ShapeFile.read(Files.exists(here) ? here : Path.of("tests/shapes", name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new seed, or the one of the system property conv4j.tests.seed. Messages must name it. */
  static long seed() {
    return Long.getLong("conv4j.tests.seed", new SplittableRandom().nextLong() >>> 33);
  }

  /** Small integers, each tensor's own. */
  static Tensor integers(long seed, String name, Shape shape) {
    int elements = Math.toIntExact(shape.elements());
    return Tensor.of(TestData.exact(seed, name, elements, 1), shape.toArray());
  }

  /** Real numbers in [-1, 1), each tensor's own. */
  static Tensor reals(long seed, String name, Shape shape) {
    int elements = Math.toIntExact(shape.elements());
    return Tensor.of(TestData.real(seed, name, elements), shape.toArray());
  }

  /** A tensor of one value. */
  static Tensor filled(float value, Shape shape) {
    Tensor tensor = Tensor.empty(shape);
    tensor.fill(value);
    return tensor;
  }

  /** Both backends under their names, for tests that ask the same of each. */
  static List<Named<Kernels>> backends() {
    return List.of(
        Named.of("native", NativeKernels.instance()),
        Named.of("reference", ReferenceKernels.instance()));
  }
}
