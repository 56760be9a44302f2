package io.github.conv4j.benchmarks.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers for people. */
final class Units {
  private static final String[] BYTES = {"bytes", "kB", "MB", "GB"};

  private static final int DIGITS = 3;

  private Units() {}

  /** Bytes in powers of 1024, two digits at least. */
  static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < BYTES.length - 1) {
      value /= 1024;
      unit++;
    }
    String number = String.format(Locale.ROOT, value < 9.95 && unit > 0 ? "%.1f" : "%.0f", value);
    return number.replaceFirst("[.]0$", "") + " " + BYTES[unit];
  }

  /** Three digits, never with an exponent; more before the point where there are more. */
  static String digits(double value) {
    BigDecimal rounded = BigDecimal.valueOf(value).round(new MathContext(DIGITS));
    if (rounded.signum() == 0) {
      return "0";
    }
    int before = rounded.precision() - rounded.scale(); // 0 for 0.123, -1 for 0.0123
    return rounded.setScale(Math.max(0, DIGITS - before), RoundingMode.UNNECESSARY).toPlainString();
  }
}
