package io.ppmq.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.HdrHistogram.Histogram;

/**
 * Reads a batch by its known shape and makes its acknowledgement.
 *
 * <pre>
 * {"topic":"t","subscriber":"s","messages":[{"Key":"k","Payload":"…","Priority":1}, …]}⏎
 * </pre>
 */
final class BatchReader {
  private static final byte[] COMMA = {','};
  private static final byte[] TOPIC_FIELD = "{\"Topic\":".getBytes(US_ASCII);
  private static final byte[] TOPIC = "{\"topic\":".getBytes(US_ASCII);
  private static final byte[] KEY = "{\"Key\":".getBytes(US_ASCII);
  private static final byte[] PAYLOAD = ",\"Payload\":\"".getBytes(US_ASCII);
  private static final byte[] CONFIRM = "],\"Confirm\":\"end\"}\n".getBytes(US_ASCII);
  private static final byte[] ENDING = "]}\n".getBytes(US_ASCII);

  private final byte[] subscriber;
  private final int openingBytes;
  private final int payloadBytes;
  private byte[] out = new byte[8 << 10];
  private int outLength;
  private int messages;
  private int ends;

  BatchReader(String subscriber, int payloadBytes) {
    this.subscriber = (",\"Subscriber\":\"" + subscriber + "\",\"Acks\":[").getBytes(UTF_8);
    this.openingBytes = (",\"subscriber\":\"" + subscriber + "\",\"messages\":[").length();
    this.payloadBytes = payloadBytes;
  }

  /** Reads a whole batch and notes the latencies of its messages. */
  void read(byte[] array, int from, int length, long nowNanos, Histogram latencies)
      throws IOException {
    messages = 0;
    ends = 0;
    outLength = 0;
    int at = expect(array, from, TOPIC);
    int topicEnd = quoteAfter(array, at + 1) + 1;
    put(TOPIC_FIELD, 0, TOPIC_FIELD.length);
    put(array, at, topicEnd);
    put(subscriber, 0, subscriber.length);
    at = topicEnd + openingBytes;
    int end = from + length;
    while (at < end && array[at] != ']') {
      at = message(array, at, nowNanos, latencies);
      if (array[at] == ',') {
        at++;
      }
    }
  }

  private int message(byte[] array, int from, long nowNanos, Histogram latencies)
      throws IOException {
    int at = expect(array, from, KEY);
    int keyEnd = quoteAfter(array, at + 1) + 1;
    if (messages + ends > 0) {
      put(COMMA, 0, 1);
    }
    put(array, at, keyEnd);
    at = expect(array, keyEnd, PAYLOAD);
    if (Payload.isEnd(array, at)) {
      ends++;
    } else {
      messages++;
      latencies.recordValue(Math.max(0, nowNanos - Payload.stampNanos(array, at)));
    }
    at += payloadBytes;
    while (array[at] != '}') {
      at++;
    }
    return at + 1;
  }

  private static int expect(byte[] array, int from, byte[] text) throws IOException {
    int to = from + text.length;
    if (to > array.length || !Arrays.equals(array, from, to, text, 0, text.length)) {
      throw new IOException("a batch of another shape than this load expects");
    }
    return to;
  }

  private static int quoteAfter(byte[] array, int from) {
    int at = from;
    while (array[at] != '"') {
      at++;
    }
    return at;
  }

  private void put(byte[] array, int from, int to) {
    int length = to - from;
    if (outLength + length + CONFIRM.length > out.length) {
      out = Arrays.copyOf(out, 2 * out.length + length);
    }
    System.arraycopy(array, from, out, outLength, length);
    outLength += length;
  }

  /** The number of messages in the batch, without those that end a run. */
  int messages() {
    return messages;
  }

  /** The number of messages in the batch that end a run. */
  int ends() {
    return ends;
  }

  /**
   * The acknowledgement of the batch, with Confirm if {@code confirm} is set. Once for each batch.
   */
  ByteBuffer acknowledgement(boolean confirm) {
    byte[] ending = confirm ? CONFIRM : ENDING;
    put(ending, 0, ending.length);
    return ByteBuffer.wrap(out, 0, outLength);
  }
}
