package io.github.conv4j.check;

import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.PlanOptions;

/**
 * What a check decides on in place of the module that it runs.
 *
 * @param isa the instruction set; null to leave it
 * @param algorithm the algorithm; null to leave it
 * @param direction the direction whose plans the algorithm is for; null for all
 */
record Forcing(String isa, String algorithm, Direction direction) {
  static final Forcing NONE = new Forcing(null, null, null);

  /** For a plan of one direction. */
  PlanOptions of(PlanOptions asked, Direction planned) {
    return algorithm == null || (direction != null && direction != planned)
        ? of(asked)
        : of(asked).withAlgorithm(algorithm);
  }

  /** For kernels of all directions that have one algorithm only. */
  PlanOptions of(PlanOptions asked) {
    return isa == null ? asked : asked.withIsa(isa);
  }
}
