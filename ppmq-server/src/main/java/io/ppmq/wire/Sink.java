package io.ppmq.wire;

import org.jspecify.annotations.Nullable;

/**
 * Takes the reports of one connection's {@link Decoder}. Called on the thread that feeds the
 * decoder, in the order of the bytes; {@link #roomAgain} and {@link #stalled} also while that
 * thread feeds or closes another connection's decoder, so they may only note work for later.
 */
public interface Sink {
  /** A value to carry out, of {@code bytes} bytes from {@code offset} of the connection on. */
  void request(Request request, long offset, int bytes);

  /**
   * A value is refused as a whole; the connection continues with the next one. Called once for each
   * such value, as soon as it is known. An answer is due if the refusal has a confirm.
   */
  void refused(Refusal refusal);

  /**
   * The end of a value that was refused before its end, and that asks for a confirm: an answer is
   * due. {@link #refused} was called before.
   */
  void skipped(Refusal refusal);

  /**
   * The input of this connection is not JSON, or ended within a value. Everything before was
   * reported; the connection must be closed. An answer is due if the refusal has a confirm.
   */
  void broken(Refusal refusal);

  /** There is room again for this connection's input: continue to read. */
  void roomAgain();

  /** Whether this connection is read now if there is room. */
  boolean isRead();

  /**
   * Others wait for the room of this connection's unfinished value: call {@link
   * Decoder#endStalled}, and close it.
   */
  void stalled();

  /** The share of the user at the other end in the room; null for no bound by user. */
  default InputBudget.@Nullable Share share() {
    return null;
  }

  /** Whether this connection has sent acknowledgements, for which some room is reserved. */
  default boolean acknowledges() {
    return false;
  }
}
