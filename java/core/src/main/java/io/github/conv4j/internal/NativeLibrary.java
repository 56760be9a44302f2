package io.github.conv4j.internal;

import io.github.conv4j.Conv4jException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * Loads libjniconv4j once: extracted under the SHA-256 of its bytes, compared with the classes by
 * ABI number and build id, set up (instruction set, threads, algorithm, OpenBLAS) and tried on a
 * convolution whose result is known. Not part of the public API.
 */
public final class NativeLibrary {
  private static final String LIBRARY = "libjniconv4j.so";
  private static final String OPENBLAS = "libopenblas.so.0";

  /**
   * What libopenblas.so.0 looks for in its own folder; one that the jar lacks comes from the
   * system.
   */
  private static final String[] OPENBLAS_NEEDS = {
    "libgfortran.so.5", "libquadmath.so.0", "libgcc_s.so.1", "libgfortran.so.4", "libgfortran.so.3"
  };

  private static final class Holder {
    static final NativeLibrary LOADED = new NativeLibrary();
  }

  private final Path path;
  private final String algorithm;
  private final String blasProblem;
  private final Conv4jException problem;
  private final boolean refused;

  private NativeLibrary() {
    Path loaded = null;
    String wished = null;
    String blas = "";
    Conv4jException failure = null;
    boolean settingUp = false;
    try {
      loaded = load();
      settingUp = true;
      setUp();
      wished = wishedAlgorithm();
      blas = openBlas();
      settingUp = false;
      selfTest();
    } catch (IOException | LinkageError | RuntimeException e) {
      failure =
          new Conv4jException(
              "the native kernels cannot be used: "
                  + e.getMessage()
                  + " (conv4j.backend=reference runs on plain Java)",
              e);
    }
    this.path = loaded;
    this.algorithm = wished;
    this.blasProblem = blas;
    this.problem = failure;
    this.refused = settingUp;
  }

  /** Whether the native kernels can be used; loads them at the first call. */
  public static boolean isAvailable() {
    return Holder.LOADED.problem == null;
  }

  /**
   * Loads the library if that has not been tried yet.
   *
   * @throws Conv4jException saying why the native kernels cannot be used and what to do
   */
  public static void require() {
    Conv4jException problem = Holder.LOADED.problem;
    if (problem != null) {
      throw new Conv4jException(problem.getMessage(), problem);
    }
  }

  /** Why the native kernels cannot be used; empty if they can. */
  public static String problem() {
    Conv4jException problem = Holder.LOADED.problem;
    return problem == null ? "" : problem.getMessage();
  }

  /**
   * Whether it was an explicit setting (instruction set, threads, algorithm, BLAS) that cannot be
   * had.
   */
  public static boolean isRefused() {
    return Holder.LOADED.refused;
  }

  /**
   * The algorithm that the property conv4j.algorithm asks for, wherever it can be had; null for
   * none.
   */
  public static String algorithm() {
    return Holder.LOADED.algorithm;
  }

  /** Why OpenBLAS is not used; empty if it is. */
  public static String blasProblem() {
    return Holder.LOADED.blasProblem;
  }

  /** The file that was loaded; null if none was. */
  public static Path path() {
    return Holder.LOADED.path;
  }

