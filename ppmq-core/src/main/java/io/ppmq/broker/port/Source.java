package io.ppmq.broker.port;

/**
 * A source of submissions, one after another. While a publish of it finds no room, that publish is
 * held back, and so are its later publishes; all other sources go on. Called on a thread of the
 * broker, which it must not block.
 */
public interface Source {
  /**
   * Becomes a worker of a subscriber. Batches for the worker go to the source itself.
   *
   * @param link takes the reports about sent batches; {@link Sender.Link#failed} and {@link
   *     Sender.Link#closed} mean that the source has ended
   * @return sends to the source; {@link Sender#open} is not called
   * @throws UnsupportedOperationException when it hands in no {@code Command.Subscribe}
   */
  default Sender subscribe(Sender.Link link) {
    throw new UnsupportedOperationException("a source that is sent nothing");
  }

  /** A source that can wait for room, and has nothing else to hand in meanwhile. */
  static Source patient() {
    return new Source() {
      @Override
      public void hold() {}

      @Override
      public void release() {}
    };
  }

  /** Hand in nothing more, as far as possible, until {@link #release()}. */
  void hold();

  /** Everything that was held has been carried out, or refused. */
  void release();
}
