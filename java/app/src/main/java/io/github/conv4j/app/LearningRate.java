package io.github.conv4j.app;

import io.github.conv4j.optim.Schedule;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The learning rate over the length of a training.
 *
 * @param base the highest
 * @param schedule constant; cosine, which falls to 0 at the end; or step:N, which falls to a tenth
 *     every N epochs
 * @param warmUp the epochs before it, in which the rate rises in a line to the highest
 * @param epochs of the whole training
 */
record LearningRate(double base, String schedule, int warmUp, int epochs) {
  private static final String CONSTANT = "constant";
  private static final String COSINE = "cosine";
  private static final String STEP = "step:";
  private static final double FALL = 0.1;
  private static final double START = 0.01;

  LearningRate {
    if (!(base > 0 && base < Double.POSITIVE_INFINITY)) {
      throw new InputException("--lr is " + base + "; it must be above 0");
    }
    if (!schedule.matches("constant|cosine|step:[1-9][0-9]{0,8}")) {
      throw new InputException(
          "--lr-schedule is '" + schedule + "'; it must be constant, cosine or, such as, step:30");
    }
    if (warmUp < 0) {
      throw new InputException("--lr-warmup is " + warmUp + "; it must be at least 0");
    }
    if (schedule.equals(COSINE) && warmUp >= epochs) {
      throw new InputException(
          "--lr-warmup is %d of %d --epochs, which leaves none for the cosine"
              .formatted(warmUp, epochs));
    }
  }

  /**
   * The rate as a function of the steps.
   *
   * @param batches steps in an epoch
   */
  Schedule create(long batches) {
    Schedule falling =
        switch (schedule) {
          case CONSTANT -> Schedule.constant();
          case COSINE -> Schedule.cosine((epochs - warmUp) * batches, 0);
          default ->
              Schedule.steps(Long.parseLong(schedule.substring(STEP.length())) * batches, FALL);
        };
    long rising = warmUp * batches;
    return rising == 0 ? falling : Schedule.warmUp(START, rising).then(rising, falling);
  }

  /** What the rates depend on, by the names of the options. */
  Map<String, String> toText() {
    Map<String, String> text = new LinkedHashMap<>();
    text.put("lr", Double.toString(base));
    text.put("lr-schedule", schedule);
    text.put("lr-warmup", Integer.toString(warmUp));
    if (schedule.equals(COSINE)) {
      text.put("epochs", Integer.toString(epochs));
    }
    return text;
  }
}
