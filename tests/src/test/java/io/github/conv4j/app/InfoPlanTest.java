package io.github.conv4j.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.conv4j.Conv4j;
import io.github.conv4j.JsonReader;
import io.github.conv4j.kernel.Candidate;
import io.github.conv4j.kernel.Conv2dBackwardData;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.NativeKernels;
import io.github.conv4j.kernel.PlanOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command info --plan. */
class InfoPlanTest {
  private static final String CONV = "1,16,20,21,24,3,3,1,1,1,1,1,1,1,1,1";
  private static final Conv2dGeometry GEOMETRY =
      new Conv2dGeometry(1, 16, 20, 21, 24, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1);

  @TempDir private Path folder;

  private static Map<String, Object> facts(String... arguments) {
    return JsonReader.readObject(CommandRun.of(arguments).succeeded().out());
  }

  @Test
  void thePlanIsTheOneThatTheLibraryMakes() {
    Conv2dBackwardData plan =
        NativeKernels.instance()
            .conv2dBackwardData(GEOMETRY, PlanOptions.DEFAULT.withIsa("scalar"));
    Map<String, Object> facts =
        facts("info", "--plan", CONV, "--direction", "backward_data", "--isa", "scalar", "--json");
    assertEquals(
        List.of(
            "operation",
            "direction",
            "geometry",
            "accuracy",
            "isa",
            "cache_bytes",
            "candidates",
            "algorithm",
            "workspace_bytes",
            "prepared_bytes"),
        List.copyOf(facts.keySet()));
    assertEquals("conv2d", facts.get("operation"));
    assertEquals("backward_data", facts.get("direction"));
    assertEquals(CONV, facts.get("geometry"));
    assertEquals("default", facts.get("accuracy"));
    assertEquals("scalar", facts.get("isa"));
    assertEquals(
        Conv4j.cacheSizes().stream().map(Long::doubleValue).toList(), facts.get("cache_bytes"));
    assertEquals(plan.algorithm(), facts.get("algorithm"));
    Map<String, Object> workspace = new HashMap<>();
    workspace.put("1", (double) plan.workspaceBytes(1));
    workspace.put(
        Integer.toString(Conv4j.threads()), (double) plan.workspaceBytes(Conv4j.threads()));
    assertEquals(workspace, facts.get("workspace_bytes"));
    assertEquals((double) plan.preparedBytes(), facts.get("prepared_bytes"));
    // The cheapest first.
    List<?> rows = (List<?>) facts.get("candidates");
    assertEquals(plan.candidates().size(), rows.size());
    double last = 0;
    for (Object row : rows) {
      Map<?, ?> candidate = (Map<?, ?>) row;
      double cost = (Double) candidate.get("cost");
      assertTrue(cost >= last, rows::toString);
      last = cost;
      assertTrue(
          plan.candidates()
              .contains(
                  new Candidate(
                      (String) candidate.get("name"), cost, (Boolean) candidate.get("chosen"))),
          rows::toString);
    }
  }

  @Test
  void theTextSaysTheSame() {
    String text = CommandRun.of("info", "--plan", CONV).succeeded().out();
    String winner =
        NativeKernels.instance().conv2dForward(GEOMETRY, PlanOptions.DEFAULT).algorithm();
    for (String pattern :
        List.of(
            "plan +conv2d forward " + CONV + "\n",
            "accuracy +default\n",
            "ISA +" + Conv4j.isa() + "\n",
            "caches +L1 data " + Conv4j.cacheSizes().get(0) / 1024 + " KiB, L2 \\d+ KiB",
            "\n  " + winner + " +\\S+ +1\\.00\n",
            "\n  rows +\\S+ +[1-9]\\d*\\.\\d\\d\n",
            "winner +" + winner + "\n",
            "workspace +\\d+ bytes on 1 thread",
            "weights +[1-9]\\d+ bytes prepared\n")) {
      assertTrue(Pattern.compile(pattern).matcher(text).find(), () -> pattern + " not in " + text);
    }
  }

