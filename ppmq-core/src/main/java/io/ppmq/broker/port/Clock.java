package io.ppmq.broker.port;

/** The two clocks a broker needs. Any thread may ask. */
public interface Clock {
  /** The time of day in milliseconds since the epoch, for expiry; it may jump. */
  long wallMillis();

  /** Nanoseconds from some moment on, for deadlines; never jumps. Compare only by subtraction. */
  long nanos();

  /** The machine's clocks. */
  static Clock system() {
    return new Clock() {
      @Override
      public long wallMillis() {
        return System.currentTimeMillis();
      }

      @Override
      public long nanos() {
        return System.nanoTime();
      }
    };
  }
}
