package io.github.conv4j.kernel;

/**
 * What stays the same over all steps of stochastic gradient descent.
 *
 * @param momentum the share of the last step's direction that is kept, at least 0
 * @param dampening what is taken off the share of the new gradient; 0 takes it whole
 * @param weightDecay the share of a parameter that is added to its gradient, at least 0
 * @param nesterov whether a step looks ahead by the momentum (Nesterov, 1983); asks for momentum
 *     and no dampening
 */
public record SgdSettings(double momentum, double dampening, double weightDecay, boolean nesterov) {
  /** Refuses what is not a finite number in its range. */
  public SgdSettings {
    OptimizerChecks.notNegative("momentum", momentum);
    OptimizerChecks.notNegative("weightDecay", weightDecay);
    if (!Double.isFinite(dampening)) {
      throw new IllegalArgumentException("dampening is " + dampening + "; it must be finite");
    }
    if (nesterov && (momentum == 0 || dampening != 0)) {
      throw new IllegalArgumentException(
          "nesterov with momentum "
              + momentum
              + " and dampening "
              + dampening
              + "; it takes a momentum above 0 and no dampening");
    }
  }

  /** Whether there is a direction to keep. */
  public boolean hasMomentum() {
    return momentum != 0;
  }
}
