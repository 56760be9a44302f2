package io.github.conv4j.kernel;

/** What the reference's operators have in common: their names. */
abstract class ReferenceOperator implements Plan {
  @Override
  public String algorithm() {
    return ReferenceKernels.NAME;
  }

  @Override
  public final String isa() {
    return ReferenceKernels.ISA;
  }
}
