package io.ppmq.store;

import io.ppmq.message.Bytes;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The newest version of the message of one key in a topic with dedupe, and the places where it
 * waits.
 *
 * <p>The payload is stored once, here; the logs hold only places. A newer version takes the older
 * one's space at once, whatever the positions of the subscribers. Nearly always all subscribers
 * share one place; a subscriber whose place differs (it was sent an older version, or kept a better
 * place) is an exception to it.
 *
 * <pre>
 *  form 1:  u8 1 | varint version | varint priority | varint publishedAtMillis
 *           | u8 1 if it may expire, else 0 | expires
 *           | common place | varint n | n × (varint bytes, subscriber name, place)
 *           | payload (the rest)
 *  form 2:  u8 2 | origin ({@link OriginForm}) | as form 1 from version on
 *  form 3:  u8 3 | u8 0, or u8 1 | origin | i64 ageEndMillis | as form 1 from version on
 *  expires: u8 0, or u8 1 | i64 epoch seconds | varint nanoseconds
 *  place:   varint priority | varint id
 * </pre>
 *
 * @param key the producer's key
 * @param version the id this version was given when it was published; newer versions have higher
 * @param priority the priority this version was published with
 * @param publishedAtMillis the time at which this version was published
 * @param expires its expiry as its producer wrote it; null for never
 * @param mayExpire whether the store lists it as expiring then; false if the topic ignored {@code
 *     expires} when it was published
 * @param payload the JSON text of the payload
 * @param common its place for every subscriber that is not an exception
 * @param exceptions places by subscriber name
 * @param origin its origin; null if it came directly from a producer, or was written by an older
 *     ppMQ that did not note the origin
 * @param ageEndMillis its end by age, in milliseconds since the epoch, if its producer wrote no
 *     expiry; {@link Entry#NEVER} for never
 */
public record KeyedMessage(
    Bytes key,
    long version,
    int priority,
    long publishedAtMillis,
    @Nullable Instant expires,
    boolean mayExpire,
    Bytes payload,
    Place common,
    SortedMap<String, Place> exceptions,
    @Nullable Origin origin,
    long ageEndMillis) {

  private static final int FORM = 3;
  private static final int FORM_WITHOUT_AGE = 2;
  private static final int FORM_WITHOUT_ORIGIN = 1;

  /** A message without an end by age. */
  public KeyedMessage(
      Bytes key,
      long version,
      int priority,
      long publishedAtMillis,
      @Nullable Instant expires,
      boolean mayExpire,
      Bytes payload,
      Place common,
      SortedMap<String, Place> exceptions,
      @Nullable Origin origin) {
    this(
        key,
        version,
        priority,
        publishedAtMillis,
        expires,
        mayExpire,
        payload,
        common,
        exceptions,
        origin,
        Entry.NEVER);
  }

  /** A message that comes directly from a producer. */
  public KeyedMessage(
      Bytes key,
      long version,
      int priority,
      long publishedAtMillis,
      @Nullable Instant expires,
      boolean mayExpire,
      Bytes payload,
      Place common,
      SortedMap<String, Place> exceptions) {
    this(
        key,
        version,
        priority,
        publishedAtMillis,
        expires,
        mayExpire,
        payload,
        common,
        exceptions,
        null);
  }

  /** The place where this message waits, or waited, for a subscriber. */
  public Place placeOf(String subscriber) {
    return exceptions.getOrDefault(subscriber, common);
  }

  /**
   * The moment at which this version is listed to expire, in milliseconds since the epoch; {@link
   * Entry#NEVER} if it is not listed.
   */
  public long expiresAtMillis() {
    return mayExpire ? endMillis() : Entry.NEVER;
  }

  /**
   * Its end, in milliseconds since the epoch: the producer's expiry, or else its end by age; {@link
   * Entry#NEVER} for never.
   */
  public long endMillis() {
    return expires == null ? ageEndMillis : Entry.millisOf(expires);
  }

  /** Whether the broker noted it as a dead letter. */
  public boolean isDeadLetter() {
    return origin instanceof Origin.Buried;
  }

  /** Whether a producer gave it its key, not the broker. */
  public boolean hasProducersKey() {
    return origin == null || (origin instanceof Origin.Requeued requeued && requeued.version() > 0);
  }

  /** Its version of the producer's key, by the time of its first publication. */
  public long firstVersion() {
    return origin instanceof Origin.Requeued requeued && requeued.version() > 0
        ? requeued.version()
        : version;
  }

  /** The same version with another place for one subscriber. */
  public KeyedMessage withPlace(String subscriber, Place place) {
    SortedMap<String, Place> changed = new TreeMap<>(exceptions);
    changed.put(subscriber, place);
    return new KeyedMessage(
        key,
        version,
        priority,
        publishedAtMillis,
        expires,
        mayExpire,
        payload,
        common,
        changed,
        origin,
        ageEndMillis);
  }

  /** A copy with bytes of its own, which can outlive the buffer that it was read from. */
  public KeyedMessage copy() {
    return new KeyedMessage(
        key.copy(),
        version,
        priority,
        publishedAtMillis,
        expires,
        mayExpire,
        payload.copy(),
        common,
        exceptions,
        origin,
        ageEndMillis);
  }

  /** The stored form, without the key. */
  public byte[] toBytes() {
    ByteWriter out = new ByteWriter(64 + payload.length());
    head(out);
    out.varint(version);
    out.varint(priority);
    out.varint(publishedAtMillis);
    out.u8(mayExpire ? 1 : 0);
    out.expires(expires);
    place(out, common);
    out.varint(exceptions.size());
    for (Map.Entry<String, Place> exception : exceptions.entrySet()) {
      out.sized(Bytes.utf8(exception.getKey()));
      place(out, exception.getValue());
    }
    out.bytes(payload);
    return out.toByteArray();
  }

  private void head(ByteWriter out) {
    if (ageEndMillis != Entry.NEVER) {
      out.u8(FORM);
      out.u8(origin == null ? 0 : 1);
    } else {
      out.u8(origin == null ? FORM_WITHOUT_ORIGIN : FORM_WITHOUT_AGE);
    }
    if (origin != null) {
      OriginForm.write(out, origin);
    }
    if (ageEndMillis != Entry.NEVER) {
      out.i64(ageEndMillis);
    }
  }

  /**
   * Reads the stored form.
   *
   * @throws StoreException when the bytes do not have this form
   */
  public static KeyedMessage of(Bytes key, byte[] stored) {
    ByteReader in = new ByteReader(stored, "a keyed message");
    int form = in.form(FORM_WITHOUT_ORIGIN, FORM);
    boolean hasOrigin = form == FORM_WITHOUT_AGE || (form == FORM && in.u8() == 1);
    Origin origin = hasOrigin ? OriginForm.read(in) : null;
    long ageEndMillis = form == FORM ? in.i64() : Entry.NEVER;
    long version = in.varint();
    int priority = in.varint32();
    long publishedAtMillis = in.varint();
    boolean mayExpire = in.u8() == 1;
    Instant expires = in.expires();
    Place common = place(in);
    int count = in.varint32();
    SortedMap<String, Place> exceptions =
        count == 0 ? Collections.emptySortedMap() : new TreeMap<>();
    for (int n = count; n > 0; n--) {
      exceptions.put(in.sized().text(), place(in));
    }
    Bytes payload = in.rest();
    if (origin instanceof Origin.Buried buried && buried.payloadAt() >= payload.length()) {
      throw in.damaged("a dead letter without the message that died");
    }
    return new KeyedMessage(
        key,
        version,
        priority,
        publishedAtMillis,
        expires,
        mayExpire,
        payload,
        common,
        exceptions,
        origin,
        ageEndMillis);
  }

  private static void place(ByteWriter out, Place place) {
    out.varint(place.priority());
    out.varint(place.id());
  }

  private static Place place(ByteReader in) {
    return new Place(in.varint32(), in.varint());
  }
}
