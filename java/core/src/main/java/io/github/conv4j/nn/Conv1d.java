package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Accuracy;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PaddingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A one-dimensional convolution (cross-correlation: the kernel is not flipped) with learned
 * weights: {@link Conv2d} on images of one row.
 *
 * <pre>
 *   dst[n,oc,o] = bias[oc] + sum over ic in the group, k of
 *                 weight[oc,ic,k] * src[n, group*IC/G+ic, o*S-P+k*D]
 * </pre>
 *
 * <p>src [N, IC, L] or [IC, L], weight [OC, IC/G, K], bias [OC], dst [N, OC, O] or [OC, O], O = (L
 * + PBEGIN + PEND - D*(K-1) - 1) / S + 1 rounded down.
 */
public final class Conv1d implements Layer {
  private final Conv2d conv;

  /** The weights and their gradient without the axis of the one row, over the same memory. */
  private final List<Parameter> parameters;

  private Conv1d(Conv2d conv) {
    this.conv = conv;
    List<Parameter> all = new ArrayList<>(conv.parameters());
    all.replaceAll(
        p ->
            p.value() == conv.weight()
                ? new Parameter(p.name(), withoutRow(p.value()), withoutRow(p.gradient()))
                : p);
    this.parameters = List.copyOf(all);
  }

  private static Tensor withoutRow(Tensor weights) {
    Shape shape = weights.shape();
    return weights.reshape(shape.dim(0), shape.dim(1), shape.dim(3));
  }

  /**
   * Starts a convolution.
   *
   * @param inChannels channels of src
   * @param outChannels channels of dst
   * @param kernelSize taps
   */
  public static Builder builder(long inChannels, long outChannels, long kernelSize) {
    return new Builder(Conv2d.builder(inChannels, outChannels, 1, kernelSize));
  }

  /** The weights [OC, IC/G, K]; may be written, see {@link #eval}. */
  public Tensor weight() {
    return parameters.get(0).value();
  }

  /** The bias [OC]; null without one. */
  public Tensor bias() {
    return conv.bias();
  }

  @Override
  public Tensor forward(Tensor src) {
    return conv.forward(src);
  }

  @Override
  public void forward(Tensor src, Tensor dst) {
    conv.forward(src, dst);
  }

  @Override
  public Tensor backward(Tensor diffDst) {
    return conv.backward(diffDst);
  }

  @Override
  public void backward(Tensor diffDst, Tensor diffSrc) {
    conv.backward(diffDst, diffSrc);
  }

  @Override
  public Shape outputShape(Shape src) {
    return conv.outputShape(src);
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public long multiplyAdds(Shape src) {
    return conv.multiplyAdds(src);
  }

  @Override
  public ReceptiveField receptiveField(ReceptiveField src) {
    return conv.receptiveField(src);
  }

  @Override
  public Conv1d train() {
    conv.train();
    return this;
  }

  /**
   * Switches to inference and returns this layer. The weights are prepared at the next forward pass
   * of each shape and kept: later writes to them are seen after the next {@code eval()}. The bias
   * is read at every pass.
   */
  @Override
  public Conv1d eval() {
    conv.eval();
    return this;
  }

  @Override
  public boolean isTraining() {
    return conv.isTraining();
  }

  @Override
  public Optional<Kernels> kernels() {
    return conv.kernels();
  }

  @Override
  public Conv1d kernels(Kernels backend) {
    conv.kernels(backend);
    return this;
  }

  @Override
  public void close() {
    conv.close();
    parameters.get(0).value().close();
    parameters.get(0).gradient().close();
  }

  @Override
  public String toString() {
    return conv.toString();
  }

  /** The settings of a convolution; defaults are stride 1, no padding, dense, one group, a bias. */
  public static final class Builder {
    private final Conv2d.Builder settings;

    private Builder(Conv2d.Builder settings) {
      this.settings = settings;
    }

    /** Elements from one window to the next. */
    public Builder stride(long stride) {
      settings.stride(1, stride);
      return this;
    }

    /** Padding on both sides, in elements. */
    public Builder padding(long padding) {
      return padding(padding, padding);
    }

    /** Padding on each side, in elements. */
    public Builder padding(long begin, long end) {
      settings.padding(0, begin, 0, end);
      return this;
    }

    /** See {@link Conv2d.Builder#paddingSame}. */
    public Builder paddingSame() {
      settings.paddingSame();
      return this;
    }

    /** No padding, as by default. */
    public Builder paddingValid() {
      settings.paddingValid();
      return this;
    }

    /** See {@link Conv2d.Builder#paddingSameUpper}. */
    public Builder paddingSameUpper() {
      settings.paddingSameUpper();
      return this;
    }

    /** See {@link Conv2d.Builder#paddingSameLower}. */
    public Builder paddingSameLower() {
      settings.paddingSameLower();
      return this;
    }

    /** What lies outside the signal; zeros unless set. */
    public Builder paddingMode(PaddingMode mode) {
      settings.paddingMode(mode);
      return this;
    }

    /** Elements from one tap to the next; 1 is a dense kernel. */
    public Builder dilation(long dilation) {
      settings.dilation(1, dilation);
      return this;
    }

    /** Groups of channels that do not mix; must divide both channel numbers. */
    public Builder groups(long number) {
      settings.groups(number);
      return this;
    }

    /** Whether a learned bias is added; it is by default. */
    public Builder bias(boolean wanted) {
      settings.bias(wanted);
      return this;
    }

    /** Whether the result ends in max(x, 0), in the same pass. */
    public Builder relu(boolean wanted) {
      settings.relu(wanted);
      return this;
    }

    /** Which algorithms may be chosen. */
    public Builder accuracy(Accuracy wanted) {
      settings.accuracy(wanted);
      return this;
    }

    /** See {@link Conv2d.Builder#seed}. */
    public Builder seed(long value) {
      settings.seed(value);
      return this;
    }

    /** See {@link Conv2d.Builder#kernels}. */
    public Builder kernels(Kernels backend) {
      settings.kernels(backend);
      return this;
    }

    /**
     * Makes the layer.
     *
     * @throws IllegalArgumentException naming the setting that is wrong, its value and the value
     *     required; settings along the signal bear the names of a width
     */
    public Conv1d build() {
      return new Conv1d(settings.buildLine());
    }
  }
}
