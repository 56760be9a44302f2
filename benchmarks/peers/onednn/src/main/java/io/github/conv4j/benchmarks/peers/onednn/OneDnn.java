package io.github.conv4j.benchmarks.peers.onednn;

import io.github.conv4j.benchmarks.competitor.Call;
import io.github.conv4j.benchmarks.competitor.Competitor;
import io.github.conv4j.benchmarks.competitor.UnsupportedProblemException;
import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.benchmarks.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;

/**
 * oneDNN: the fastest of all ways that its API offers for a problem, weights in the format that the
 * primitive likes best.
 */
abstract class OneDnn implements Competitor {
  private final boolean converts;

  /**
   * A way to use oneDNN.
   *
   * @param converts whether a call begins and ends with plain tensors
   */
  OneDnn(boolean converts) {
    this.converts = converts;
  }

  @Override
  public String version() {
    dnnl_version_t version = dnnl.dnnl_version();
    return "oneDNN " + version.major() + "." + version.minor() + "." + version.patch();
  }

  @Override
  public String settings() {
    return (converts
            ? "NCHW in and out, reorders where they pay"
            : "tensors stay in the formats of its choice")
        + ", weights reordered before, "
        + Tensors.isa();
  }

  /** OMP_NUM_THREADS says it already. */
  @Override
  public void threads(int threads) {}

  @Override
  public List<Call> calls(Problem problem) throws UnsupportedProblemException {
    if (problem instanceof NetworkProblem network) {
      return List.of(NetworkCall.of(network, converts));
    }
    List<Variant> variants =
        problem instanceof ConvolutionProblem convolution
            ? new ConvolutionVariants(convolution).all(converts)
            : new PoolingVariants((PoolingProblem) problem).all(converts);
    List<Call> calls = new ArrayList<>();
    boolean onlyLoops = variants.stream().allMatch(Variant::isPlainLoops);
    for (Variant variant : variants) {
      if (onlyLoops || !variant.isPlainLoops()) {
        calls.add(new VariantCall(variant, converts));
      }
    }
    if (calls.isEmpty()) {
      throw new UnsupportedProblemException("no primitive takes it");
    }
    return calls;
  }
}
