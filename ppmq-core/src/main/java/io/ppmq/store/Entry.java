package io.ppmq.store;

import io.ppmq.message.Bytes;
import java.time.Instant;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a log: a run of messages of one priority, packed, or the place of one keyed message.
 *
 * <p>All messages that one commit adds to a log are packed together, up to a size: one value to
 * write, one to read, and a few bytes of cost for each message. Their ids rise but need not be
 * consecutive, since one sequence serves all logs. Messages that expire are packed only with those
 * that expire at the same moment, so that an entry expires as a whole and its space is freed at
 * once. After the deletion of a message, an entry still names the ids of its first and last
 * message, even if they are gone.
 *
 * <pre>
 *  form 1:  u32 CRC-32C of all that follows
 *           | u8 1 | u8 kind: 0 messages, 1 place
 *           | varint firstId | varint lastId - firstId | varint count
 *           | varint firstOrdinal | varint publishedAtMillis | u8 0, or u8 1 | i64 expiresAtMillis
 *           | messages, or the key of the keyed message (the rest)
 *  message: varint id - id of the one before (firstId for the first)
 *           | varint payload bytes × 2 + 1 if it has expires
 *           | [i64 epoch seconds | varint nanoseconds] | payload
 * </pre>
 *
 * Immutable; {@link #messages()} gives each caller a reader of its own.
 */
public final class Entry {
  /** The moment of things that never expire, in milliseconds since the epoch. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final int FORM = 1;
  private static final int KIND_MESSAGES = 0;
  private static final int KIND_PLACE = 1;
  private static final int CHECKSUM_BYTES = 4;

  private final byte[] array;
  private final boolean place;
  private final long firstId;
  private final long lastId;
  private final int count;
  private final long firstOrdinal;
  private final long publishedAtMillis;
  private final long expiresAtMillis;
  private final int contentOffset;

  private Entry(byte[] array) {
    ByteReader in = new ByteReader(array, "a log entry");
    int checksum = in.i32();
    if (checksum != checksum(array)) {
      throw in.damaged("its checksum does not match");
    }
    in.form(FORM);
    this.array = array;
    this.place = in.u8() == KIND_PLACE;
    this.firstId = in.varint();
    this.lastId = firstId + in.varint();
    this.count = in.varint32();
    this.firstOrdinal = in.varint();
    this.publishedAtMillis = in.varint();
    this.expiresAtMillis = in.u8() == 0 ? NEVER : in.i64();
    this.contentOffset = in.at();
  }

  /**
   * Reads the stored form, and keeps the array.
   *
   * @throws StoreException when the bytes do not have this form or differ from the written ones
   */
  public static Entry of(byte[] stored) {
    return new Entry(stored);
  }

  /** The place of a keyed message, as an entry of its own. */
  public static Entry place(long id, long ordinal, long publishedAtMillis, Bytes key) {
    ByteWriter out = header(KIND_PLACE, id, id, 1, ordinal, publishedAtMillis, NEVER, key.length());
    out.bytes(key);
    return seal(out);
  }

  /** The stored form; must not be changed. */
  public byte[] toBytes() {
    return array;
  }

  /** The size of the stored form in bytes. */
  public int length() {
    return array.length;
  }

  /** Whether this is the place of a keyed message and holds no messages itself. */
  public boolean isPlace() {
    return place;
  }

  /** The key of the message that has this place. Only for a place. */
  public Bytes key() {
    return new Bytes(array, contentOffset, array.length - contentOffset);
  }

  /** The id of the first message it was given; an entry is named by it within its log. */
  public long firstId() {
    return firstId;
  }

  /** The id of the last message it was given. */
  public long lastId() {
    return lastId;
  }

  /** The number of messages; 1 for a place. */
  public int count() {
    return count;
  }

  /** The number of messages that the log had been given before the first of these. */
  public long firstOrdinal() {
    return firstOrdinal;
  }

  /** The time at which the messages were published, in milliseconds since the epoch. */
  public long publishedAtMillis() {
    return publishedAtMillis;
  }

  /** The expiry of the whole entry, in milliseconds since the epoch; {@link #NEVER} if never. */
  public long expiresAtMillis() {
    return expiresAtMillis;
  }

  /**
   * The same entry without one of its messages; null when it has no other. The ordinals of the
   * messages before that one are higher by 1, so that the last keeps its own. Only for an entry of
   * messages that holds the message.
   */
  public @Nullable Entry without(long id) {
    if (count == 1) {
      return null;
    }
    ByteWriter content = new ByteWriter(array.length);
    long before = firstId;
    for (Messages each = messages(); each.next(); ) {
      if (each.id() != id) {
        put(content, each.id() - before, each.payload(), each.expires());
        before = each.id();
      }
    }
    ByteWriter out =
        header(
            KIND_MESSAGES,
            firstId,
            lastId,
            count - 1,
            firstOrdinal + 1,
            publishedAtMillis,
            expiresAtMillis,
            content.length());
    content.writeTo(out);
    return seal(out);
  }

  /** A reader before the first message. Only for an entry of messages. */
  public Messages messages() {
    return new Messages(contentOffset);
  }

  /**
   * The first millisecond at which an item with this expiry has expired: the moment itself, or the
   * millisecond after it when it has a fraction.
   */
  public static long millisOf(@Nullable Instant expires) {
    if (expires == null) {
      return NEVER;
    }
    try {
      long millis = expires.toEpochMilli();
      return expires.equals(Instant.ofEpochMilli(millis)) ? millis : millis + 1;
    } catch (ArithmeticException tooFar) {
      return expires.getEpochSecond() < 0 ? 0 : NEVER;
    }
  }

  private static void put(
      ByteWriter content, long idAfterLast, Bytes payload, @Nullable Instant expires) {
    content.varint(idAfterLast);
    content.varint((long) payload.length() << 1 | (expires == null ? 0 : 1));
    if (expires != null) {
      content.i64(expires.getEpochSecond());
      content.varint(expires.getNano());
    }
    content.bytes(payload);
  }

  private static ByteWriter header(
      int kind,
      long firstId,
      long lastId,
      int count,
      long firstOrdinal,
      long publishedAtMillis,
      long expiresAtMillis,
      int contentBytes) {
    ByteWriter out = new ByteWriter(52 + contentBytes);
    out.i32(0); // the checksum, set by seal
    out.u8(FORM);
    out.u8(kind);
    out.varint(firstId);
    out.varint(lastId - firstId);
    out.varint(count);
    out.varint(firstOrdinal);
    out.varint(publishedAtMillis);
    if (expiresAtMillis == NEVER) {
      out.u8(0);
    } else {
      out.u8(1);
      out.i64(expiresAtMillis);
    }
    return out;
  }

  private static Entry seal(ByteWriter out) {
    byte[] array = out.toByteArray();
    int checksum = checksum(array);
    for (int i = 0; i < CHECKSUM_BYTES; i++) {
      array[i] = (byte) (checksum >>> (24 - 8 * i));
    }
    return new Entry(array);
  }

  private static int checksum(byte[] array) {
    CRC32C crc = new CRC32C();
    crc.update(array, CHECKSUM_BYTES, array.length - CHECKSUM_BYTES);
    return (int) crc.getValue();
  }

  /** Reads the messages of an entry one after another. */
  public final class Messages {
    private final ByteReader in;
    private long id = firstId;
    private int read;
    private Bytes payload = Bytes.EMPTY;
    private @Nullable Instant expires;

    private Messages(int at) {
      in = new ByteReader(array, at, "a log entry");
    }

    /** A reader that stands on the same message, and moves independently. */
    public Messages copy() {
      Messages copy = new Messages(in.at());
      copy.id = id;
      copy.read = read;
      copy.payload = payload;
      copy.expires = expires;
      return copy;
    }

    /** Goes to the next message; false when there is none. */
    public boolean next() {
      if (read == count) {
        return false;
      }
      read++;
      id += in.varint();
      long size = in.varint();
      expires = (size & 1) == 0 ? null : in.instant();
      payload = in.bytes((int) Math.min(size >>> 1, Integer.MAX_VALUE));
      return true;
    }

    /** The id of the message. */
    public long id() {
      return id;
    }

    /** The number of messages that the log had been given before this one. */
    public long ordinal() {
      return firstOrdinal + read - 1;
    }

    /** The JSON text of the message's payload, within the entry's bytes. */
    public Bytes payload() {
      return payload;
    }

    /** The expiry of the message as its producer wrote it; null when it does not expire. */
    public @Nullable Instant expires() {
      return expires;
    }

    /**
     * The end of the message, in milliseconds since the epoch: its producer's expiry, or else that
     * of the entry; {@link #NEVER} for never.
     */
    public long endMillis() {
      return expires == null ? expiresAtMillis : millisOf(expires);
    }
  }

  /** Packs messages into an entry. */
  public static final class Packer {
    private final long firstOrdinal;
    private final long publishedAtMillis;
    private final long expiresAtMillis;
    private final ByteWriter content;
    private long firstId;
    private long lastId;
    private int count;

    /**
     * An entry to be filled.
     *
     * @param firstOrdinal the number of messages that the log has been given so far
     * @param publishedAtMillis the time at which these messages are published
     * @param expiresAtMillis the expiry of all of them; {@link Entry#NEVER} if never
     * @param capacity the initial number of bytes
     */
    public Packer(long firstOrdinal, long publishedAtMillis, long expiresAtMillis, int capacity) {
      this.firstOrdinal = firstOrdinal;
      this.publishedAtMillis = publishedAtMillis;
      this.expiresAtMillis = expiresAtMillis;
      this.content = new ByteWriter(capacity);
    }

    /** Adds a message; its id is above those already in. */
    public void add(long id, Bytes payload, @Nullable Instant expires) {
      if (count == 0) {
        firstId = id;
        lastId = id;
      }
      put(content, id - lastId, payload, expires);
      lastId = id;
      count++;
    }

    /** The number of bytes added so far. */
    public int length() {
      return content.length();
    }

    /** The number of messages added so far. */
    public int count() {
      return count;
    }

    /** The expiry of all messages. */
    public long expiresAtMillis() {
      return expiresAtMillis;
    }

    /** The entry; at least one message was added. */
    public Entry pack() {
      ByteWriter out =
          header(
              KIND_MESSAGES,
              firstId,
              lastId,
              count,
              firstOrdinal,
              publishedAtMillis,
              expiresAtMillis,
              content.length());
      content.writeTo(out);
      return seal(out);
    }
  }
}
