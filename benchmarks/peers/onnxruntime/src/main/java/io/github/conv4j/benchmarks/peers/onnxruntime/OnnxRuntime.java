package io.github.conv4j.benchmarks.peers.onnxruntime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.github.conv4j.benchmarks.competitor.Call;
import io.github.conv4j.benchmarks.competitor.Competitor;
import io.github.conv4j.benchmarks.competitor.UnsupportedProblemException;
import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.benchmarks.problem.Network;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.benchmarks.problem.Problem;
import java.util.List;

/** ONNX Runtime on its CPU provider, outputs in memory given beforehand. */
public final class OnnxRuntime implements Competitor {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private int threads = 1;

  /** Loads ONNX Runtime. */
  public OnnxRuntime() {}

  @Override
  public String version() {
    return "ONNX Runtime " + environment.getVersion();
  }

  @Override
  public String settings() {
    return "CPU provider, all optimisations, preallocated outputs, NCHW";
  }

  @Override
  public void threads(int number) {
    threads = number;
  }

  @Override
  public List<Call> calls(Problem problem) throws UnsupportedProblemException {
    if (!problem.directionName().equals("forward")) {
      throw new UnsupportedProblemException("its Java build computes no gradients");
    }
    try {
      return List.of(call(problem));
    } catch (OrtException e) {
      throw new UnsupportedProblemException(e.getMessage());
    }
  }

  private Call call(Problem problem) throws OrtException {
    if (problem instanceof ConvolutionProblem c) {
      return new SessionCall(
          environment,
          threads,
          Models.of(c),
          c.src(),
          c.geometry().srcShape().toArray(),
          c.geometry().dstShape().toArray());
    }
    if (problem instanceof PoolingProblem p) {
      return new SessionCall(
          environment,
          threads,
          Models.of(p),
          p.src(),
          p.geometry().srcShape().toArray(),
          p.geometry().dstShape().toArray());
    }
    NetworkProblem n = (NetworkProblem) problem;
    long[] input = {n.batch(), n.network().channels(), n.network().height(), n.network().width()};
    long[] output = outputExtents(n);
    return new SessionCall(
        environment, threads, Models.of(n, input, output), n.images(), input, output);
  }

  private static long[] outputExtents(NetworkProblem problem) {
    List<Network.Step> steps = problem.network().steps();
    if (steps.get(steps.size() - 1) instanceof Network.Convolution c) {
      return c.geometry().withBatch(problem.batch()).dstShape().toArray();
    }
    return new long[] {problem.batch(), problem.network().outputElements()};
  }
}
