package io.github.conv4j.kernel;

/** A function of single elements, with its gradient. The order is that of conv4j.h. */
public enum UnaryFunction {
  /** max(x, 0); the sign of a zero stays. Gradient: y &lt;= 0 ? 0 : g, which passes under NaN. */
  RELU,
  /** The hyperbolic tangent, within 2 ulp. Gradient: g * (1 - y^2). */
  TANH,
  /** 1 / (1 + exp(-x)), within 2.5 ulp. Gradient: g * (1 - y) * y. */
  SIGMOID
}
