package io.github.conv4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.ChildJvm.Outcome;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import io.github.conv4j.nn.Conv2d;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How the native library is found, chosen, refused and replaced; each case in a process of its own.
 */
public class NativeLibraryTest {
  private static final String LIBRARY = "libjniconv4j.so";

  @TempDir private static Path folder;

  /** Says which kernels there are and what they make of the lecture's image. */
  public static final class Probe {
    private Probe() {}

    /** Runs the probe. */
    public static void main(String[] arguments) {
      try (Tensor src = Tensor.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8}, 1, 1, 3, 3);
          Conv2d conv = Conv2d.builder(1, 1, 2).bias(false).build()) {
        conv.weight().set(new float[] {0, 1, 2, 3});
        try (Tensor dst = conv.forward(src)) {
          System.out.println(Conv4j.backend() + " " + Arrays.toString(dst.toArray()));
        }
      }
    }
  }

  /** Says which kernels there are before it runs the same. */
  public static final class VerifyProbe {
    private VerifyProbe() {}

    /** Runs the probe. */
    public static void main(String[] arguments) {
      System.out.print(Conv4j.kernels().getClass().getSimpleName() + " ");
      Probe.main(arguments);
    }
  }

  /** Asks for the algorithms on OpenBLAS. */
  public static final class BlasProbe {
    private BlasProbe() {}

    /** Runs the probe. */
    public static void main(String[] arguments) {
      Conv2dGeometry g = Conv2dGeometry.of(1, 4, 6, 7, 5, 3, 3);
      for (Direction direction : Direction.values()) {
        for (String algorithm : NativeKernels.conv2dAlgorithms(direction)) {
          if (algorithm.contains("openblas")) {
            try {
              PlanOptions options = PlanOptions.DEFAULT.withAlgorithm(algorithm);
              switch (direction) {
                case FORWARD -> NativeKernels.instance().conv2dForward(g, options);
                case BACKWARD_DATA -> NativeKernels.instance().conv2dBackwardData(g, options);
                case BACKWARD_WEIGHTS -> NativeKernels.instance().conv2dBackwardWeights(g, options);
              }
              System.out.println(algorithm + " planned");
            } catch (Conv4jException e) {
              System.out.println(algorithm + " refused");
            }
          }
        }
      }
    }
  }

  /** Loads the library through two class loaders and uses both. */
  public static final class TwoLoadersProbe {
    private TwoLoadersProbe() {}

    /** Runs the probe twice. */
    public static void main(String[] arguments) throws Exception {
      List<URL> urls = new ArrayList<>();
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
        urls.add(Path.of(entry).toUri().toURL());
      }
      for (int i = 0; i < 2; i++) {
        URLClassLoader loader =
            new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
        loader
            .loadClass(Probe.class.getName())
            .getMethod("main", String[].class)
            .invoke(null, (Object) new String[0]);
      }
    }
  }

  static List<String> isas() {
    return Conv4j.isas();
  }

  private static Map<String, Object> info(ChildJvm jvm) {
    Outcome outcome = jvm.conv4j("info", "--json");
    assertEquals(0, outcome.status(), outcome::toString);
    assertEquals("", outcome.err());
    return JsonReader.readObject(outcome.out());
  }

  private static void refused(ChildJvm jvm, String... words) {
    Outcome outcome = jvm.conv4j("info");
    assertEquals(2, outcome.status(), outcome::toString);
    assertEquals("", outcome.out());
    String line = outcome.onlyError();
    assertTrue(line.startsWith("conv4j: "), line);
    for (String word : words) {
      assertTrue(line.contains(word), () -> "'" + line + "' does not say '" + word + "'");
    }
  }

  /** The class path without the file: a folder is copied, a jar that holds the file left out. */
  private static List<String> classPathWithout(String file) throws IOException {
    List<String> entries = new ArrayList<>();
    boolean found = false;
    for (String entry : ChildJvm.classPath()) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path)) {
        try (Stream<Path> files = Files.walk(path)) {
          boolean holds = files.anyMatch(inside -> inside.endsWith(file));
          found |= holds;
          entries.add(holds ? copyWithout(path, file).toString() : entry);
        }
      } else if (Files.exists(path)) {
        try (ZipFile jar = new ZipFile(path.toFile())) {
          boolean holds = jar.stream().anyMatch(inside -> inside.getName().endsWith("/" + file));
          found |= holds;
          if (!holds) {
            entries.add(entry);
          }
        }
      }
    }
    assertTrue(found, "no " + file + " on the class path");
    return entries;
  }

  private static Path copyWithout(Path from, String file) throws IOException {
    Path to = Files.createTempDirectory(folder, "classes");
    try (Stream<Path> files = Files.walk(from)) {
      for (Path source : (Iterable<Path>) files::iterator) {
        Path target = to.resolve(from.relativize(source).toString());
        if (Files.isDirectory(source)) {
          Files.createDirectories(target);
        } else if (!source.endsWith(file)) {
          Files.copy(source, target);
        }
      }
    }
    return to;
  }

  @Test
  void theNativeKernelsAreTheDefault() {
    Outcome outcome = new ChildJvm().run(Probe.class.getName());
    assertEquals("native [19.0, 25.0, 37.0, 43.0]\n", outcome.out());
    assertEquals("", outcome.err());
    assertEquals(0, outcome.status());
  }

  @Test
  void theReferenceNeedsNoNativeLibrary() throws IOException {
    ChildJvm jvm =
        new ChildJvm().classPath(classPathWithout(LIBRARY)).property("conv4j.backend", "reference");
    Outcome outcome = jvm.run(Probe.class.getName());
    assertEquals("reference [19.0, 25.0, 37.0, 43.0]\n", outcome.out());
    assertEquals("", outcome.err());
    assertEquals(0, outcome.status());
    Map<String, Object> facts = info(jvm);
    assertEquals("reference", facts.get("backend"));
    assertNull(facts.get("isa"));
    assertNull(facts.get("library"));
  }

  @Test
  void theReferenceMayBeChosenBesideTheNativeLibrary() {
    Outcome outcome =
        new ChildJvm().property("conv4j.backend", "reference").run(Probe.class.getName());
    assertEquals("reference [19.0, 25.0, 37.0, 43.0]\n", outcome.out());
    assertEquals("", outcome.err());
  }

  @Test
  void withoutTheNativeLibraryTheReferenceSaysThatItStandsIn() throws IOException {
    Outcome outcome =
        new ChildJvm()
            .classPath(classPathWithout(LIBRARY))
            .property("java.util.logging.SimpleFormatter.format", "%5$s%n")
            .run(Probe.class.getName());
    assertEquals("reference [19.0, 25.0, 37.0, 43.0]\n", outcome.out());
    assertEquals(0, outcome.status());
    String line = outcome.onlyError();
    assertTrue(line.contains("running on the plain-Java reference"), line);
    assertTrue(line.contains("add the artifact conv4j with the classifier"), line);
  }

  @Test
  void nativeKernelsThatCannotBeHadAreRefused() throws IOException {
    refused(
        new ChildJvm().classPath(classPathWithout(LIBRARY)).property("conv4j.backend", "native"),
        "the native kernels cannot be used",
        LIBRARY + " on the class path",
        "add the artifact conv4j with the classifier",
        "conv4j.backend=reference");
  }

  @Test
  void callsMayBeVerified() {
    Outcome outcome =
        new ChildJvm().property("conv4j.verify", "true").run(VerifyProbe.class.getName());
    assertEquals("VerifyingKernels native [19.0, 25.0, 37.0, 43.0]\n", outcome.out());
    assertEquals("", outcome.err());
    refused(new ChildJvm().property("conv4j.verify", "yes"), "conv4j.verify", "yes", "true");
  }

  @Test
  void anUnknownBackendIsRefused() {
    refused(new ChildJvm().property("conv4j.backend", "gpu"), "conv4j.backend", "gpu", "reference");
  }

  @ParameterizedTest
  @MethodSource("isas")
  void anInstructionSetMayBeChosen(String isa) {
    assertEquals(isa, info(new ChildJvm().property("conv4j.isa", isa)).get("isa"));
    assertEquals(isa, info(new ChildJvm().environment("CONV4J_ISA", isa)).get("isa"));
  }

  @Test
  void thePropertyGoesBeforeTheEnvironment() {
    String widest = Conv4j.isas().get(Conv4j.isas().size() - 1);
    Map<String, Object> facts =
        info(new ChildJvm().property("conv4j.isa", "scalar").environment("CONV4J_ISA", widest));
    assertEquals("scalar", facts.get("isa"));
    assertEquals(Conv4j.isas(), facts.get("isas"));
  }

  @ParameterizedTest
  @CsvSource({"mmx, auto", "mmx, native", "neon, auto", "AVX2, auto"})
  void anInstructionSetThatCannotBeHadIsRefused(String isa, String backend) {
    refused(
        new ChildJvm().property("conv4j.isa", isa).property("conv4j.backend", backend),
        "'" + isa + "'",
        "scalar");
    refused(
        new ChildJvm().environment("CONV4J_ISA", isa).property("conv4j.backend", backend),
        "'" + isa + "'",
        "scalar");
  }

  @Test
  void theNumberOfThreadsMayBeChosen() {
    assertEquals(3.0, info(new ChildJvm().property("conv4j.threads", "3")).get("threads"));
    for (String wrong : List.of("0", "-1", "1025", "many")) {
      refused(new ChildJvm().property("conv4j.threads", wrong), "thread", wrong);
    }
  }

  @Test
  void openBlasMayBeLeftOut() {
    ChildJvm jvm = new ChildJvm().property("conv4j.blas", "none");
    Outcome text = jvm.conv4j("info");
    assertTrue(text.out().contains("none: the property conv4j.blas asks for none"), text.out());
    assertTrue(info(jvm).get("blas").toString().contains("version=null"));
    Outcome probe = jvm.run(BlasProbe.class.getName());
    assertEquals(3, probe.out().lines().count(), probe.out());
    assertTrue(probe.out().lines().allMatch(line -> line.endsWith(" refused")), probe.out());
    Outcome outcome = jvm.run(Probe.class.getName());
    assertEquals("native [19.0, 25.0, 37.0, 43.0]\n", outcome.out());
  }

  @Test
  void openBlasIsThereByDefault() {
    Outcome probe = new ChildJvm().run(BlasProbe.class.getName());
    assertEquals(3, probe.out().lines().count(), probe.out());
    assertTrue(probe.out().lines().allMatch(line -> line.endsWith(" planned")), probe.out());
  }

  @Test
  void withoutOpenBlasOurOwnProductsDoTheWork() throws IOException {
    ChildJvm jvm = new ChildJvm().classPath(classPathWithout("libopenblas.so.0"));
    Outcome text = jvm.conv4j("info");
    assertTrue(text.out().contains("none: no /org/bytedeco/openblas/"), text.out());
    assertTrue(text.out().contains("add org.bytedeco:openblas"), text.out());
    assertEquals("", text.err());
    assertEquals("native [19.0, 25.0, 37.0, 43.0]\n", jvm.run(Probe.class.getName()).out());
    refused(
        jvm.property("conv4j.blas", "openblas"),
        "OpenBLAS cannot be had",
        "add org.bytedeco:openblas");
  }

  @Test
  void anUnknownBlasIsRefused() {
    refused(new ChildJvm().property("conv4j.blas", "mkl"), "conv4j.blas", "mkl", "openblas");
  }

  @Test
  void theUsersChoiceOfACoreIsKept() {
    if (!Conv4j.isas().contains("avx2")) {
      return; // The name below is one of x86.
    }
    Object blas = info(new ChildJvm().environment("OPENBLAS_CORETYPE", "Haswell")).get("blas");
    assertTrue(blas.toString().contains("core=Haswell"), blas.toString());
  }

  @Test
  void classesOfAnotherBuildAreRefused() throws IOException {
    Path patched = Files.createTempDirectory(folder, "patched");
    Path properties = patched.resolve("io/github/conv4j/native.properties");
    Files.createDirectories(properties.getParent());
    Files.writeString(properties, "build.id=0123456789abcdef\n");
    List<String> classPath = new ArrayList<>(List.of(patched.toString()));
    classPath.addAll(ChildJvm.classPath());
    ChildJvm jvm = new ChildJvm().classPath(classPath);
    Outcome fallback = jvm.run(Probe.class.getName());
    assertEquals("reference [19.0, 25.0, 37.0, 43.0]\n", fallback.out());
    assertTrue(fallback.err().contains("is build "), fallback.err());
    refused(
        jvm.property("conv4j.backend", "native"),
        LIBRARY + " is build ",
        "the classes belong to build 0123456789abcdef",
        "use the jars of one build");
  }

  private static Path cachedLibrary(Path cache, String name) throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      List<Path> found = files.filter(file -> file.endsWith(name)).toList();
      assertEquals(1, found.size(), found::toString);
      return found.get(0);
    }
  }

  @ParameterizedTest
  @CsvSource({"garbage of another size", "garbage of the same size", "truncated", "empty"})
  void aDamagedCopyInTheCacheIsReplaced(String damage) throws IOException {
    Path cache = Files.createTempDirectory(folder, "cache");
    ChildJvm jvm =
        new ChildJvm()
            .property("org.bytedeco.javacpp.cachedir", cache.toString())
            .property("conv4j.blas", "none");
    Map<String, Object> facts = info(jvm);
    Path library = cachedLibrary(cache, LIBRARY);
    assertEquals(library.toString(), facts.get("library"));
    byte[] whole = Files.readAllBytes(library);
    byte[] damaged =
        switch (damage) {
          case "truncated" -> Arrays.copyOf(whole, whole.length / 2);
          case "empty" -> new byte[0];
          case "garbage of the same size" -> new byte[whole.length];
          default -> "not a library".getBytes(StandardCharsets.US_ASCII);
        };
    Files.write(library, damaged);
    assertEquals("native", info(jvm).get("backend"));
    assertArrayEquals(whole, Files.readAllBytes(library));
    assertNoRemains(cache);
  }

  @Test
  void aTruncatedOpenBlasInTheCacheIsReplaced() throws IOException {
    Path cache = Files.createTempDirectory(folder, "cache");
    ChildJvm jvm = new ChildJvm().property("org.bytedeco.javacpp.cachedir", cache.toString());
    Object blas = info(jvm).get("blas");
    Path library = cachedLibrary(cache, "libopenblas.so.0");
    long size = Files.size(library);
    Files.write(library, new byte[1000]);
    assertEquals(blas, info(jvm).get("blas"));
    assertEquals(size, Files.size(library));
    assertNoRemains(cache);
  }

  @Test
  void manyProcessesMayFillTheCacheAtOnce() throws Exception {
    Path cache = Files.createTempDirectory(folder, "cache");
    List<CompletableFuture<Outcome>> children = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      children.add(
          CompletableFuture.supplyAsync(
              () ->
                  new ChildJvm()
                      .property("org.bytedeco.javacpp.cachedir", cache.toString())
                      .property("conv4j.blas", "openblas")
                      .run(Probe.class.getName()),
              runnable -> new Thread(runnable).start()));
    }
    for (CompletableFuture<Outcome> child : children) {
      assertEquals("native [19.0, 25.0, 37.0, 43.0]\n", child.get().out(), child.get()::toString);
    }
    assertNoRemains(cache);
  }

  @Test
  void twoClassLoadersHaveALibraryEach() throws IOException {
    Path cache = Files.createTempDirectory(folder, "cache");
    Outcome outcome =
        new ChildJvm()
            .property("org.bytedeco.javacpp.cachedir", cache.toString())
            .run(TwoLoadersProbe.class.getName());
    assertEquals("native [19.0, 25.0, 37.0, 43.0]\n".repeat(2), outcome.out(), outcome::toString);
    assertEquals(0, outcome.status());
    assertNoRemains(cache);
  }

  /** Nothing unfinished, and nothing that was for one process alone. */
  private static void assertNoRemains(Path cache) throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      List<Path> remains =
          files
              .filter(
                  file ->
                      file.toString().endsWith(".part")
                          || file.getFileName().toString().startsWith("loader-"))
              .toList();
      assertEquals(List.of(), remains);
    }
  }

  @Test
  void theLibraryLiesUnderItsDigest() {
    Path library = Conv4j.library().orElseThrow();
    assertEquals(LIBRARY, library.getFileName().toString());
    String digest = library.getParent().getFileName().toString();
    assertTrue(digest.matches("[0-9a-f]{64}"), digest);
    assertFalse(Conv4j.version().isEmpty());
    assertNotEquals("${project.version}", Conv4j.version());
  }
}
