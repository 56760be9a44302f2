package io.github.conv4j.benchmarks.problem;

/**
 * A whole network: a forward pass, or a step of training.
 *
 * @param network its layers
 * @param training whether the gradients and a step of gradient descent belong to it
 * @param batch images at a time
 */
public record NetworkProblem(Network network, boolean training, long batch) implements Problem {
  static final String OPERATION = "network";

  /** Of a training step: the parameters change by so many gradients of the mean cross entropy. */
  public static final float LEARNING_RATE = 0.01f;

  static NetworkProblem of(String name, String direction, String batch) {
    return new NetworkProblem(
        Network.named(name), direction.equals("training"), Long.parseLong(batch));
  }

  @Override
  public String name() {
    return network.name();
  }

  @Override
  public String operation() {
    return OPERATION;
  }

  @Override
  public String directionName() {
    return training ? "training" : "forward";
  }

  @Override
  public String shape() {
    return Long.toString(batch);
  }

  /** The images, [N, C, H, W]. */
  public float[] images() {
    return Numbers.uniform(batch * network.inputElements(), 1);
  }

  /** Class labels in [0, classes). */
  public long[] labels() {
    long[] labels = new long[(int) batch];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i * 7L % network.classes();
    }
    return labels;
  }

  /**
   * The network's result, or after training all parameters as one step from the start leaves them.
   */
  /**
   * The slopes that a step from the network's own parameters went down.
   *
   * @param parameters of all steps after it, weights then bias; overwritten and returned
   */
  public float[] slopes(float[] parameters) {
    int at = 0;
    for (int i = 0; i < network.steps().size(); i++) {
      if (network.steps().get(i) instanceof Network.Weighted) {
        for (float[] before : new float[][] {network.weights(i), network.bias(i)}) {
          for (float value : before) {
            parameters[at] = (value - parameters[at]) / LEARNING_RATE;
            at++;
          }
        }
      }
    }
    return parameters;
  }

  /** Elements of the network's result; of training, of {@link #slopes}. */
  @Override
  public long resultElements() {
    return training ? network.parameterElements() : batch * network.outputElements();
  }

  /** Of convolutions and fully connected layers; a training step takes three times as many. */
  @Override
  public double flops() {
    return (training ? 3 : 1) * batch * network.flops();
  }

  /** Of the parameters, the input and the output. */
  @Override
  public double bytes() {
    return Float.BYTES
        * (network.parameterElements()
            + (double) batch * network.inputElements()
            + batch * network.outputElements());
  }
}
