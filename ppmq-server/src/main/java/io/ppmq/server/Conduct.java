package io.ppmq.server;

/**
 * The behaviour of a peer, by the result of the last read of its connection: it decides how many
 * bytes are read at once. For the listener's thread.
 */
final class Conduct {
  /**
   * The bytes read at once while producers wait for room: values that arrive then have to be held.
   */
  static final int HOLDING_BYTES = 4 << 10;

  /** This many refusals in one read are no accident. */
  private static final int REFUSALS_MANY = 16;

  /** A series of shorter values has no useful content. */
  private static final int VALUE_BYTES_FEW = 8;

  /**
   * The bytes read at once from an unknown connection, and from one whose values are mostly refused
   * or have no content: these take time for each byte.
   */
  static final int SUSPECT_BYTES = 2 << 10;

  /** A connection drips if a read gives no more bytes than this and not the end of a value. */
  private static final int DRIP_BYTES_MAX = 256;

  private final Requests requests;
  private boolean suspect;
  private boolean drips;
  private long reads;
  private int refusalsBefore;
  private int valuesBefore;

  /** The conduct of an unknown peer. */
  Conduct(Requests requests) {
    this.requests = requests;
  }

  /** A read begins. */
  void begin() {
    refusalsBefore = requests.refusals();
    valuesBefore = requests.values();
  }

  /** The read has ended with {@code count} of the {@code asked} bytes. */
  void end(int asked, int count) {
    int values = requests.values() - valuesBefore;
    suspect =
        requests.refusals() - refusalsBefore >= REFUSALS_MANY || values > asked / VALUE_BYTES_FEW;
    drips = count < DRIP_BYTES_MAX && values == 0;
    if (count > 0) {
      reads++;
    }
  }

  /** The number of reads with a result. */
  long reads() {
    return reads;
  }

  /** Whether to read little at once. */
  boolean isSuspect() {
    return suspect || reads == 0;
  }

  /** Whether the last read gave little, and not the end of a value. */
  boolean drips() {
    return drips;
  }
}
