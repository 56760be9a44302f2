package io.github.conv4j.check;

import io.github.conv4j.LongTensor;
import io.github.conv4j.Shape;
import io.github.conv4j.Tensor;
import io.github.conv4j.kernel.Direction;
import io.github.conv4j.kernel.Kernels;
import io.github.conv4j.nn.MaxUnpool2d;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** A max unpooling with indices of its own, some of them repeated. */
record UnpoolSubject(MaxUnpool2d unpool) implements Subject {
  @Override
  public String text() {
    return unpool.toString();
  }

  @Override
  public Shape resultShape(Shape src) {
    return unpool.outputShape(src);
  }

  @Override
  public List<Direction> directions() {
    return List.of(Direction.FORWARD, Direction.BACKWARD_DATA);
  }

  @Override
  public Map<String, Output> run(Kernels kernels, Tensor src, Data data, Set<Direction> wanted) {
    MaxUnpool2d on = unpool.withKernels(kernels);
    Shape shape = on.outputShape(src.shape());
    long plane = shape.dim(shape.rank() - 1) * shape.dim(shape.rank() - 2);
    Map<String, Output> results = new LinkedHashMap<>();
    try (LongTensor indices = LongTensor.zeros(src.shape(), src.memoryFormat());
        Tensor dst = Tensor.empty(shape, src.memoryFormat())) {
      SplittableRandom random = new SplittableRandom(data.seed());
      long[] places = new long[Math.toIntExact(indices.elements())];
      for (int i = 0; i < places.length; i++) {
        places[i] = Math.floorMod(random.nextLong(), plane);
      }
      indices.set(places);
      dst.fill(Float.NaN);
      on.forward(src, indices, dst);
      results.put("dst", Output.of(dst));
      if (wanted.contains(Direction.BACKWARD_DATA)) {
        try (Tensor diffDst = data.tensor("diff_dst", shape, src.memoryFormat(), 1);
            Tensor diffSrc = on.backward(diffDst, indices)) {
          results.put("diff_src", Output.of(diffSrc));
        }
      }
    }
    return results;
  }
}
