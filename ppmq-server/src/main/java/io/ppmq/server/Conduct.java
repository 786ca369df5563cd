package io.ppmq.server;

import org.jspecify.annotations.Nullable;

/**
 * The behaviour of a peer, by the result of the last read of its connection: it decides how many
 * bytes are read at once. For the listener's thread.
 */
final class Conduct {
  /**
   * The bytes read at once while producers wait for room: values that arrive then have to be held.
   */
  private static final int HOLDING_BYTES = 4 << 10;

  /** This many refusals in one read are no accident. */
  private static final int REFUSALS_MANY = 16;

  /** A series of shorter values has no useful content. */
  private static final int VALUE_BYTES_FEW = 8;

  /**
   * The bytes read at once from an unknown connection, and from one whose values are mostly refused
   * or have no content: these take time for each byte.
   */
  private static final int SUSPECT_BYTES = 2 << 10;

  /** A connection drips if a read gives no more bytes than this and not the end of a value. */
  private static final int DRIP_BYTES_MAX = 256;

  private final Requests requests;
  private boolean suspect;
  private boolean drips;
  private long reads;
  private long readsSeen;
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

  /** Whether there was a read with a result since the last call. */
  boolean wasAtWorkAgain() {
    boolean again = reads != readsSeen;
    readsSeen = reads;
    return again;
  }

  /**
   * The most bytes to read at once.
   *
   * @param share that of its user; null while the user is unknown
   * @param answerRoom the room for its answers
   * @param holding whether producers wait for room
   */
  int bytesToRead(@Nullable UserShare share, long answerRoom, boolean holding) {
    if (suspect || reads == 0 || (share != null && share.log.isUsedUp())) {
      return SUSPECT_BYTES;
    }
    return holding ? HOLDING_BYTES : AnswerBudget.readBytesMax(answerRoom);
  }

  /** Whether the last read gave little, and not the end of a value. */
  boolean drips() {
    return drips;
  }
}
