package io.ppmq.broker.port;

import io.ppmq.topic.Batch;

/**
 * The connection to one subscriber. The broker calls it on one thread and is never blocked by it;
 * what comes of a call is told to its {@link Link}.
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
   * Has time to make ready to push this batch, which is likely to be the next; another may be. Does
   * not block, and tells nothing. Nothing has to be done.
   */
  default void prepare(Batch batch) {}

  /**
   * Ends the connection if a batch is being pushed of which nothing was taken for 5 seconds, while
   * others wait for the memory that it takes. {@link Link#failed} follows, after {@link
   * Link#closed} if something that was pushed before may not have been read. Not of use where a
   * connection ends by itself in that case.
   *
   * @return whether it does; nothing happens otherwise
   */
  default boolean endIfStuck() {
    return false;
  }

  /** Lets go of the connection, if there is one. Nothing follows any more. */
  void close();

  /**
   * What a sender tells the broker of its connection. Any thread may call; nothing blocks, and the
   * order of the calls is kept.
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
