/** ND4J's operations, called one by one. */
package io.github.conv4j.benchmarks.peers.nd4j;
