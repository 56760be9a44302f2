package io.github.conv4j.benchmarks.peers.nd4j;

import io.github.conv4j.benchmarks.competitor.UnsupportedProblemException;
import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.kernel.Conv2dGeometry;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Pool2dGeometry;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J's operations for convolutions and poolings, with their numbers of arguments. */
final class Operations {
  /** Flags of the operations: padding as given, channels first, weights [OC, IC, KH, KW]. */
  private static final int AS_GIVEN = 0;

  private static final int NCHW = 0;
  private static final int OIHW = 1;

  private Operations() {}

  static INDArray array(float[] values, long... extents) {
    return Nd4j.create(values, extents, DataType.FLOAT);
  }

  static INDArray zeros(long... extents) {
    return Nd4j.zeros(DataType.FLOAT, extents);
  }

  /** The elements in row-major order. */
  static float[] floats(INDArray array) {
    return array.dup('c').data().asFloat();
  }

  static OperationCall convolution(ConvolutionProblem problem) throws UnsupportedProblemException {
    Conv2dGeometry g = problem.geometry();
    if (g.pt() != g.pb() || g.pl() != g.pr()) {
      throw new UnsupportedProblemException("its convolution pads both sides alike");
    }
    boolean depthwise = g.g() > 1 && g.g() == g.ic();
    if (g.g() > 1 && !(depthwise && g.oc() == g.ic())) {
      throw new UnsupportedProblemException("it has no convolution in groups");
    }
    if (depthwise && problem.direction() != Direction.FORWARD) {
      throw new UnsupportedProblemException("only forward depthwise convolutions are called here");
    }
    INDArray src = array(problem.src(), g.srcShape().toArray());
    // A depthwise convolution of one output a channel has its weights as [1, C, KH, KW].
    INDArray weights =
        depthwise
            ? array(problem.weights(), 1, g.oc(), g.kh(), g.kw())
            : array(problem.weights(), g.weightsShape().toArray());
    if (problem.direction() == Direction.FORWARD) {
      INDArray dst = zeros(g.dstShape().toArray());
      String name = depthwise ? "depthwise_conv2d" : "conv2d";
      return new OperationCall(
          operation(name, convolution(g), new INDArray[] {src, weights}, dst), dst);
    }
    INDArray diffDst = array(problem.diffDst(), g.dstShape().toArray());
    INDArray diffSrc = zeros(g.srcShape().toArray());
    INDArray diffWeights = zeros(g.weightsShape().toArray());
    DynamicCustomOp both =
        operation(
            "conv2d_bp",
            convolution(g),
            new INDArray[] {src, weights, diffDst},
            diffSrc,
            diffWeights);
    boolean data = problem.direction() == Direction.BACKWARD_DATA;
    return new OperationCall(both, data ? diffSrc : diffWeights);
  }

  /** The integer arguments of a convolution. */
  static int[] convolution(Conv2dGeometry g) {
    return new int[] {
      (int) g.kh(),
      (int) g.kw(),
      (int) g.sh(),
      (int) g.sw(),
      (int) g.pt(),
      (int) g.pl(),
      (int) g.dh(),
      (int) g.dw(),
      AS_GIVEN,
      NCHW,
      OIHW
    };
  }

  /** The integer arguments of a pooling; an average counts the padding. */
  static int[] pooling(Pool2dGeometry g) {
    return new int[] {
      (int) g.kh(),
      (int) g.kw(),
      (int) g.sh(),
      (int) g.sw(),
      (int) g.pt(),
      (int) g.pl(),
      (int) g.dh(),
      (int) g.dw(),
      AS_GIVEN,
      1,
      NCHW
    };
  }

  static OperationCall pooling(PoolingProblem problem) throws UnsupportedProblemException {
    Pool2dGeometry g = problem.geometry();
    if (g.pt() != g.pb() || g.pl() != g.pr() || g.ceilMode()) {
      throw new UnsupportedProblemException("it pads both sides alike and rounds down");
    }
    String name = problem.isMax() ? "maxpool2d" : "avgpool2d";
    INDArray src = array(problem.src(), g.srcShape().toArray());
    if (problem.direction() == Direction.FORWARD) {
      INDArray dst = zeros(g.dstShape().toArray());
      return new OperationCall(operation(name, pooling(g), new INDArray[] {src}, dst), dst);
    }
    INDArray diffDst = array(problem.diffDst(), g.dstShape().toArray());
    INDArray diffSrc = zeros(g.srcShape().toArray());
    return new OperationCall(
        operation(name + "_bp", pooling(g), new INDArray[] {src, diffDst}, diffSrc), diffSrc);
  }

  static DynamicCustomOp operation(
      String name, int[] arguments, INDArray[] inputs, INDArray... outputs) {
    DynamicCustomOp.DynamicCustomOpsBuilder builder =
        DynamicCustomOp.builder(name)
            .addInputs(inputs)
            .addOutputs(outputs)
            .addIntegerArguments(arguments);
    if (name.startsWith("relu")) {
      builder.addFloatingPointArguments(0.0); // where it bends
    }
    return builder.build();
  }
}
