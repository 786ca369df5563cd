package io.ppmq.store;

import io.ppmq.message.Bytes;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The origin of a keyed message that does not come directly from a producer. Only the broker writes
 * it, beside the message: no payload or key can imitate it.
 */
public sealed interface Origin {
  /**
   * A dead letter: the payload is a JSON object whose last field is the payload of the message that
   * died.
   *
   * @param topic the topic where it died
   * @param subscriber the subscriber for which it died
   * @param key the producer's key; null if the broker gave it one
   * @param version its version of that key; 0 without one
   * @param priority the priority it had
   * @param expires its expiry as its producer wrote it; null for never
   * @param payloadAt the position in the letter at which its payload begins; it ends one byte
   *     before the end
   * @param inner the dead letter that it was itself, if it was one
   */
  record Buried(
      String topic,
      String subscriber,
      @Nullable Bytes key,
      long version,
      int priority,
      @Nullable Instant expires,
      int payloadAt,
      @Nullable Buried inner)
      implements Origin {

    /** The payload of the message that died. */
    public Bytes payloadIn(Bytes letter) {
      return new Bytes(
          letter.array(), letter.offset() + payloadAt, letter.length() - payloadAt - 1);
    }
  }

  /**
   * The message of a dead letter that was requeued, for one subscriber only.
   *
   * @param version its version of the producer's key, by the time of its first publication; 0 if
   *     the key is the broker's
   */
  record Requeued(long version) implements Origin {}
}
