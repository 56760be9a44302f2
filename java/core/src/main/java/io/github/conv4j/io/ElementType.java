package io.github.conv4j.io;

import java.nio.ByteBuffer;

/** What the elements of an array in a file are, by the names that safetensors gives them. */
public enum ElementType {
  /** IEEE 754 binary64. */
  F64(8, true),
  /** IEEE 754 binary32, what a {@link io.github.conv4j.Tensor} holds. */
  F32(4, true),
  /** IEEE 754 binary16: 5 bits of exponent, 10 of fraction. */
  F16(2, true),
  /** The upper half of a binary32. */
  BF16(2, true),
  /** Signed 64 bits, what a {@link io.github.conv4j.LongTensor} holds. */
  I64(8, false),
  /** Signed 32 bits. */
  I32(4, false),
  /** Signed 16 bits. */
  I16(2, false),
  /** Signed 8 bits. */
  I8(1, false),
  /** Unsigned 64 bits. */
  U64(8, false),
  /** Unsigned 32 bits. */
  U32(4, false),
  /** Unsigned 16 bits. */
  U16(2, false),
  /** Unsigned 8 bits. */
  U8(1, false),
  /** A byte, 0 for false. */
  BOOL(1, false);

  private final int bytes;
  private final boolean floatingPoint;

  ElementType(int bytes, boolean floatingPoint) {
    this.bytes = bytes;
    this.floatingPoint = floatingPoint;
  }

  /** Bytes that an element takes. */
  public int bytes() {
    return bytes;
  }

  /** Whether the elements are floating-point numbers. */
  public boolean isFloatingPoint() {
    return floatingPoint;
  }

  /** The element at a byte, as the nearest float32. */
  float toFloat(ByteBuffer from, int at) {
    return switch (this) {
      case F64 -> (float) from.getDouble(at);
      case F32 -> from.getFloat(at);
      case F16 -> half(from.getShort(at));
      case BF16 -> Float.intBitsToFloat(from.getShort(at) << 16);
      case U64 -> unsigned(from.getLong(at));
      default -> toLong(from, at);
    };
  }

  /** The integer at a byte; one of U64 above 2^63 - 1 is negative. */
  long toLong(ByteBuffer from, int at) {
    return switch (this) {
      case I64, U64 -> from.getLong(at);
      case I32 -> from.getInt(at);
      case I16 -> from.getShort(at);
      case I8 -> from.get(at);
      case U32 -> Integer.toUnsignedLong(from.getInt(at));
      case U16 -> Short.toUnsignedLong(from.getShort(at));
      case U8 -> Byte.toUnsignedLong(from.get(at));
      case BOOL -> from.get(at) == 0 ? 0 : 1;
      default -> throw new IllegalStateException(this + " is no integer");
    };
  }

  /** Halves the value and keeps the bit that fell out, so that rounding to float sees it. */
  private static float unsigned(long bits) {
    return bits >= 0 ? bits : 2 * (float) (bits >>> 1 | bits & 1);
  }

  private static float half(short bits) {
    int sign = bits >>> 15 & 1;
    int exponent = bits >>> 10 & 31;
    int fraction = bits & 0x3ff;
    if (exponent == 0) {
      float subnormal = fraction * 0x1p-24f;
      return sign == 0 ? subnormal : -subnormal;
    }
    int biased = exponent == 31 ? 255 : exponent - 15 + 127;
    return Float.intBitsToFloat(sign << 31 | biased << 23 | fraction << 13);
  }
}
