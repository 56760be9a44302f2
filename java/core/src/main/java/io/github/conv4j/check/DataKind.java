package io.github.conv4j.check;

import java.util.Locale;

/** The numbers that a check runs on, and with that how strictly it compares. */
public enum DataKind {
  /** Small integers whose every partial sum is exact, so results must agree bit for bit. */
  EXACT,
  /** Uniform in [-1, 1), so results may differ by rounding, see {@link ErrorBound}. */
  REAL;

  /** The name used by the command line, for instance {@code exact}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
