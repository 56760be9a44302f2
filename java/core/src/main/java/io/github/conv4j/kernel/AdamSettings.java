package io.github.conv4j.kernel;

/**
 * What stays the same over all steps of Adam.
 *
 * @param beta1 how much of the mean of the gradients a step keeps, at least 0 and below 1
 * @param beta2 how much of the mean of their squares a step keeps, at least 0 and below 1
 * @param eps what is added to the root that is divided by, at least 0
 * @param weightDecay the share of a parameter that decays, at least 0
 * @param decoupled whether the decay, times the learning rate, is taken off the parameter (AdamW)
 *     instead of being added to its gradient
 */
public record AdamSettings(
    double beta1, double beta2, double eps, double weightDecay, boolean decoupled) {
  /** Refuses what is not a finite number in its range. */
  public AdamSettings {
    OptimizerChecks.decayRate("beta1", beta1);
    OptimizerChecks.decayRate("beta2", beta2);
    OptimizerChecks.notNegative("eps", eps);
    OptimizerChecks.notNegative("weightDecay", weightDecay);
  }
}
