package io.github.conv4j.benchmarks.peers.nd4j;

import io.github.conv4j.benchmarks.competitor.Call;
import io.github.conv4j.benchmarks.competitor.Competitor;
import io.github.conv4j.benchmarks.competitor.UnsupportedProblemException;
import io.github.conv4j.benchmarks.problem.ConvolutionProblem;
import io.github.conv4j.benchmarks.problem.NetworkProblem;
import io.github.conv4j.benchmarks.problem.PoolingProblem;
import io.github.conv4j.benchmarks.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J with oneDNN, on plain NCHW arrays, results in arrays given beforehand. */
public final class Nd4jCompetitor implements Competitor {
  /** Loads ND4J. */
  public Nd4jCompetitor() {
    Nd4j.getExecutioner();
  }

  @Override
  public String version() {
    Properties properties = new Properties();
    try (InputStream in =
        Nd4j.class.getResourceAsStream("/META-INF/maven/org.nd4j/nd4j-api/pom.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "ND4J " + properties.getProperty("version");
  }

  @Override
  public String settings() {
    return "oneDNN helpers, NCHW, preallocated outputs";
  }

  @Override
  public void threads(int threads) {
    Nd4j.getEnvironment().setMaxThreads(threads);
    Nd4j.getEnvironment().setMaxMasterThreads(threads);
  }

  @Override
  public List<Call> calls(Problem problem) throws UnsupportedProblemException {
    if (problem instanceof ConvolutionProblem convolution) {
      return List.of(Operations.convolution(convolution));
    }
    if (problem instanceof PoolingProblem pooling) {
      return List.of(Operations.pooling(pooling));
    }
    return List.of(new NetworkCall((NetworkProblem) problem));
  }
}
