package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Rfc3339;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;

/**
 * Writes a batch in the form for its subscriber, into a buffer of any size, piece by piece: it
 * stops when the buffer is full, and continues at that byte in the next call. It copies payloads
 * from their arrays, and keeps only the present message of a batch.
 *
 * <pre>
 * {"topic":"t","subscriber":"s","messages":[          the opening, the same for every batch
 *   {"Key":"k","Payload":  p  ,"Expires":"…","Priority":1,"Attempt":2}  ,  …
 *   └───── head ────────┘     └──────────────── tail ────────────────┘
 * ]}⏎                                                 the ending
 * </pre>
 */
public final class BatchEncoder {
  private static final byte[] KEY = "{\"Key\":\"".getBytes(UTF_8);
  private static final byte[] NEXT_KEY = ",{\"Key\":\"".getBytes(UTF_8);
  private static final byte[] PAYLOAD = "\",\"Payload\":".getBytes(UTF_8);
  private static final byte[] EXPIRES = ",\"Expires\":\"".getBytes(UTF_8);
  private static final byte[] PRIORITY = ",\"Priority\":".getBytes(UTF_8);
  private static final byte[] ATTEMPT = ",\"Attempt\":".getBytes(UTF_8);
  private static final byte[] ENDING = "]}\n".getBytes(UTF_8);
  private static final int TAIL_BYTES_MAX =
      EXPIRES.length + Rfc3339.LENGTH_MAX + 1 + PRIORITY.length + ATTEMPT.length + 2 * 11 + 1;

  private enum Part {
    OPENING,
    HEAD,
    PAYLOAD,
    TAIL,
    ENDING
  }

  private final List<Delivery> batch;
  private int index;
  private Part part = Part.OPENING;

  /** The piece being written now: {@code piece} from {@code at} to {@code end}. */
  private byte[] piece;

  private int at;
  private int end;

  /** The buffer for heads and tails. */
  private byte[] scratch = new byte[256];

  private int scratchLength;

  /**
   * An encoder before the first byte.
   *
   * @param opening the result of {@link #opening} for the topic and the subscriber
   */
  public BatchEncoder(Bytes opening, List<Delivery> batch) {
    this.batch = batch;
    this.piece = opening.array();
    this.at = opening.offset();
    this.end = opening.offset() + opening.length();
  }

  /** The bytes that open every batch of a topic for a subscriber; made once and reused. */
  public static Bytes opening(String topic, String subscriber) {
    String fields = JsonText.quoted(topic) + ",\"subscriber\":" + JsonText.quoted(subscriber);
    return Bytes.utf8("{\"topic\":" + fields + ",\"messages\":[");
  }

  /**
   * Writes as much of the batch as fits into {@code out}.
   *
   * @return whether all of it has been written
   */
  public boolean encode(ByteBuffer out) {
    while (true) {
      int length = Math.min(end - at, out.remaining());
      out.put(piece, at, length);
      at += length;
      if (at < end) {
        return false;
      }
      if (part == Part.ENDING) {
        return true;
      }
      nextPart();
    }
  }

  private void nextPart() {
    switch (part) {
      case OPENING -> messageOrEnding();
      case HEAD -> {
        Bytes payload = batch.get(index).payload();
        become(Part.PAYLOAD, payload.array(), payload.offset(), payload.length());
      }
      case PAYLOAD -> tail(batch.get(index));
      case TAIL -> {
        index++;
        messageOrEnding();
      }
      case ENDING -> throw new IllegalStateException("the batch has been written");
    }
  }

  private void become(Part next, byte[] array, int from, int length) {
    part = next;
    piece = array;
    at = from;
    end = from + length;
  }

  private void messageOrEnding() {
    if (index == batch.size()) {
      become(Part.ENDING, ENDING, 0, ENDING.length);
    } else {
      head(batch.get(index).key());
    }
  }

  private void head(Bytes key) {
    byte[] start = index == 0 ? KEY : NEXT_KEY;
    clear(start.length + JsonText.ESCAPED_BYTES_MAX * key.length() + PAYLOAD.length);
    add(start);
    scratchLength = JsonText.escape(key, scratch, scratchLength);
    add(PAYLOAD);
    become(Part.HEAD, scratch, 0, scratchLength);
  }

  private void tail(Delivery delivery) {
    clear(TAIL_BYTES_MAX);
    Instant expires = delivery.expires();
    if (expires != null) {
      add(EXPIRES);
      scratchLength = Rfc3339.write(expires, scratch, scratchLength);
      scratch[scratchLength++] = '"';
    }
    if (delivery.priority() > 0) {
      add(PRIORITY);
      add(Integer.toString(delivery.priority()).getBytes(UTF_8));
    }
    if (delivery.attempt() > 1) {
      add(ATTEMPT);
      add(Integer.toString(delivery.attempt()).getBytes(UTF_8));
    }
    scratch[scratchLength++] = '}';
    become(Part.TAIL, scratch, 0, scratchLength);
  }

  private void clear(int bytesNeeded) {
    scratchLength = 0;
    if (bytesNeeded > scratch.length) {
      scratch = new byte[bytesNeeded];
    }
  }

  private void add(byte[] bytes) {
    System.arraycopy(bytes, 0, scratch, scratchLength, bytes.length);
    scratchLength += bytes.length;
  }
}
