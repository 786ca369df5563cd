package io.ppmq.cluster.ratis;

import io.ppmq.cluster.Caller;
import io.ppmq.cluster.Destination;
import java.nio.ByteBuffer;

/**
 * A piece of a relayed connection.
 *
 * <pre>
 *  u8 VALUES | node | has a user | user     where it is to go: the first, from the node that asks
 *  u8 ADMIN | node | has a user | user
 *  u8 SUBSCRIBER | subscriber
 *  u8 OPENED                                it is connected there: the first, from the other
 *  u8 DATA | bytes                          what was read
 *  u8 END                                   its writer is done; the other way goes on
 *  u8 RESET                                 it broke, or was closed unread
 * </pre>
 */
final class RelayFrame {
  static final byte VALUES = 1;
  static final byte ADMIN = 2;
  static final byte SUBSCRIBER = 3;
  static final byte OPENED = 4;
  static final byte DATA = 5;
  static final byte END = 6;
  static final byte RESET = 7;

  private RelayFrame() {}

  static byte[] of(byte kind) {
    return new byte[] {kind};
  }

  static byte[] data(ByteBuffer read) {
    byte[] frame = new byte[read.remaining() + 1];
    frame[0] = DATA;
    read.get(frame, 1, frame.length - 1);
    return frame;
  }

  static byte[] of(Destination to) {
    if (to instanceof Destination.Subscriber subscriber) {
      return Form.write(
          out -> {
            out.writeByte(SUBSCRIBER);
            out.writeUTF(subscriber.subscriber());
          });
    }
    return to instanceof Destination.Values values
        ? of(VALUES, values.caller())
        : of(ADMIN, ((Destination.Admin) to).caller());
  }

  private static byte[] of(byte kind, Caller caller) {
    return Form.write(
        out -> {
          out.writeByte(kind);
          out.writeUTF(caller.node());
          String user = caller.user();
          out.writeBoolean(user != null);
          out.writeUTF(user == null ? "" : user);
        });
  }

  /** Where it is to go, on the node {@code self}. */
  static Destination destination(byte[] frame, String self) {
    return Form.read(
        frame,
        in -> {
          byte kind = in.readByte();
          if (kind == SUBSCRIBER) {
            return new Destination.Subscriber(self, in.readUTF());
          }
          String node = in.readUTF();
          boolean known = in.readBoolean();
          String user = in.readUTF();
          Caller caller = new Caller(known ? user : null, node);
          return switch (kind) {
            case VALUES -> new Destination.Values(caller);
            case ADMIN -> new Destination.Admin(caller);
            default -> throw new IllegalArgumentException("no destination: " + kind);
          };
        });
  }
}
