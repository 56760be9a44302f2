/** The comparison: competitors in processes of their own, driven in turn. */
package io.github.conv4j.benchmarks.compare;
