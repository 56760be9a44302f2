/** What is computed: a convolution, a pooling or a network, its numbers and the right answer. */
package io.github.conv4j.benchmarks.problem;
