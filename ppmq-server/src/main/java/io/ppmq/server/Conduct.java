package io.ppmq.server;

/**
 * The behaviour of a peer, by the result of the last read of its connection: it decides how much is
 * read at once. For the listener's thread.
 */
final class Conduct {
  /**
   * How much is read at once while producers wait for room: the values that come then have to be
   * held.
   */
  static final int HOLDING_BYTES = 4 << 10;

  /** This many refusals in one read cannot be mistakes. */
  private static final int REFUSALS_MANY = 16;

  /** Values that are shorter than this, one after another, cannot carry anything useful. */
  private static final int VALUE_BYTES_FEW = 8;

  /**
   * How much is read at once from a connection that is mostly refused, or sends values without
   * content, which take time for each byte, and from one that is not known yet.
   */
  static final int SUSPECT_BYTES = 2 << 10;

  /** When no more comes at once, and with it the end of no value, it drips. */
  private static final int DRIP_BYTES_MAX = 256;

  private final Requests requests;
  private boolean suspect;
  private boolean drips;
  private long reads;
  private int refusalsBefore;
  private int valuesBefore;

  /** The conduct of a peer of which nothing is known yet. */
  Conduct(Requests requests) {
    this.requests = requests;
  }

  /** A read begins. */
  void begin() {
    refusalsBefore = requests.refusals();
    valuesBefore = requests.values();
  }

  /** The read has ended: {@code count} of the {@code asked} bytes have come. */
  void end(int asked, int count) {
    int values = requests.values() - valuesBefore;
    suspect =
        requests.refusals() - refusalsBefore >= REFUSALS_MANY || values > asked / VALUE_BYTES_FEW;
    drips = count < DRIP_BYTES_MAX && values == 0;
    if (count > 0) {
      reads++;
    }
  }

  /** How many reads have brought something. */
  long reads() {
    return reads;
  }

  /** Whether little is to be read at once. */
  boolean isSuspect() {
    return suspect || reads == 0;
  }

  /** Whether little has come, and the end of no value. */
  boolean drips() {
    return drips;
  }
}
