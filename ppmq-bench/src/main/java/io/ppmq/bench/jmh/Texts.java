package io.ppmq.bench.jmh;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.load.Payload;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The input of all benchmarks. */
final class Texts {
  static final int MESSAGES = 50;
  static final int PAYLOAD_BYTES = 100;

  private static final Payload PAYLOAD = new Payload(PAYLOAD_BYTES);

  private Texts() {}

  /** A payload as JSON text. */
  static String payload(int number) {
    byte[] bytes = new byte[PAYLOAD_BYTES];
    PAYLOAD.write(bytes, 0, number, number);
    return '"' + new String(bytes, UTF_8) + '"';
  }

  static List<Message> messages() {
    return IntStream.range(0, MESSAGES)
        .mapToObj(i -> new Message(null, Bytes.utf8(payload(i)), null, 0))
        .toList();
  }

  static List<Delivery> deliveries() {
    return IntStream.range(0, MESSAGES)
        .mapToObj(i -> new Delivery(Bytes.utf8(key(i)), Bytes.utf8(payload(i)), null, 0, 1))
        .toList();
  }

  static byte[] publish() {
    return IntStream.range(0, MESSAGES)
        .mapToObj(i -> "{\"Payload\":" + payload(i) + "}")
        .collect(Collectors.joining(",", "{\"Topic\":\"topic0\",\"Messages\":[", "]}\n"))
        .getBytes(UTF_8);
  }

  static byte[] acknowledgement() {
    return IntStream.range(0, MESSAGES)
        .mapToObj(i -> '"' + key(i) + '"')
        .collect(
            Collectors.joining(
                ",", "{\"Topic\":\"topic0\",\"Subscriber\":\"subscriber0\",\"Acks\":[", "]}\n"))
        .getBytes(UTF_8);
  }

  /** A key with the length of the broker's keys. */
  private static String key(int number) {
    return "1lg5tpo" + (1000 + number);
  }
}
