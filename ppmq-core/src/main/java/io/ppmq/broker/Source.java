package io.ppmq.broker;

/**
 * Who hands in submissions, one after another. While what it publishes finds no room it is held
 * back, and so is what it publishes after that; everybody else goes on. Called on a thread of the
 * broker, which it must not block.
 */
public interface Source {
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
