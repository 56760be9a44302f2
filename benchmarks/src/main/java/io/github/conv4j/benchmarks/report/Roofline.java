package io.github.conv4j.benchmarks.report;

/**
 * What a machine can do at best, all threads together.
 *
 * @param isa the instruction set of the multiply-adds
 * @param threads at the same time
 * @param fmaGflops multiply-adds on registers alone, GFLOP/s
 * @param l2GBs copies that stay in the second caches, read plus written, GB/s
 * @param l3GBs copies that stay in the third cache
 * @param memoryGBs copies that stay in neither
 */
public record Roofline(
    String isa, int threads, double fmaGflops, double l2GBs, double l3GBs, double memoryGBs) {
  /** GB/s for tensors of so many bytes in all: of the smallest cache whose half holds them. */
  public double bandwidth(double bytes, Report.Machine machine) {
    if (bytes <= (double) machine.l2() * threads / 2) {
      return l2GBs;
    }
    return bytes <= machine.l3() / 2.0 ? l3GBs : memoryGBs;
  }

  /** The longer of computing and of moving every byte once, in milliseconds. */
  public double milliseconds(double flops, double bytes, Report.Machine machine) {
    return Math.max(flops / fmaGflops, bytes / bandwidth(bytes, machine)) / 1e6;
  }
}
