/** What a competitor is, and the process that it runs in. */
package io.github.conv4j.benchmarks.competitor;
