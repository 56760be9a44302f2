package io.github.conv4j.kernel;

import io.github.conv4j.Conv4jException;
import io.github.conv4j.internal.NativeApi;
import io.github.conv4j.internal.NativeLibrary;

/** What native operators without a plan of their own have in common: the instruction set. */
abstract class NativeOperator implements Plan {
  static final String SIMD = "simd";

  /** As conv4j_isa_name counts them. */
  final long isaIndex;

  private final String isa;

  NativeOperator(PlanOptions options) {
    NativeLibrary.require();
    if (options.relu()) {
      throw new IllegalArgumentException("relu is for the forward convolution only");
    }
    this.isa = options.isa() == null ? NativeApi.conv4j_isa_default() : options.isa();
    this.isaIndex = index(isa);
  }

  private static long index(String name) {
    StringBuilder known = new StringBuilder();
    long index = 0;
    for (String next = NativeApi.conv4j_isa_name(0);
        next != null;
        next = NativeApi.conv4j_isa_name(index)) {
      if (next.equals(name)) {
        if (NativeApi.conv4j_isa_supported(index) == 0) {
          throw new Conv4jException("this CPU, or its operating system, does not run " + name);
        }
        return index;
      }
      known.append(index == 0 ? "" : ", ").append(next);
      index++;
    }
    throw new IllegalArgumentException(
        "no instruction set is named '" + name + "'; there are " + known);
  }

  /** Refuses a wish for an algorithm where there is but one. */
  static void requireSimd(PlanOptions options) {
    if (options.algorithm() != null && !options.algorithm().equals(SIMD)) {
      throw new IllegalArgumentException(
          "no algorithm is named '" + options.algorithm() + "'; there are " + SIMD);
    }
  }

  @Override
  public String algorithm() {
    return SIMD;
  }

  @Override
  public final String isa() {
    return isa;
  }
}
