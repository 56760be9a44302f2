package io.github.conv4j;

import io.github.conv4j.check.VerifyingKernels;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.NativeLibrary;
import io.github.conv4j.internal.Status;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.ReferenceKernels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/**
 * What this conv4j is and what it runs on, and the number of threads it may use.
 *
 * <p>System properties, read once:
 *
 * <ul>
 *   <li>{@code conv4j.backend}: {@code native} and {@code reference} are binding, {@code auto}
 *       (default) takes the reference, and logs why, where the native kernels cannot be had
 *   <li>{@code conv4j.isa}: the instruction set of the kernels, as the environment variable
 *       CONV4J_ISA
 *   <li>{@code conv4j.threads}: the first thread limit; default is all available processors
 *   <li>{@code conv4j.blas}: {@code auto} (default), {@code openblas} (binding) or {@code none}
 *   <li>{@code conv4j.algorithm}: the algorithm of every native plan of a convolution or pooling
 *       that knows the name in its direction and takes the geometry under its options; the others
 *       are chosen by cost, as without it. {@link
 *       io.github.conv4j.kernel.PlanOptions#withAlgorithm} goes before it. A name that no operation
 *       knows is refused
 *   <li>{@code conv4j.tune}: a {@link io.github.conv4j.kernel.TuneFile} of measured choices, for
 *       the convolutions whose geometry stands in it
 *   <li>{@code conv4j.verify}: {@code true} compares every call of {@link #kernels} with the
 *       reference and throws a {@link io.github.conv4j.check.VerificationException} at the first
 *       difference; slow
 *   <li>{@code conv4j.leaks}: {@code true} logs tensors that were not closed
 * </ul>
 */
public final class Conv4j {
  private static final System.Logger LOG = System.getLogger("io.github.conv4j");

  /** The kernels, or why there are none: an exception of every call, not of one initialiser. */
  private record Choice(Kernels kernels, Conv4jException problem) {}

  private static final class Holder {
    static final Choice CHOICE = choose();
  }

  private Conv4j() {}

  /** The version of this library, for instance {@code 0.1.0}. */
  public static String version() {
    Properties properties = new Properties();
    try (InputStream in = Conv4j.class.getResourceAsStream("conv4j.properties")) {
      if (in == null) {
        throw new Conv4jException("no conv4j.properties beside the classes");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new Conv4jException("conv4j.properties cannot be read", e);
    }
    return properties.getProperty("version");
  }

  /**
   * The kernels that modules use unless told otherwise.
   *
   * @throws Conv4jException if {@code conv4j.backend=native}, or another explicit property, cannot
   *     be had, with the reason and the remedy
   */
  public static Kernels kernels() {
    Choice choice = Holder.CHOICE;
    if (choice.problem != null) {
      throw new Conv4jException(choice.problem.getMessage(), choice.problem);
    }
    return choice.kernels;
  }

  /** {@code native} or {@code reference}. */
  public static String backend() {
    return kernels().backend();
  }

  /** The instruction set of native kernels, for instance {@code avx512}. */
  public static String isa() {
    NativeLibrary.require();
    return NativeApi.conv4j_isa_default();
  }

  /** The instruction sets that this CPU runs, from the plainest to the widest. */
  public static List<String> isas() {
    NativeLibrary.require();
    List<String> names = new ArrayList<>();
    for (long i = 0; i < NativeApi.conv4j_isa_count(); i++) {
      if (NativeApi.conv4j_isa_supported(i) != 0) {
        names.add(NativeApi.conv4j_isa_name(i));
      }
    }
    return names;
  }

  /** The CPU's own name for itself. */
  public static String cpu() {
    NativeLibrary.require();
    return NativeApi.conv4j_cpu_name();
  }

  /**
   * Bytes of the CPU's data caches of level 1, 2 and 3, as native plans reckon with them: what the
   * system tells, or plausible sizes where it does not.
   */
  public static List<Long> cacheSizes() {
    NativeLibrary.require();
    return List.of(
        NativeApi.conv4j_cache_size(1),
        NativeApi.conv4j_cache_size(2),
        NativeApi.conv4j_cache_size(3));
  }

  /** Threads that one native call may use, the caller's own included. */
  public static int threads() {
    NativeLibrary.require();
    return (int) NativeApi.conv4j_threads();
  }

  /**
   * Sets the number of threads that one native call may use. Results do not depend on it.
   *
   * @param limit 1 or more, the calling thread included
   * @throws IllegalArgumentException if limit is below 1 or above 1024
   */
  public static void setThreads(int limit) {
    NativeLibrary.require();
    Status.check(NativeApi.conv4j_threads_set(limit));
  }

  /** OpenBLAS as it was opened, or empty where none could be; {@link #blasProblem} says why. */
  public static Optional<Blas> blas() {
    NativeLibrary.require();
    String version = NativeApi.conv4j_blas_version();
    return version.isEmpty()
        ? Optional.empty()
        : Optional.of(new Blas(version, NativeApi.conv4j_blas_core()));
  }

  /** Why OpenBLAS is not used; empty if it is. */
  public static String blasProblem() {
    return NativeLibrary.blasProblem();
  }

  /** Why the native kernels are not used; empty if they can be. */
  public static String nativeProblem() {
    return NativeLibrary.problem();
  }

  /** The native library's file; empty where none was loaded. */
  public static Optional<Path> library() {
    return Optional.ofNullable(NativeLibrary.path());
  }

  /**
   * A BLAS library.
   *
   * @param version its name and version
   * @param core the CPU family whose kernels it uses, in its own words
   */
  public record Blas(String version, String core) {}

  private static Choice choose() {
    try {
      return new Choice(chooseKernels(), null);
    } catch (Conv4jException e) {
      return new Choice(null, e);
    }
  }

  private static Kernels chooseKernels() {
    String backend = System.getProperty("conv4j.backend", "auto");
    switch (backend) {
      case "native":
        NativeLibrary.require();
        return nativeKernels();
      case "reference":
        return ReferenceKernels.instance();
      case "auto":
        if (NativeLibrary.isAvailable() || NativeLibrary.isRefused()) {
          return nativeKernels();
        }
        LOG.log(
            System.Logger.Level.WARNING,
            "running on the plain-Java reference: {0}",
            NativeLibrary.problem());
        return ReferenceKernels.instance();
      default:
        throw new Conv4jException(
            "the property conv4j.backend is " + backend + "; it must be native, reference or auto");
    }
  }

  /** The native kernels, or with {@code conv4j.verify} those that compare themselves. */
  private static Kernels nativeKernels() {
    String verify = System.getProperty("conv4j.verify", "false");
    return switch (verify) {
      case "true" -> VerifyingKernels.throwing(NativeKernels.instance());
      case "false" -> NativeKernels.instance();
      default ->
          throw new Conv4jException(
              "the property conv4j.verify is " + verify + "; it must be true or false");
    };
  }
}
