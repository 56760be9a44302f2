package io.github.conv4j.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
  @Test
  void openBlasSettingsOfAnotherProgramAreForgotten() {
    Map<String, String> inherited =
        new HashMap<>(
            Map.of("OPENBLAS_CORETYPE", "Haswell", "OPENBLAS_L2_SIZE", "512", "PATH", "/bin"));
    Environment.forgetOpenBlas(inherited);
    assertEquals(Map.of("PATH", "/bin"), inherited);
  }
}
