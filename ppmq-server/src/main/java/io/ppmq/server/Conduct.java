package io.ppmq.server;

/**
 * How a peer behaves, by what came of the last read of its connection: it decides how much of it is
 * read at once. For the listener's thread.
 */
final class Conduct {
  /** What is read at once while producers wait for room: what they send then has to be held. */
  static final int HOLDING_BYTES = 4 << 10;

  /** This many refusals in one read cannot be mistakes. */
  private static final int REFUSALS_MANY = 16;

  /** Values that are shorter than this, one after another, cannot carry anything useful. */
  private static final int VALUE_BYTES_FEW = 8;

  /**
   * What is read at once of a connection that does little but be refused, or sends values that say
   * nothing, which takes time for each byte, and of one that nothing is known of yet.
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
