package io.github.conv4j.nn;

/** How the losses of rows or elements become one number. */
public enum Reduction {
  /** Divided by what they count together. */
  MEAN,
  /** Added up. */
  SUM
}
