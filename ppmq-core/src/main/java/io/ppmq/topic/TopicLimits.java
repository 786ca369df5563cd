package io.ppmq.topic;

import org.jspecify.annotations.Nullable;

/**
 * The bounds on the retained messages of a topic, and on the deliveries of a message without
 * success.
 *
 * @param messagesMax the largest number of retained messages; 0 for no bound
 * @param bytesMax the largest number of retained bytes, of payloads and of producers' keys; 0 for
 *     no bound
 * @param whenFull the treatment of a publish that has no room
 * @param deliveriesMax the number of deliveries without an acknowledgement after which a message
 *     dies for that subscriber; 0 for no limit
 * @param deadLetter the topic for messages that die; null to drop them
 * @param ackRetryMaxMillis the acknowledgement time doubles with every delivery of a message, up to
 *     this; 0 if it stays the same
 * @param keepsDeadLetters whether another topic names this one as its {@code deadLetter}: then dead
 *     letters are stored even while it has no subscribers
 * @param nackedMax the number of nacked messages that may wait for one subscriber until they are
 *     due; at that number nothing new is sent to it. At least 1
 */
public record TopicLimits(
    long messagesMax,
    long bytesMax,
    WhenFull whenFull,
    int deliveriesMax,
    @Nullable String deadLetter,
    long ackRetryMaxMillis,
    boolean keepsDeadLetters,
    int nackedMax) {
  /** The {@code nackedMax} of every topic that users configure. */
  public static final int NACKED_MAX = 10_000;

  /**
   * The number of bytes of keys of nacked messages that may wait for one subscriber, which counts
   * where keys are longer than some 200 bytes: all are in memory, and saved with each commit.
   */
  public static final int NACKED_KEY_BYTES_MAX = 2 << 20;

  /**
   * The number of characters of reasons that are kept of the nacked messages that wait for one
   * subscriber: enough for hundreds of usual ones.
   */
  public static final int NACKED_REASON_CHARS_MAX = 16 << 10;

  /** No limits at all. */
  public static final TopicLimits NONE = new TopicLimits(0, 0, WhenFull.BLOCK, 0, null, 0, false);

  /** Checks the bounds that the types do not express. */
  public TopicLimits {
    if (nackedMax < 1) {
      throw new IllegalArgumentException("no room for nacked messages: " + nackedMax);
    }
    if (messagesMax < 0 || bytesMax < 0 || deliveriesMax < 0 || ackRetryMaxMillis < 0) {
      throw new IllegalArgumentException(
          "limits below 0: %d messages, %d bytes, %d deliveries, %d ms"
              .formatted(messagesMax, bytesMax, deliveriesMax, ackRetryMaxMillis));
    }
  }

  /** Limits with {@link #NACKED_MAX}. */
  public TopicLimits(
      long messagesMax,
      long bytesMax,
      WhenFull whenFull,
      int deliveriesMax,
      @Nullable String deadLetter,
      long ackRetryMaxMillis,
      boolean keepsDeadLetters) {
    this(
        messagesMax,
        bytesMax,
        whenFull,
        deliveriesMax,
        deadLetter,
        ackRetryMaxMillis,
        keepsDeadLetters,
        NACKED_MAX);
  }

  /** Whether there is a bound on the retained messages. */
  public boolean isBounded() {
    return messagesMax > 0 || bytesMax > 0;
  }

  /** The same limits for a topic that keeps dead letters. */
  public TopicLimits keepingDeadLetters() {
    return new TopicLimits(
        messagesMax,
        bytesMax,
        whenFull,
        deliveriesMax,
        deadLetter,
        ackRetryMaxMillis,
        true,
        nackedMax);
  }

  /** The bound, as it is written in the configuration: {@code MaxMessages 10, MaxBytes 65536}. */
  public String bound() {
    String messages = messagesMax > 0 ? "MaxMessages " + messagesMax : "";
    String bytes = bytesMax > 0 ? "MaxBytes " + bytesMax : "";
    return messages + (messages.isEmpty() || bytes.isEmpty() ? "" : ", ") + bytes;
  }
}
