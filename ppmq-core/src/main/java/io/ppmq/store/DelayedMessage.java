package io.ppmq.store;

import io.ppmq.message.Bytes;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message whose moment has not come: it is not in a log or queue yet.
 *
 * <pre>
 *  form 1:  u8 1 | varint priority | varint storedAtMillis | expires | payload (the rest)
 *  expires: u8 0, or u8 1 | i64 epoch seconds | varint nanoseconds
 * </pre>
 *
 * @param atMillis its moment, in milliseconds since the epoch
 * @param id the id it was given when it was stored; it orders messages with the same moment by the
 *     time of storing. The message gets another id when it is queued
 * @param priority as it was published, 0 or above; the topic may have fewer when the moment comes
 * @param storedAtMillis when it was stored
 * @param expires its expiry as its producer wrote it; null for never
 * @param payload the JSON text of the payload
 */
public record DelayedMessage(
    long atMillis,
    long id,
    int priority,
    long storedAtMillis,
    @Nullable Instant expires,
    Bytes payload) {
  private static final int FORM = 1;

  /** The stored form, without moment and id. */
  public byte[] toBytes() {
    ByteWriter out = new ByteWriter(40 + payload.length());
    out.u8(FORM);
    out.varint(priority);
    out.varint(storedAtMillis);
    out.expires(expires);
    out.bytes(payload);
    return out.toByteArray();
  }

  /**
   * Reads the stored form.
   *
   * @throws StoreException when the bytes do not have this form
   */
  public static DelayedMessage of(long atMillis, long id, byte[] stored) {
    ByteReader in = new ByteReader(stored, "a delayed message");
    in.form(FORM);
    return new DelayedMessage(atMillis, id, in.varint32(), in.varint(), in.expires(), in.rest());
  }
}
