package io.ppmq.server;

import io.ppmq.broker.request.ErrorCode;
import io.ppmq.wire.AnswerLine;
import io.ppmq.wire.Decoder;
import io.ppmq.wire.InputBudget;
import io.ppmq.wire.Refusal;
import io.ppmq.wire.Request;
import io.ppmq.wire.Sink;
import io.ppmq.wire.ValueParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A connection that waits for a leader. At first nothing is read from it. If that lasts too long,
 * its values are read one after another: a value that asks for a confirm is refused; at the first
 * other value reading stops, and the bytes of that value are kept for the leader. For the doorway's
 * thread.
 */
final class Guest implements Sink {
  static final String REASON =
      "no node of the cluster leads now: nothing was done, send it again later";

  /** The bytes read at a time: few, so that a read leads to few answers. */
  private static final int BETWEEN_VALUES_BYTES = 4 << 10;

  private static final byte[] NOTHING = {};

  final SocketChannel channel;

  /** The time of its arrival, by {@link System#nanoTime}. */
  final long cameNanos;

  private final SelectionKey key;
  private @Nullable Decoder decoder;

  /** The unprocessed bytes that were read from {@link #keptOffset} on. */
  private byte[] kept = NOTHING;

  private int keptLength;
  private long keptOffset;
  private ByteBuffer unwritten = ByteBuffer.wrap(NOTHING);

  /** The offset up to which all values are processed. */
  private long doneOffset;

  private boolean held;
  private boolean ended;
  private boolean waitsForRoom;

  Guest(SocketChannel channel, SelectionKey key, long cameNanos) {
    this.channel = channel;
    this.key = key;
    this.cameNanos = cameNanos;
  }

  /** Begins to read, if it has not begun yet. */
  void sift(ValueParser parser, InputBudget budget) {
    if (decoder == null) {
      decoder = new Decoder(parser, budget, this);
      setInterest();
    }
  }

  /** Whether nothing was read from it. */
  boolean isUnread() {
    return decoder == null || decoder.offset() == 0;
  }

  /** The bytes that were read, which the leader gets first. */
  byte[] ahead() {
    return Arrays.copyOf(kept, keptLength);
  }

  /** The memory that it takes. */
  long bytes() {
    return kept.length + (long) unwritten.capacity();
  }

  /**
   * Writes answers and reads values.
   *
   * @return false if the connection has ended; the caller then closes it
   */
  boolean move(byte[] chunk, boolean mayRead) throws IOException {
    if (unwritten.hasRemaining()) {
      channel.write(unwritten);
    }
    if (isRead() && mayRead) {
      read(chunk);
      if (unwritten.hasRemaining()) {
        channel.write(unwritten);
      }
    }
    if (!unwritten.hasRemaining()) {
      unwritten = ByteBuffer.wrap(NOTHING);
    }
    setInterest();
    return !ended || keptLength > 0 || unwritten.hasRemaining();
  }

  private void read(byte[] chunk) throws IOException {
    Decoder reading = decoder;
    if (reading == null) {
      return;
    }
    int room = Math.min(reading.room(), keptLength == 0 ? BETWEEN_VALUES_BYTES : chunk.length);
    if (room == 0) {
      waitsForRoom = true;
      return;
    }
    int count = channel.read(ByteBuffer.wrap(chunk, 0, Math.min(room, chunk.length)));
    if (count < 0) {
      hold();
      ended = true;
      return;
    }
    keep(chunk, count);
    if (!reading.feed(chunk, 0, count)) {
      hold();
    }
    forgetDone();
    if (held) {
      reading.close();
    }
  }

  private void keep(byte[] chunk, int count) {
    if (keptLength + count > kept.length) {
      kept = Arrays.copyOf(kept, Math.max(keptLength + count, 2 * kept.length));
    }
    System.arraycopy(chunk, 0, kept, keptLength, count);
    keptLength += count;
  }

  private void forgetDone() {
    int done = (int) (doneOffset - keptOffset);
    if (done == keptLength) {
      kept = NOTHING;
    } else if (done > 0) {
      kept = Arrays.copyOfRange(kept, done, keptLength);
    }
    keptLength -= done;
    keptOffset = doneOffset;
  }

  private void hold() {
    held = true;
  }

  private void setInterest() {
    if (key.isValid()) {
      key.interestOps(
          (isRead() ? SelectionKey.OP_READ : 0)
              | (unwritten.hasRemaining() ? SelectionKey.OP_WRITE : 0));
    }
  }

  /** Drops answers that the peer did not take: they are refusals, so nothing was done. */
  void close() {
    if (decoder != null) {
      decoder.close();
    }
  }

  // ---- what comes -----------------------------------------------------------------------------

  @Override
  public void request(Request request, long offset, int bytes) {
    String confirm = request.confirm();
    if (held || confirm == null) {
      hold();
      return;
    }
    byte[] line = AnswerLine.refused(confirm, ErrorCode.UNAVAILABLE, REASON);
    ByteBuffer more = ByteBuffer.allocate(unwritten.remaining() + line.length);
    unwritten = more.put(unwritten).put(line).flip();
    doneOffset = offset + bytes;
  }

  /** The leader reports the error. */
  @Override
  public void refused(Refusal refusal) {
    hold();
  }

  @Override
  public void skipped(Refusal refusal) {
    hold();
  }

  @Override
  public void broken(Refusal refusal) {
    hold();
  }

  @Override
  public void stalled() {
    hold();
  }

  @Override
  public void roomAgain() {
    waitsForRoom = false;
    setInterest();
  }

  @Override
  public boolean isRead() {
    return decoder != null && !held && !waitsForRoom && !unwritten.hasRemaining();
  }
}
