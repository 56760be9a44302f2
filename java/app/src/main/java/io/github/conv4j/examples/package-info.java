/** Short programs to read and to begin with; each does one thing, and runs as it stands. */
package io.github.conv4j.examples;
