package io.github.conv4j.nn;

import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Kernels;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A building block of a network: a function of one tensor, with its gradient.
 *
 * <p>A layer starts in training mode, in which a forward pass remembers what the backward pass
 * needs: the tensors it was given and gave, which must stay open and unchanged until then. {@link
 * #eval} switches to inference: nothing is remembered, weights are prepared once, and any number of
 * threads may call {@code forward} at the same time. In training mode, and while the mode or a
 * parameter changes, a layer belongs to one thread.
 *
 * <p>Images are N, C, H, W; a rank 3 tensor C, H, W is a batch of one, and its result has rank 3
 * too.
 *
 * <p>Images may lie in either memory format: the result of a layer lies as src does, as long as it
 * is an image, and gradients lie like what they are the gradient of. A tensor that lies otherwise
 * is refused; values and indices are the same in both formats.
 */
public interface Layer extends AutoCloseable {
  /**
   * The result in a new tensor, which the caller closes.
   *
   * @param src not modified; in training mode kept until the backward pass
   * @throws IllegalArgumentException if the shape of src does not suit the layer
   * @throws IllegalStateException if src or the layer is closed
   */
  Tensor forward(Tensor src);

  /**
   * The result in a tensor of the caller's, so that a steady loop allocates nothing.
   *
   * @param src not modified; in training mode kept until the backward pass
   * @param dst of {@link #outputShape}, overwritten; must not share memory with src
   */
  void forward(Tensor src, Tensor dst);

  /**
   * The gradient of the last forward pass's input in a new tensor, which the caller closes. The
   * gradients of the parameters are added to {@link Parameter#gradient}.
   *
   * @param diffDst the gradient of the last forward pass's result, of its shape, not modified
   * @throws IllegalStateException if there was no forward pass in training mode, or a tensor of it
   *     has been closed
   */
  Tensor backward(Tensor diffDst);

  /**
   * The gradient of the last forward pass's input in a tensor of the caller's.
   *
   * @param diffDst the gradient of the last forward pass's result, of its shape, not modified
   * @param diffSrc of the shape of the last forward pass's input, overwritten; null where it is not
   *     needed, as in a network's first layer
   */
  void backward(Tensor diffDst, Tensor diffSrc);

  /**
   * The shape of the result for a given shape of src.
   *
   * @throws IllegalArgumentException if the shape does not suit the layer
   */
  Shape outputShape(Shape src);

  /** What training changes, in a fixed order; empty for a layer that has nothing to learn. */
  List<Parameter> parameters();

  /** What belongs to the state beside the parameters, in a fixed order; empty for most layers. */
  default List<Buffer> buffers() {
    return List.of();
  }

  /**
   * The tensors of the layer by PyTorch's keys: {@code weight}, {@code features.0.weight}, {@code
   * features.1.running_mean}. Parameters come before buffers, layer by layer.
   *
   * @return the layer's own tensors, not copies: what is written into them is seen as {@link #eval}
   *     says
   */
  default Map<String, Tensor> stateDict() {
    return StateDict.of(this);
  }

  /**
   * Copies a state into the layer, all of it or, if that is refused, nothing. In evaluation {@link
   * #eval} is called, so that the next pass sees it.
   *
   * @param state tensors by {@link #stateDict}'s keys, not modified
   * @param strict whether a key that only one of the two has is refused
   * @return what only one of the two has; nothing where strict
   * @throws IllegalArgumentException naming every key that is missing or not expected, if strict,
   *     and every tensor that is closed or has another shape
   */
  default IncompatibleKeys loadStateDict(Map<String, Tensor> state, boolean strict) {
    return StateDict.load(this, state, strict);
  }

  /**
   * Where the random generators stand that the layer draws from in training: with them, the state
   * and the optimizer's, training goes on as if it had never stopped.
   *
   * @return by names like those of {@link #stateDict}, {@code classifier.2.generator}; empty for
   *     most layers
   */
  default Map<String, Long> generatorStates() {
    return Map.of();
  }

  /**
   * Puts random generators back to where they stood.
   *
   * @param states as {@link #generatorStates} gave them
   * @throws IllegalArgumentException if a name is missing or not expected; nothing changes then
   */
  default void loadGeneratorStates(Map<String, Long> states) {
    StateDict.requireGenerators(this, states);
  }

  /**
   * A summary of what the layer does with an input.
   *
   * @param src the shape of the input
   * @throws IllegalArgumentException if the shape does not suit the layer
   */
  default Summary summary(Shape src) {
    return Summary.of(this, src);
  }

  /**
   * Products that a forward pass adds up, as if computed directly, taps in the padding included; 0
   * for a layer that multiplies no weights.
   *
   * @param src the shape of the input
   */
  default long multiplyAdds(Shape src) {
    return 0;
  }

  /**
   * What an element of the result depends on. That of src, unless the layer says otherwise, as
   * where every element is a function of its own pixel.
   *
   * @param src what an element of the layer's input depends on
   */
  default ReceptiveField receptiveField(ReceptiveField src) {
    return src;
  }

  /** Sets the gradients of all parameters to zero. */
  default void zeroGrad() {
    List<Parameter> all = parameters();
    for (int i = 0; i < all.size(); i++) { // an iterator would be an object for every call
      all.get(i).gradient().fill(0);
    }
  }

  /** Switches to training mode and returns this layer. */
  Layer train();

  /** Switches to inference and returns this layer; sees all changes of the weights up to now. */
  Layer eval();

  /** Whether the layer is in training mode. */
  boolean isTraining();

  /**
   * The backend that computes this layer; empty for a layer that computes nothing, or that others
   * make up.
   */
  default Optional<Kernels> kernels() {
    return Optional.empty();
  }

  /**
   * Switches to another backend and returns this layer. Parameters, buffers and the mode stay; what
   * the last forward pass left for a backward pass is forgotten. A layer of one's own that computes
   * nothing with {@link Kernels} is left as it is.
   *
   * @param backend what computes from the next pass on
   */
  default Layer kernels(Kernels backend) {
    Objects.requireNonNull(backend, "kernels");
    return this;
  }

  /** Frees the parameters and what was prepared. Idempotent. */
  @Override
  void close();
}