  private static String platform() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    String family = os.startsWith("linux") ? "linux" : os.replace(' ', '-');
    String machine = arch.equals("amd64") ? "x86_64" : arch;
    return family + "-" + machine;
  }

  private static Path load() throws IOException {
    if ("reference".equals(System.getProperty("conv4j.backend"))) {
      throw new Conv4jException("the property conv4j.backend asks for the reference");
    }
    String resource = "/io/github/conv4j/" + platform() + "/" + LIBRARY;
    byte[] bytes;
    try (InputStream in = NativeLibrary.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new Conv4jException(
            "no "
                + resource
                + " on the class path; add the artifact conv4j with the classifier "
                + platform());
      }
      bytes = in.readAllBytes();
    }
    Path file =
        ResourceCache.store(ResourceCache.folder(ResourceCache.sha256(bytes)), LIBRARY, bytes);
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError e) {
      if (!String.valueOf(e.getMessage()).contains("another classloader")) {
        throw e;
      }
      // A second class loader of this process needs a file of its own.
      String name = "loader-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
      file = ResourceCache.store(ResourceCache.folder(name), LIBRARY, bytes);
      file.getParent().toFile().deleteOnExit(); // the folder first: it goes last
      file.toFile().deleteOnExit();
      System.load(file.toString());
    }
    compareBuilds();
    return file;
  }

  private static void compareBuilds() throws IOException {
    if (NativeApi.conv4j_abi() != NativeApi.ABI) {
      throw new Conv4jException(
          LIBRARY
              + " has ABI "
              + NativeApi.conv4j_abi()
              + ", the classes need "
              + NativeApi.ABI
              + "; use the jars of one version");
    }
    Properties properties = new Properties();
    try (InputStream in =
        NativeLibrary.class.getResourceAsStream("/io/github/conv4j/native.properties")) {
      if (in == null) {
        throw new Conv4jException("no io/github/conv4j/native.properties beside the classes");
      }
      properties.load(in);
    }
    String expected = properties.getProperty("build.id", "");
    if (!expected.equals(NativeApi.conv4j_build_id())) {
      throw new Conv4jException(
          LIBRARY
              + " is build "
              + NativeApi.conv4j_build_id()
              + ", the classes belong to build "
              + expected
              + "; use the jars of one build");
    }
  }

  private static void setUp() {
    String isa = System.getProperty("conv4j.isa", "");
    if (isa.isEmpty()) {
      check("the environment variable CONV4J_ISA", NativeApi.conv4j_isa_check());
    } else {
      check("the property conv4j.isa", NativeApi.conv4j_isa_select(isa));
    }
    int processors = Runtime.getRuntime().availableProcessors();
    String threads = System.getProperty("conv4j.threads", "");
    long limit = processors;
    if (!threads.isEmpty()) {
      try {
        limit = Long.parseLong(threads);
      } catch (NumberFormatException e) {
        throw new Conv4jException(
            "the property conv4j.threads is " + threads + "; it must be a number", e);
      }
    }
    check("the property conv4j.threads", NativeApi.conv4j_threads_set(limit));
  }

  /** One that some convolution or pooling knows, or null for none. */
  private static String wishedAlgorithm() {
    String wish = System.getProperty("conv4j.algorithm", "");
    if (wish.isEmpty()) {
      return null;
    }
    Set<String> known = new LinkedHashSet<>();
    for (long direction = 0; direction < 3; direction++) {
      long way = direction;
      addNames(known, index -> NativeApi.conv4j_conv2d_algorithm(way, index));
      addNames(known, index -> NativeApi.conv4j_max_pool2d_algorithm(way, index));
      addNames(known, index -> NativeApi.conv4j_avg_pool2d_algorithm(way, index));
    }
    addNames(known, NativeApi::conv4j_adaptive_max_pool2d_algorithm);
    if (!known.contains(wish)) {
      throw new Conv4jException(
          "the property conv4j.algorithm: no algorithm is named '"
              + wish
              + "'; there are "
              + String.join(", ", known));
    }
    return wish;
  }

  private static void addNames(Set<String> names, LongFunction<String> nameAt) {
    long index = 0;
    for (String name = nameAt.apply(0); name != null; name = nameAt.apply(++index)) {
      names.add(name);
    }
  }

  /** Names the setting that cannot be had. */
  private static void check(String setting, int status) {
    try {
      Status.check(status);
    } catch (IllegalArgumentException | Conv4jException e) {
      throw new Conv4jException(setting + ": " + e.getMessage(), e);
    }
  }

  /** Opens a private copy of OpenBLAS; the reason if it cannot be had, which is no failure. */
  private static String openBlas() {
    String wish = System.getProperty("conv4j.blas", "auto");
    if (wish.equals("none")) {
      return "the property conv4j.blas asks for none";
    }
    if (!wish.equals("auto") && !wish.equals("openblas")) {
      throw new Conv4jException(
          "the property conv4j.blas is " + wish + "; it must be auto, openblas or none");
    }
    try {
      Status.check(NativeApi.conv4j_blas_open(extractOpenBlas().toString()));
      return "";
    } catch (IOException | Conv4jException e) {
      if (wish.equals("openblas")) {
        throw new Conv4jException("OpenBLAS cannot be had: " + e.getMessage(), e);
      }
      return String.valueOf(e.getMessage());
    }
  }

  private static Path extractOpenBlas() throws IOException {
    String folderName = "/org/bytedeco/openblas/" + platform() + "/";
    URL library = NativeLibrary.class.getResource(folderName + OPENBLAS);
    if (library == null) {
      throw new Conv4jException(
          "no "
              + folderName
              + OPENBLAS
              + " on the class path; add org.bytedeco:openblas with the classifier "
              + platform());
    }
    Path folder = ResourceCache.folder("openblas-" + ResourceCache.fingerprint(library));
    for (String need : OPENBLAS_NEEDS) {
      URL resource = NativeLibrary.class.getResource(folderName + need);
      if (resource != null) {
        ResourceCache.store(folder, need, resource);
      }
    }
    return ResourceCache.store(folder, OPENBLAS, library);
  }

  /** Convolves the 3x3 image 0..8 with the kernel [[0, 1], [2, 3]]. */
  private static void selfTest() {
    long[] plan = new long[1];
    long[] geometry = {1, 1, 3, 3, 1, 2, 2, 1, 1, 0, 0, 0, 0, 1, 1, 1};
    Status.check(
        NativeApi.conv4j_conv2d_create(
            geometry, new long[NativeApi.OPTION_FIELDS], null, null, plan));
    float[] expected = {19, 25, 37, 43};
    float[] found = new float[expected.length];
    try (Memory src = Memory.allocateNative(9 * Float.BYTES, "self-test");
        Memory weights = Memory.allocateNative(4 * Float.BYTES, "self-test");
        Memory dst = Memory.allocateNative(4 * Float.BYTES, "self-test");
        Memory prepared =
            Memory.allocateNative(NativeApi.conv4j_plan_prepared_size(plan[0]), "self-test");
        Memory workspace =
            Memory.allocateNative(NativeApi.conv4j_plan_workspace_size(plan[0], 1), "self-test")) {
      src.floats(0).put(0, new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8});
      weights.floats(0).put(0, new float[] {0, 1, 2, 3});
      Status.check(NativeApi.conv4j_conv2d_prepare(plan[0], weights.acquire(), prepared.acquire()));
      Status.check(
          NativeApi.conv4j_conv2d_forward(
              plan[0],
              src.acquire(),
              prepared.acquire(),
              0,
              dst.acquire(),
              workspace.acquire(),
              1));
      dst.floats(0).get(0, found);
      src.release();
      weights.release();
      prepared.release();
      prepared.release();
      dst.release();
      workspace.release();
    } finally {
      NativeApi.conv4j_plan_destroy(plan[0]);
    }
    if (!Arrays.equals(expected, found)) {
      throw new Conv4jException(
          "the self-test of "
              + NativeApi.conv4j_isa_default()
              + " gave "
              + Arrays.toString(found)
              + " instead of "
              + Arrays.toString(expected));
    }
  }
}
