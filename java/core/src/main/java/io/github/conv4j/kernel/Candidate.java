package io.github.conv4j.kernel;

/**
 * An algorithm that takes a plan's geometry and options, see {@link Plan#candidates}.
 *
 * @param name for {@link PlanOptions#withAlgorithm}
 * @param cost its estimated time on one thread, in vector multiply-adds (of a pooling, in cycles
 *     for one plane): to compare the candidates of one plan with one another, and no measurement.
 *     1e30 where it is never chosen unless it is named, because it would leave the instruction set
 * @param chosen whether it is the one that runs
 */
public record Candidate(String name, double cost, boolean chosen) {}
