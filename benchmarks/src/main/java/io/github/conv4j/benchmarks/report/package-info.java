/** What a comparison found: its record, JSON, tables and pictures. */
package io.github.conv4j.benchmarks.report;
