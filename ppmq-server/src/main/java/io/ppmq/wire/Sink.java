package io.ppmq.wire;

import org.jspecify.annotations.Nullable;

/**
 * Takes the reports of one connection's {@link Decoder}. Called on the thread that feeds the
 * decoder, in the order of the bytes; {@link #roomAgain} and {@link #stalled} also while that
 * thread feeds or closes another connection's decoder, so they may only note the work, and do it
 * later.
 */
public interface Sink {
  /**
   * A value that can be carried out; it took {@code bytes} on the wire, from {@code offset} of the
   * connection on.
   */
  void request(Request request, long offset, int bytes);

  /**
   * A value is refused whole; the connection goes on with the next one. Once for each such value,
   * as soon as it is known. An answer is due when the refusal has a confirm.
   */
  void refused(Refusal refusal);

  /**
   * The end of a value that was refused before it had all arrived, and that asks for a confirm: an
   * answer is due. {@link #refused} has said the rest.
   */
  void skipped(Refusal refusal);

  /**
   * The input of this connection is not JSON, or ended within a value. All before it has been
   * reported; the connection is to be closed. An answer is due when the refusal has a confirm.
   */
  void broken(Refusal refusal);

  /** There is room again for this connection's input: read on. */
  void roomAgain();

  /** Whether the input of this connection is read now, as far as there is room. */
  boolean isRead();

  /**
   * Others wait for the room that this connection's unfinished value takes up: it is to be closed,
   * after {@link Decoder#endStalled}.
   */
  void stalled();

  /** The share of the user at the other end in the room; null: as much as there is. */
  default InputBudget.@Nullable Share share() {
    return null;
  }

  /** Whether this connection brings acknowledgements: there is always room for some of these. */
  default boolean acknowledges() {
    return false;
  }
}
