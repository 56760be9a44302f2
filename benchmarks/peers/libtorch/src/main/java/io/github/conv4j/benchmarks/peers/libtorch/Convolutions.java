package io.github.conv4j.benchmarks.peers.libtorch;

import io.github.conv4j.benchmarks.competitor.Call;
import io.github.conv4j.benchmarks.competitor.UnsupportedProblemException;
import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Convolutions and their gradients. */
final class Convolutions {
  private final ConvolutionProblem problem;
  private final Conv2dGeometry g;
  private final LongArrayRef stride;
  private final LongArrayRef padding;
  private final LongArrayRef dilation;

  private Convolutions(ConvolutionProblem problem) {
    this.problem = problem;
    g = problem.geometry();
    stride = Tensors.extents(g.sh(), g.sw());
    padding = Tensors.extents(g.pt(), g.pl());
    dilation = Tensors.extents(g.dh(), g.dw());
  }

  static List<Call> calls(ConvolutionProblem problem) throws UnsupportedProblemException {
    Convolutions made = new Convolutions(problem);
    Conv2dGeometry g = made.g;
    boolean symmetric = g.pt() == g.pb() && g.pl() == g.pr();
    if (problem.direction() != Direction.FORWARD) {
      if (!symmetric) {
        throw new UnsupportedProblemException("convolution_backward pads both sides alike");
      }
      return List.of(made.backward());
    }
    List<Call> calls = new ArrayList<>();
    Tensor src = Tensor.create(problem.src(), g.srcShape().toArray());
    Tensor weights = Tensor.create(problem.weights(), g.weightsShape().toArray());
    TensorOptional none = new TensorOptional();
    if (!symmetric) {
      LongArrayRef widths = Tensors.extents(g.pl(), g.pr(), g.pt(), g.pb());
      LongArrayRef unpadded = Tensors.extents(0, 0);
      calls.add(
          Tensors.call(
              "constant_pad_nd, conv2d",
              () -> {
                try (Tensor padded = torch.constant_pad_nd(src, widths)) {
                  return torch.conv2d(
                      padded, weights, none, made.stride, unpadded, made.dilation, g.g());
                }
              },
              src,
              weights));
      return calls;
    }
    calls.add(
        Tensors.call(
            "conv2d",
            () -> torch.conv2d(src, weights, none, made.stride, made.padding, made.dilation, g.g()),
            src,
            weights));
    made.addPacked(calls);
    return calls;
  }

  /** Weights in oneDNN's format from before, the image converted in every call. */
  private void addPacked(List<Call> calls) {
    try {
      Tensor src = Tensor.create(problem.src(), g.srcShape().toArray());
      Tensor plain = Tensor.create(problem.weights(), g.weightsShape().toArray());
      Tensor weights =
          torch.mkldnn_reorder_conv2d_weight(
              plain.to_mkldnn(),
              padding,
              stride,
              dilation,
              g.g(),
              new LongArrayRefOptional(g.srcShape().toArray()));
      TensorOptional none = new TensorOptional();
      Call call =
          Tensors.call(
              "mkldnn_convolution, weights reordered",
              () -> {
                try (Tensor blocked = src.to_mkldnn();
                    Tensor dst =
                        torch.mkldnn_convolution(
                            blocked, weights, none, padding, stride, dilation, g.g())) {
                  return dst.to_dense();
                }
              },
              src,
              weights);
      call.run();
      calls.add(call);
    } catch (RuntimeException e) {
      return; // oneDNN does not take this geometry
    }
  }

  private Call backward() {
    boolean data = problem.direction() == Direction.BACKWARD_DATA;
    Tensor src = Tensor.create(problem.src(), g.srcShape().toArray());
    Tensor weights = Tensor.create(problem.weights(), g.weightsShape().toArray());
    Tensor diffDst = Tensor.create(problem.diffDst(), g.dstShape().toArray());
    LongArrayRef outputPadding = Tensors.extents(0, 0);
    LongArrayRefOptional noBias = new LongArrayRefOptional();
    BoolPointer mask = new BoolPointer(3).put(0, data).put(1, !data).put(2, false);
    return Tensors.call(
        "convolution_backward",
        () -> {
          try (T_TensorTensorTensor_T gradients =
              torch.convolution_backward(
                  diffDst,
                  src,
                  weights,
                  noBias,
                  stride,
                  padding,
                  dilation,
                  false,
                  outputPadding,
                  g.g(),
                  mask)) {
            return data ? new Tensor(gradients.get0()) : new Tensor(gradients.get1());
          }
        },
        src,
        weights,
        diffDst);
  }
}
