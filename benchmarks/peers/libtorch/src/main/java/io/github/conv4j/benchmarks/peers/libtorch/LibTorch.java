package io.github.conv4j.benchmarks.peers.libtorch;

import io.github.conv4j.benchmarks.competitor.Call;
import io.github.conv4j.benchmarks.competitor.Competitor;
import io.github.conv4j.benchmarks.competitor.UnsupportedProblemException;
import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.benchmarks.problem.Problem;
import java.util.List;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.global.torch;

/** libtorch on plain NCHW tensors, without recording gradients. */
public final class LibTorch implements Competitor {
  /** Loads libtorch. */
  public LibTorch() {
    GradMode.set_enabled(false);
  }

  @Override
  public String version() {
    return "libtorch " + torch.class.getPackage().getImplementationVersion();
  }

  @Override
  public String settings() {
    return "eager, NCHW in and out, no gradients recorded";
  }

  @Override
  public void threads(int threads) {
    torch.set_num_threads(threads);
  }

  @Override
  public List<Call> calls(Problem problem) throws UnsupportedProblemException {
    if (problem instanceof ConvolutionProblem convolution) {
      return Convolutions.calls(convolution);
    }
    if (problem instanceof PoolingProblem pooling) {
      return List.of(Poolings.call(pooling));
    }
    return List.of(new NetworkCall((NetworkProblem) problem));
  }
}
