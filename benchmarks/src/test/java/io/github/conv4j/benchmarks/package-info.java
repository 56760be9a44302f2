/** Tests of the comparison. */
package io.github.conv4j.benchmarks;
