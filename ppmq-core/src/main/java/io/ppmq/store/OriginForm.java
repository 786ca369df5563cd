package io.ppmq.store;

import io.ppmq.message.Bytes;

/**
 * The stored form of an {@link Origin}.
 *
 * <pre>
 *  buried:   u8 1 | sized topic | sized subscriber | u8 0, or u8 1 | sized key
 *            | varint version | varint priority | expires | varint payloadAt
 *            | u8 0, or u8 1 | inner, which is buried
 *  requeued: u8 2 | varint version
 * </pre>
 */
final class OriginForm {
  private static final int BURIED = 1;
  private static final int REQUEUED = 2;

  private OriginForm() {}

  static void write(ByteWriter out, Origin origin) {
    if (origin instanceof Origin.Buried buried) {
      out.u8(BURIED);
      write(out, buried);
    } else if (origin instanceof Origin.Requeued requeued) {
      out.u8(REQUEUED);
      out.varint(requeued.version());
    }
  }

  private static void write(ByteWriter out, Origin.Buried buried) {
    out.sized(Bytes.utf8(buried.topic()));
    out.sized(Bytes.utf8(buried.subscriber()));
    Bytes key = buried.key();
    out.u8(key == null ? 0 : 1);
    if (key != null) {
      out.sized(key);
    }
    out.varint(buried.version());
    out.varint(buried.priority());
    out.expires(buried.expires());
    out.varint(buried.payloadAt());
    Origin.Buried inner = buried.inner();
    out.u8(inner == null ? 0 : 1);
    if (inner != null) {
      write(out, inner);
    }
  }

  static Origin read(ByteReader in) {
    int kind = in.u8();
    return switch (kind) {
      case BURIED -> buried(in);
      case REQUEUED -> new Origin.Requeued(in.varint());
      default -> throw in.damaged("it comes from something unknown, " + kind);
    };
  }

  private static Origin.Buried buried(ByteReader in) {
    return new Origin.Buried(
        in.sized().text(),
        in.sized().text(),
        in.u8() == 0 ? null : in.sized().copy(),
        in.varint(),
        in.varint32(),
        in.expires(),
        in.varint32(),
        in.u8() == 0 ? null : buried(in));
  }
}
