package io.github.conv4j.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * One run of the command line in this process.
 *
 * @param status the exit status
 * @param out what it printed
 * @param err what it printed on standard error
 */
record CommandRun(int status, String out, String err) {
  /** Runs a command. */
  static CommandRun of(String... arguments) {
    PrintStream console = System.out;
    PrintStream errors = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status;
    try {
      System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
      status = Main.run(arguments);
    } finally {
      System.setOut(console);
      System.setErr(errors);
    }
    return new CommandRun(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Requires status 0 and no word on standard error. */
  CommandRun succeeded() {
    assertEquals("", err);
    assertEquals(0, status, this::toString);
    return this;
  }

  /** Requires status 2, nothing printed but one line on standard error, and these words in it. */
  void refused(String... words) {
    assertEquals(2, status, this::toString);
    assertEquals("", out);
    assertTrue(err.startsWith("conv4j: "), this::toString);
    assertEquals(1, err.lines().count(), this::toString);
    for (String word : words) {
      assertTrue(err.contains(word), () -> "'" + err + "' does not say '" + word + "'");
    }
  }
}
