/** How the classes reach the native library. Not part of the public API. */
package io.github.conv4j.internal;
