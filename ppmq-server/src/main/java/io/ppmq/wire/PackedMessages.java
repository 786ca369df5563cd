package io.ppmq.wire;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import java.time.Instant;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Very many messages of a value, in a few bytes each: the positions of key and payload in the
 * value. A {@link Message} is made of them on access, so a value takes no more memory than about
 * twice its bytes, however short its messages are.
 *
 * <p>Iterate from the first to the last; {@link #get} walks through all messages before. After it
 * is passed on, nothing more is added, and any thread may read it.
 *
 * <pre>
 *  message: u8 flags | [key] | [payload] | [i64 epoch seconds | varint nanoseconds] | [varint priority]
 *           | [i64 milliseconds of its delay × 2 + 1 if they are counted from storing]
 *  key, payload: varint of where it begins, from where the one before it ends; or the bytes, when
 *           they are not those of the value; or nothing, for a payload that is kept aside
 *           | varint bytes
 * </pre>
 */
final class PackedMessages extends AbstractList<Message> {
  /** Up to this many messages are kept as objects, which takes less time. */
  static final int UNPACKED_MAX = 4096;

  private static final int KEY = 1;
  private static final int KEY_COPIED = 2;
  private static final int PAYLOAD = 4;
  private static final int PAYLOAD_COPIED = 8;
  private static final int PAYLOAD_ASIDE = 16;
  private static final int EXPIRES = 32;
  private static final int PRIORITY = 64;
  private static final int DELAY = 128;

  private static final int CHUNK_BYTES = 64 << 10;
  private static final int COPIED_BYTES_MAX = Message.KEY_BYTES_MAX;

  /** The most bytes of a message: two copies and all numbers. */
  private static final int MESSAGE_BYTES_MAX = 2 * COPIED_BYTES_MAX + 64;

  private final byte[] value;
  private final Bytes none;
  private final List<byte[]> chunks = new ArrayList<>();
  private final List<Bytes> aside = new ArrayList<>();
  private byte[] chunk = {};
  private int at;
  private int lastEnd;
  private int size;

  /**
   * No messages yet.
   *
   * @param value the array with most keys and payloads
   * @param none the payload of a message without one
   */
  PackedMessages(byte[] value, Bytes none) {
    this.value = value;
    this.none = none;
  }

  /** The list for the next message of a value: packed if there are many. */
  static List<Message> growing(List<Message> messages, byte[] value, Bytes none) {
    if (messages.size() != UNPACKED_MAX || messages instanceof PackedMessages) {
      return messages;
    }
    PackedMessages packed = new PackedMessages(value, none);
    packed.addAll(messages);
    return packed;
  }

  /** Messages with these keys and nothing else. */
  static PackedMessages ofKeys(List<Bytes> keys, byte[] value) {
    PackedMessages packed = new PackedMessages(value, Bytes.EMPTY);
    keys.forEach(packed::addKey);
    return packed;
  }

  /** Adds a message with a key and nothing else. */
  void addKey(Bytes key) {
    add(new Message(key, none, null, 0));
  }

  @Override
  public int size() {
    return size;
  }

  // ---- packing --------------------------------------------------------------------------------

  @Override
  public boolean add(Message message) {
    if (chunk.length - at < MESSAGE_BYTES_MAX) {
      chunk = new byte[CHUNK_BYTES];
      chunks.add(chunk);
      at = 0;
    }
    Bytes key = message.key();
    Bytes payload = message.payload();
    Instant expires = message.expires();
    int flags = key == null ? 0 : isInValue(key) ? KEY : KEY_COPIED;
    if (!payload.equals(none)) {
      flags |=
          isInValue(payload)
              ? PAYLOAD
              : payload.length() <= COPIED_BYTES_MAX ? PAYLOAD_COPIED : PAYLOAD_ASIDE;
    }
    flags |= expires == null ? 0 : EXPIRES;
    flags |= message.priority() == 0 ? 0 : PRIORITY;
    Delay delay = message.delay();
    flags |= delay == null ? 0 : DELAY;
    chunk[at++] = (byte) flags;
    if (key != null) {
      write(key, (flags & KEY) != 0);
    }
    if ((flags & PAYLOAD_ASIDE) != 0) {
      aside.add(payload);
    } else if ((flags & (PAYLOAD | PAYLOAD_COPIED)) != 0) {
      write(payload, (flags & PAYLOAD) != 0);
    }
    if (expires != null) {
      i64(expires.getEpochSecond());
      varint(expires.getNano());
    }
    if (message.priority() != 0) {
      varint(message.priority());
    }
    if (delay != null) {
      i64(delay.millis() << 1 | (delay.fromStoring() ? 1 : 0));
    }
    size++;
    return true;
  }

  private boolean isInValue(Bytes bytes) {
    return bytes.array() == value;
  }

  private void write(Bytes bytes, boolean inValue) {
    varint(bytes.length());
    if (inValue) {
      int step = bytes.offset() - lastEnd;
      varint((step << 1) ^ (step >> 31));
      lastEnd = bytes.offset() + bytes.length();
    } else {
      System.arraycopy(bytes.array(), bytes.offset(), chunk, at, bytes.length());
      at += bytes.length();
    }
  }

  private void i64(long number) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      chunk[at++] = (byte) (number >>> shift);
    }
  }

  private void varint(int number) {
    int rest = number;
    while ((rest & ~0x7F) != 0) {
      chunk[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    chunk[at++] = (byte) rest;
  }

  // ---- reading --------------------------------------------------------------------------------

  @Override
  public Message get(int index) {
    java.util.Objects.checkIndex(index, size);
    Iterator<Message> messages = iterator();
    for (int i = 0; i < index; i++) {
      messages.next();
    }
    return messages.next();
  }

  @Override
  public Iterator<Message> iterator() {
    return new Reader();
  }

  /** The keys of the messages, which must all have one. */
  List<Bytes> keys() {
    return new Keys();
  }

  final class Keys extends AbstractList<Bytes> {
    @Override
    public int size() {
      return size;
    }

    @Override
    public Bytes get(int index) {
      return key(PackedMessages.this.get(index));
    }

    @Override
    public Iterator<Bytes> iterator() {
      Iterator<Message> messages = PackedMessages.this.iterator();
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return messages.hasNext();
        }

        @Override
        public Bytes next() {
          return key(messages.next());
        }
      };
    }

    private Bytes key(Message message) {
      return java.util.Objects.requireNonNull(message.key());
    }
  }

  private final class Reader implements Iterator<Message> {
    private int read;
    private int chunkIndex = -1;
    private byte[] in = {};
    private int from;
    private int end;
    private int asideIndex;

    @Override
    public boolean hasNext() {
      return read < size;
    }

    @Override
    public Message next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      if (in.length - from < MESSAGE_BYTES_MAX) {
        in = chunks.get(++chunkIndex);
        from = 0;
      }
      read++;
      int flags = in[from++];
      Bytes key = (flags & (KEY | KEY_COPIED)) == 0 ? null : bytes((flags & KEY) != 0);
      Bytes payload = none;
      if ((flags & PAYLOAD_ASIDE) != 0) {
        payload = aside.get(asideIndex++);
      } else if ((flags & (PAYLOAD | PAYLOAD_COPIED)) != 0) {
        payload = bytes((flags & PAYLOAD) != 0);
      }
      Instant expires = (flags & EXPIRES) == 0 ? null : expires();
      int priority = (flags & PRIORITY) == 0 ? 0 : varint();
      return new Message(key, payload, expires, priority, (flags & DELAY) == 0 ? null : delay());
    }

    private Bytes bytes(boolean inValue) {
      int length = varint();
      Bytes bytes;
      if (inValue) {
        int step = varint();
        bytes = new Bytes(value, end + ((step >>> 1) ^ -(step & 1)), length);
        end = bytes.offset() + length;
      } else {
        bytes = new Bytes(in, from, length);
        from += length;
      }
      return bytes;
    }

    private @Nullable Instant expires() {
      return Instant.ofEpochSecond(i64(), varint());
    }

    private Delay delay() {
      long millis = i64();
      return new Delay((millis & 1) != 0, millis >> 1);
    }

    private long i64() {
      long number = 0;
      for (int i = 0; i < Long.BYTES; i++) {
        number = (number << 8) | (in[from++] & 0xFF);
      }
      return number;
    }

    private int varint() {
      int number = 0;
      for (int shift = 0; ; shift += 7) {
        int next = in[from++];
        number |= (next & 0x7F) << shift;
        if (next >= 0) {
          return number;
        }
      }
    }
  }
}
