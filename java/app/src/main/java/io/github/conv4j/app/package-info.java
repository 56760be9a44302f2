/** The command line: {@code java -jar conv4j.jar info|filter|demo|validate}. */
package io.github.conv4j.app;
