package io.github.conv4j.kernel;

import io.github.conv4j.Tensor;

/**
 * The reference's plans of the transposed convolution: {@link ReferenceConvTranspose2d} for every
 * element.
 */
final class ReferenceConvTranspose2dPlans {
  private ReferenceConvTranspose2dPlans() {}

  private abstract static class Base extends ReferenceConvolutionPlan {
    final ConvTranspose2dGeometry geometry;

    Base(ConvTranspose2dGeometry geometry, PlanOptions options) {
      super(geometry.weightsShape(), options.memoryFormat());
      this.geometry = geometry;
    }

    public final ConvTranspose2dGeometry geometry() {
      return geometry;
    }
  }

  static final class Forward extends Base implements ConvTranspose2dForward {
    private final boolean relu;

    Forward(ConvTranspose2dGeometry geometry, PlanOptions options) {
      super(geometry, options);
      this.relu = options.relu();
    }

    @Override
    public void run(Tensor src, PreparedWeights weights, Tensor bias, Tensor dst) {
      TensorChecks.requireShape("src", src, geometry.srcShape(), format);
      TensorChecks.requireShape("dst", dst, geometry.dstShape(), format);
      TensorChecks.requireDisjoint("dst", dst, "src", src);
      if (bias != null) {
        TensorChecks.requireExactShape("bias", bias, geometry.biasShape());
        TensorChecks.requireDisjoint("dst", dst, "bias", bias);
      }
      float[] w = values(weights);
      float[] x = src.toArray();
      float[] b = bias == null ? null : bias.toArray();
      float[] y = new float[Math.toIntExact(dst.elements())];
      int i = 0;
      for (long n = 0; n < geometry.n(); n++) {
        for (long oc = 0; oc < geometry.oc(); oc++) {
          for (long oh = 0; oh < geometry.oh(); oh++) {
            for (long ow = 0; ow < geometry.ow(); ow++) {
              float sum =
                  (float) ReferenceConvTranspose2d.forward(geometry, x, w, b, n, oc, oh, ow);
              y[i++] = relu && sum < 0 ? 0 : sum;
            }
          }
        }
      }
      dst.set(y);
    }
  }

  static final class BackwardData extends Base implements ConvTranspose2dBackwardData {
    BackwardData(ConvTranspose2dGeometry geometry, PlanOptions options) {
      super(geometry, options);
    }

    @Override
    public void run(Tensor diffDst, PreparedWeights weights, Tensor diffSrc) {
      TensorChecks.requireShape("diff_dst", diffDst, geometry.dstShape(), format);
      TensorChecks.requireShape("diff_src", diffSrc, geometry.srcShape(), format);
      TensorChecks.requireDisjoint("diff_src", diffSrc, "diff_dst", diffDst);
      float[] w = values(weights);
      float[] dy = diffDst.toArray();
      float[] dx = new float[Math.toIntExact(diffSrc.elements())];
      int i = 0;
      for (long n = 0; n < geometry.n(); n++) {
        for (long ic = 0; ic < geometry.ic(); ic++) {
          for (long ih = 0; ih < geometry.ih(); ih++) {
            for (long iw = 0; iw < geometry.iw(); iw++) {
              dx[i++] =
                  (float) ReferenceConvTranspose2d.backwardData(geometry, dy, w, n, ic, ih, iw);
            }
          }
        }
      }
      diffSrc.set(dx);
    }
  }

  static final class BackwardWeights extends Base implements ConvTranspose2dBackwardWeights {
    BackwardWeights(ConvTranspose2dGeometry geometry, PlanOptions options) {
      super(geometry, options);
    }

    @Override
    public void run(Tensor src, Tensor diffDst, Tensor diffWeights, Tensor diffBias) {
      TensorChecks.requireShape("src", src, geometry.srcShape(), format);
      TensorChecks.requireShape("diff_dst", diffDst, geometry.dstShape(), format);
      TensorChecks.requireExactShape("diff_weights", diffWeights, geometry.weightsShape());
      TensorChecks.requireDisjoint("diff_weights", diffWeights, "src", src);
      TensorChecks.requireDisjoint("diff_weights", diffWeights, "diff_dst", diffDst);
      if (diffBias != null) {
        TensorChecks.requireExactShape("diff_bias", diffBias, geometry.biasShape());
        TensorChecks.requireDisjoint("diff_bias", diffBias, "src", src);
        TensorChecks.requireDisjoint("diff_bias", diffBias, "diff_dst", diffDst);
        TensorChecks.requireDisjoint("diff_bias", diffBias, "diff_weights", diffWeights);
      }
      float[] x = src.toArray();
      float[] dy = diffDst.toArray();
      float[] dw = new float[Math.toIntExact(diffWeights.elements())];
      int i = 0;
      for (long ic = 0; ic < geometry.ic(); ic++) {
        for (long oc = 0; oc < geometry.oc() / geometry.g(); oc++) {
          for (long kh = 0; kh < geometry.kh(); kh++) {
            for (long kw = 0; kw < geometry.kw(); kw++) {
              dw[i++] =
                  (float) ReferenceConvTranspose2d.backwardWeights(geometry, x, dy, ic, oc, kh, kw);
            }
          }
        }
      }
      diffWeights.set(dw);
      if (diffBias != null) {
        float[] db = new float[Math.toIntExact(diffBias.elements())];
        for (int oc = 0; oc < db.length; oc++) {
          db[oc] = (float) ReferenceConvTranspose2d.diffBias(geometry, dy, oc);
        }
        diffBias.set(db);
      }
    }
  }
}
