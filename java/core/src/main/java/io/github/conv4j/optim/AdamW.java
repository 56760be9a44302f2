package io.github.conv4j.optim;

import io.github.conv4j.nn.Parameter;
import java.util.List;

/** {@link Adam} whose weight decay does not pass through the gradient. */
public final class AdamW {
  private AdamW() {}

  /** Starts as Adam does, with a decoupled weight decay of 1e-2. */
  public static Adam.Builder builder(List<Parameter> parameters) {
    return Adam.builder(parameters).decoupledWeightDecay(true).weightDecay(1e-2);
  }
}
