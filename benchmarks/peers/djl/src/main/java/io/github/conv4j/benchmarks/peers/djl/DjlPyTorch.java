package io.github.conv4j.benchmarks.peers.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import io.github.conv4j.benchmarks.competitor.Call;
import io.github.conv4j.benchmarks.competitor.Competitor;
import io.github.conv4j.benchmarks.competitor.UnsupportedProblemException;
import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.benchmarks.problem.Problem;
import java.util.List;

/** DJL's functions on its PyTorch engine. */
public final class DjlPyTorch implements Competitor {
  private final Engine engine;
  private final NDManager manager;

  /** Loads the engine; its native libraries come from the class path, nothing is downloaded. */
  public DjlPyTorch() {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("PYTORCH_PRECXX11", "false");
    engine = Engine.getEngine("PyTorch");
    manager = engine.newBaseManager();
  }

  @Override
  public String version() {
    return "DJL " + Engine.getDjlVersion() + ", PyTorch " + engine.getVersion();
  }

  @Override
  public String settings() {
    return "functions on NDArrays, NCHW in and out, no gradients recorded";
  }

  @Override
  public void threads(int threads) {
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    ai.djl.pytorch.jni.JniUtils.setNumThreads(threads);
  }

  @Override
  public List<Call> calls(Problem problem) throws UnsupportedProblemException {
    if (!problem.directionName().equals("forward")) {
      throw new UnsupportedProblemException("it computes gradients only with a forward pass");
    }
    if (problem instanceof ConvolutionProblem convolution) {
      return List.of(Functions.convolution(manager, convolution));
    }
    if (problem instanceof PoolingProblem pooling) {
      return List.of(Functions.pooling(manager, pooling));
    }
    return List.of(Functions.network(manager, (NetworkProblem) problem));
  }
}
