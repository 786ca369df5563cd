package io.ppmq.broker.port;

import io.ppmq.topic.Batch;

/**
 * The connection to one subscriber. The broker calls it on one thread, and no call blocks; the
 * outcome of a call is reported to its {@link Link}.
 */
public interface Sender {
  /** Begins to connect. {@link Link#opened} or {@link Link#failed} follows. */
  void open();

  /**
   * Begins to push a batch over the connection. Called only after {@link Link#opened}, and not
   * while another is being pushed.
   *
   * @return whether every byte was handed to the connection at once; if not, {@link Link#pushed} or
   *     {@link Link#failed} follows, the latter also when the connection has gone in the meantime
   */
  boolean push(Batch batch);

  /**
   * May prepare to push this batch, which is likely to be the next one; another batch may follow
   * instead. Does not block, reports nothing, and may do nothing.
   */
  default void prepare(Batch batch) {}

  /**
   * Ends the connection if a batch is being pushed of which nothing was taken for 5 seconds, while
   * others wait for the memory that it takes. {@link Link#failed} follows, after {@link
   * Link#closed} if something that was pushed before may not have been read. Not needed where a
   * connection ends without help in that case.
   *
   * @return whether it does; nothing happens otherwise
   */
  default boolean endIfStuck() {
    return false;
  }

  /** Closes the connection, if there is one. No report follows. */
  void close();

  /**
   * Takes the reports of a sender about its connection. Any thread may call; no call blocks, and
   * the order of the calls is kept.
   */
  interface Link {
    /** The connection is there. */
    void opened();

    /** Every byte of the batch was handed to the connection, some of them later. */
    void pushed();

    /**
     * There is no connection, or it broke before the batch was pushed whole.
     *
     * @param reason one sentence, for the log
     */
    void failed(String reason);

    /**
     * The subscriber closed the connection while nothing was being pushed.
     *
     * @param unread whether it had not read everything that was pushed
     */
    void closed(boolean unread);

    /** The subscriber's socket has appeared: it is worth trying at once. */
    void appeared();
  }
}