  @Test
  void strictPlansLeaveOutWinograd() {
    String strict = CommandRun.of("info", "--plan", CONV, "--accuracy", "strict").succeeded().out();
    assertTrue(strict.contains("strict"), strict);
    assertFalse(strict.contains("winograd"), strict);
    String free = CommandRun.of("info", "--plan", CONV, "--accuracy", "default").succeeded().out();
    assertTrue(free.contains("winograd4"), free);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "1,2,5,6,3,3,2,1,1,2,1,2,0,1,1,1,reflect; conv2d; rows",
        "1,4,7,6,6,3,3,2,1,1,1,1,1,0,0,1,1,1; convtranspose2d; rows",
        "2,3,9,11,3,2,2,1,1,1,1,1,1,1; maxpool2d; separable",
        "2,3,9,11,3,2,2,1,1,1,1,1,1,1,1; maxpool2d; separable",
        "2,3,9,11,3,2,2,1,1,1,1,1,1,1,0,1,0; avgpool2d; ranges",
        "1, 3, 9, 11, 4, 5; adaptiveavgpool2d; ranges"
      })
  void everyKindOfGeometryHasAPlan(String geometry, String operation, String candidate) {
    String text = CommandRun.of("info", "--plan", geometry).succeeded().out();
    assertTrue(text.contains(operation + " forward " + geometry.replace(" ", "")), text);
    assertTrue(text.contains("\n  " + candidate + " "), text);
    assertTrue(
        CommandRun.of("info", "--plan", geometry, "--direction", "backward_data")
            .succeeded()
            .out()
            .contains(operation + " backward_data "));
  }

  @Test
  void aRowOfAFileIsPlanned() throws IOException {
    Path file = folder.resolve("two.csv");
    Files.writeString(
        file,
        "name,n,ic,ih,iw,oc,kh,kw,sh,sw,pt,pl,pb,pr,dh,dw,g\nfirst,"
            + CONV.replace("20,21", "10,11")
            + "\nsecond,"
            + CONV
            + "\n");
    assertEquals(CONV, facts("info", "--plan", file + ":second", "--json").get("geometry"));
    CommandRun.of("info", "--plan", file + ":third")
        .refused("two.csv has no row that is named 'third'");
    CommandRun.of("info", "--plan", file.toString()).refused("two.csv; a row must follow", ":ROW");
    CommandRun.of("info", "--plan", folder.resolve("none.csv") + ":first")
        .refused("none.csv cannot be read: there is no such file");
    Files.writeString(file, "name,n,ic\nfirst,1,2\n");
    CommandRun.of("info", "--plan", file + ":first").refused("two.csv:1: the header is name,n,ic");
  }

  @Test
  void whatCannotBePlannedIsRefused() {
    CommandRun.of("info", "--plan", "1,2,3").refused("3 extents; a convolution has 16");
    CommandRun.of("info", "--plan", "").refused("extents");
    CommandRun.of("info", "--plan", CONV.replace("24", "x"))
        .refused("oc is 'x'; it must be a whole number");
    CommandRun.of("info", "--plan", CONV.replace("24", "0")).refused("oc is 0");
    CommandRun.of("info", "--plan", CONV.replace("24", "9223372036854775807"))
        .refused("weights", "more than 2^63 bytes");
    CommandRun.of("info", "--plan", CONV, "--direction", "sideways")
        .refused("direction is sideways; it must be forward, backward_data");
    CommandRun.of(
            "info", "--plan", "2,3,9,11,3,2,2,1,1,1,1,1,1,1", "--direction", "backward_weights")
        .refused("--direction is backward_weights; a maxpool2d has [forward, backward_data]");
    CommandRun.of("info", "--plan", CONV, "--accuracy", "fast")
        .refused("--accuracy is fast; it must be default or strict");
    CommandRun.of("info", "--plan", CONV, "--isa", "mmx")
        .refused("--isa is mmx; this CPU runs", "scalar");
    for (String[] alone :
        List.of(
            new String[] {"info", "--direction", "forward"},
            new String[] {"info", "--accuracy", "strict"},
            new String[] {"info", "--isa", "scalar"})) {
      CommandRun.of(alone).refused("--direction, --accuracy and --isa need --plan");
    }
  }
}
