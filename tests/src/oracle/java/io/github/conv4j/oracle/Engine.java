package io.github.conv4j.oracle;

import io.github.conv4j.MemoryFormat;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.kernel.PlanOptions;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * What computes conv4j's side of a case.
 *
 * @param kernels native or reference
 * @param options with the algorithm and the instruction set of native kernels, and the format of
 *     images, which layers are given contiguous nevertheless
 * @param threads that a native call may use
 */
record Engine(Kernels kernels, PlanOptions options, int threads) {
  /** How images lie. */
  MemoryFormat format() {
    return options.memoryFormat();
  }

  /** The kernels as a layer is given them, which asks for no instruction set of its own. */
  Kernels forLayers() {
    InvocationHandler withOptions =
        (proxy, method, arguments) -> {
          Object[] own = arguments == null ? new Object[0] : arguments.clone();
          for (int i = 0; i < own.length; i++) {
            if (own[i] instanceof PlanOptions wish) {
              own[i] = wish.withIsa(options.isa()).withAccuracy(options.accuracy());
            }
          }
          try {
            return method.invoke(kernels, own);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    ClassLoader loader = Kernels.class.getClassLoader();
    return (Kernels) Proxy.newProxyInstance(loader, new Class<?>[] {Kernels.class}, withOptions);
  }

  @Override
  public String toString() {
    if (options.isa() == null) {
      return kernels.backend();
    }
    String algorithm = options.algorithm() == null ? "chosen" : options.algorithm();
    String lying = format() == MemoryFormat.CONTIGUOUS ? "" : " channels last";
    return kernels.backend()
        + " "
        + algorithm
        + " "
        + options.isa()
        + " threads "
        + threads
        + lying;
  }
}
