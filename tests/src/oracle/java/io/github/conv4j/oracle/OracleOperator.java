package io.github.conv4j.oracle;

import io.github.conv4j.check.DataKind;
import io.github.conv4j.check.RandomShapes;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One operator as libtorch and conv4j both compute it: a class of this interface in {@link
 * OracleTest#OPERATORS} is all that a new operator needs.
 *
 * @param <G> its geometry, whose {@code toString} a failure prints
 */
interface OracleOperator<G> {
  /** The operator's name, for instance {@code conv2d.forward}. */
  String name();

  /** A geometry that libtorch can be asked about. */
  G draw(RandomShapes shapes, SplittableRandom random);

  /** Why PyTorch does not define the result of this geometry; null if it does. */
  default String exclusion(G geometry) {
    return null;
  }

  /** Names of the native algorithms; one that does not take a geometry is left out there. */
  List<String> algorithms();

  /** Values for the sources, the same for the same seed. */
  Sources sources(G geometry, DataKind data, long seed);

  /** What libtorch computes, and how exactly conv4j has to agree. Runs in a pointer scope. */
  List<Expected> libtorch(G geometry, Sources sources);

  /** What conv4j computes, in the order of {@link #libtorch}. */
  List<Actual> conv4j(G geometry, Sources sources, Engine engine);
}
