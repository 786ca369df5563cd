package io.ppmq.store;

import io.ppmq.message.Bytes;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where a message that is kept under a key comes from, if not straight from a producer. Only the
 * broker writes this, beside the message: nothing in a payload or a key can stand for it.
 */
public sealed interface Origin {
  /**
   * A dead letter: the payload is a JSON object whose last field is the payload of the message that
   * died.
   *
   * @param topic the topic where it died
   * @param subscriber the subscriber for which it died
   * @param key the key that its producer gave it; null where the broker gave it one
   * @param version which version of that key it was; 0 without one
   * @param priority the priority it had
   * @param expires when it expires as its producer wrote it; null for never
   * @param payloadAt where its payload begins in the letter; it ends one byte before the end
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
   * The message of a dead letter that was requeued, for one subscriber alone.
   *
   * @param version which version of its producer's key it is, by the time when it was published
   *     first; 0 where the key is the broker's
   */
  record Requeued(long version) implements Origin {}
}
