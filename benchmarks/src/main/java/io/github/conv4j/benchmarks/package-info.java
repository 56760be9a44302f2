/** Benchmarks: the command {@code compare}, its report, and JMH classes for single operations. */
package io.github.conv4j.benchmarks;
