package io.github.conv4j.benchmarks.peers.libtorch;

import io.github.conv4j.benchmarks.competitor.Call;
import io.github.conv4j.benchmarks.competitor.UnsupportedProblemException;
import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Pool2dGeometry;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Poolings and their gradients. */
final class Poolings {
  private Poolings() {}

  static Call call(PoolingProblem problem) throws UnsupportedProblemException {
    Pool2dGeometry g = problem.geometry();
    if (g.pt() != g.pb() || g.pl() != g.pr()) {
      throw new UnsupportedProblemException("pooling pads both sides alike");
    }
    LongArrayRef kernel = Tensors.extents(g.kh(), g.kw());
    LongArrayRef stride = Tensors.extents(g.sh(), g.sw());
    LongArrayRef padding = Tensors.extents(g.pt(), g.pl());
    LongArrayRef dilation = Tensors.extents(g.dh(), g.dw());
    LongOptional whole = new LongOptional();
    boolean ceil = g.ceilMode();
    Tensor src = Tensor.create(problem.src(), g.srcShape().toArray());
    if (problem.direction() == Direction.FORWARD) {
      return problem.isMax()
          ? Tensors.call(
              "max_pool2d",
              () -> torch.max_pool2d(src, kernel, stride, padding, dilation, ceil),
              src)
          : Tensors.call(
              "avg_pool2d",
              () -> torch.avg_pool2d(src, kernel, stride, padding, ceil, true, whole),
              src);
    }
    Tensor diffDst = Tensor.create(problem.diffDst(), g.dstShape().toArray());
    if (!problem.isMax()) {
      return Tensors.call(
          "avg_pool2d_backward",
          () -> torch.avg_pool2d_backward(diffDst, src, kernel, stride, padding, ceil, true, whole),
          src,
          diffDst);
    }
    T_TensorTensor_T both =
        torch.max_pool2d_with_indices(src, kernel, stride, padding, dilation, ceil);
    Tensor indices = new Tensor(both.get1());
    return Tensors.call(
        "max_pool2d_with_indices_backward",
        () ->
            torch.max_pool2d_with_indices_backward(
                diffDst, src, kernel, stride, padding, dilation, ceil, indices),
        src,
        diffDst,
        indices);
  }
}
