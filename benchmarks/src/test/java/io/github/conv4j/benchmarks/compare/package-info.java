/** Tests of what runs the comparison. */
package io.github.conv4j.benchmarks.compare;
