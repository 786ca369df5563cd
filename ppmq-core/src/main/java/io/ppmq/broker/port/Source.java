package io.ppmq.broker.port;

/**
 * Where submissions come from, one after another. While what it publishes finds no room it is held
 * back, and so is what it publishes after that; everybody else goes on. Called on a thread of the
 * broker, which it must not block.
 */
public interface Source {
  /**
   * Becomes a worker of a subscriber. What a worker is sent goes to the source itself.
   *
   * @param link hears what becomes of what is sent; {@link Sender.Link#failed} and {@link
   *     Sender.Link#closed} mean that the source has ended
   * @return sends to the source; {@link Sender#open} is not called
   * @throws UnsupportedOperationException when it hands in no {@code Command.Subscribe}
   */
  default Sender subscribe(Sender.Link link) {
    throw new UnsupportedOperationException("a source that is sent nothing");
  }

  /** One that can wait for room, and has nothing else to hand in meanwhile. */
  static Source patient() {
    return new Source() {
      @Override
      public void hold() {}

      @Override
      public void release() {}
    };
  }

  /** Hand in nothing more, as far as that can be helped, until {@link #release()}. */
  void hold();

  /** Everything that was held has been carried out, or refused. */
  void release();
}
