package io.github.conv4j.optim;

/**
 * A factor of the learning rate as a function of the steps (or epochs) taken: a function without a
 * state, so that nothing has to be restored when training goes on.
 *
 * <pre>{@code
 * Schedule schedule = Schedule.warmUp(0.1, 500).then(500, Schedule.cosine(9500, 0));
 * optimizer.learningRate(schedule.rate(0.1, optimizer.steps())); // before each step
 * }</pre>
 */
@FunctionalInterface
public interface Schedule {
  /**
   * The factor for a step.
   *
   * @param step steps, or epochs, taken before it, at least 0
   */
  double factor(long step);

  /**
   * The learning rate for a step.
   *
   * @param base the rate that the factors are of
   * @param step steps, or epochs, taken before it, at least 0
   */
  default double rate(double base, long step) {
    if (step < 0) {
      throw new IllegalArgumentException("step is " + step + "; it must be at least 0");
    }
    return base * factor(step);
  }

  /** Always 1. */
  static Schedule constant() {
    return step -> 1;
  }

  /**
   * Falls by a factor at regular intervals: gamma^floor(step / size), PyTorch's StepLR.
   *
   * @param size steps between falls, at least 1
   * @param gamma the factor, above 0
   */
  static Schedule steps(long size, double gamma) {
    requirePositive("size", size);
    requirePositive("gamma", gamma);
    return step -> Math.pow(gamma, step / size);
  }

  /**
   * Falls along half a cosine from 1: least + (1 - least) * (1 + cos(pi * step / period)) / 2,
   * PyTorch's CosineAnnealingLR; it stays at least behind the period. Loshchilov and Hutter, SGDR,
   * 2017, without restarts.
   *
   * @param period steps to the end of the fall, at least 1
   * @param least the factor there, 0 to 1
   */
  static Schedule cosine(long period, double least) {
    requirePositive("period", period);
    requireShare("least", least);
    return step ->
        step >= period ? least : least + (1 - least) * (1 + Math.cos(Math.PI * step / period)) / 2;
  }

  /**
   * Rises in a line to 1, and stays there: PyTorch's LinearLR.
   *
   * @param start the factor at step 0, 0 to 1
   * @param steps until 1 is reached, at least 1
   */
  static Schedule warmUp(double start, long steps) {
    requireShare("start", start);
    requirePositive("steps", steps);
    return step -> step >= steps ? 1 : start + (1 - start) * step / steps;
  }

  /**
   * This schedule until a step, and from there on another one, which counts from 0 there: PyTorch's
   * SequentialLR.
   *
   * @param milestone the first step of the other one, at least 1
   */
  default Schedule then(long milestone, Schedule other) {
    requirePositive("milestone", milestone);
    return step -> step < milestone ? factor(step) : other.factor(step - milestone);
  }

  /** The product with another one: PyTorch's ChainedScheduler. */
  default Schedule times(Schedule other) {
    return step -> factor(step) * other.factor(step);
  }

  private static void requirePositive(String name, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be above 0");
    }
  }

  private static void requireShare(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be 0 to 1");
    }
  }
}
