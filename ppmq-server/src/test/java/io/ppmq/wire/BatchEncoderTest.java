package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchEncoderTest {
  private static final Bytes OPENING = BatchEncoder.opening("t", "s");

  private static byte[] encoded(List<Delivery> batch, ByteBuffer out) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    BatchEncoder encoder = new BatchEncoder(OPENING, batch);
    boolean complete = false;
    while (!complete) {
      out.clear();
      complete = encoder.encode(out);
      assertThat(complete || !out.hasRemaining()).isTrue();
      out.flip();
      byte[] piece = new byte[out.remaining()];
      out.get(piece);
      all.writeBytes(piece);
    }
    return all.toByteArray();
  }

  private static Delivery delivery(String key, String payload) {
    return new Delivery(Bytes.utf8(key), Bytes.utf8(payload), null, 0, 1);
  }

  @Test
  void everyFieldHasItsPlace() {
    List<Delivery> batch =
        List.of(
            new Delivery(
                Bytes.utf8("k"), Bytes.utf8("[1]"), Instant.parse("2027-01-02T03:04:05.50Z"), 3, 4),
            delivery("l", "\"p\""));
    assertThat(new String(encoded(batch, ByteBuffer.allocate(1000)), UTF_8))
        .isEqualTo(
            "{\"topic\":\"t\",\"subscriber\":\"s\",\"messages\":[{\"Key\":\"k\",\"Payload\":[1],"
                + "\"Expires\":\"2027-01-02T03:04:05.5Z\",\"Priority\":3,\"Attempt\":4},"
                + "{\"Key\":\"l\",\"Payload\":\"p\"}]}\n");
  }

  @Test
  void longestTailFits() {
    Instant time = Instant.parse("2027-01-02T03:04:05.123456789Z");
    Delivery delivery =
        new Delivery(Bytes.EMPTY, Bytes.utf8("0"), time, Integer.MAX_VALUE, Integer.MAX_VALUE);
    assertThat(new String(encoded(List.of(delivery), ByteBuffer.allocate(1000)), UTF_8))
        .endsWith(
            "\"Expires\":\"2027-01-02T03:04:05.123456789Z\",\"Priority\":2147483647,"
                + "\"Attempt\":2147483647}]}\n");
  }

  @Test
  void bufferMayBeOfAnySize() {
    List<Delivery> batch =
        List.of(
            new Delivery(Bytes.utf8("a\u0001\"é"), Bytes.utf8("\"p\""), Instant.EPOCH, 1, 2),
            delivery("\u0001".repeat(300), "\"" + "x".repeat(500) + "\""),
            delivery("m", "{}"));
    byte[] whole = encoded(batch, ByteBuffer.allocateDirect(4096));
    for (int size = 1; size <= whole.length; size++) {
      assertThat(encoded(batch, ByteBuffer.allocateDirect(size)))
          .as("size %d", size)
          .isEqualTo(whole);
    }
  }

  @Test
  void largePayloadGoesThroughSmallBuffer() {
    String payload = "\"" + "x".repeat(4 << 20) + "\"";
    byte[] bytes = encoded(List.of(delivery("k", payload)), ByteBuffer.allocateDirect(64 * 1024));
    String start =
        "{\"topic\":\"t\",\"subscriber\":\"s\",\"messages\":[{\"Key\":\"k\",\"Payload\":";
    assertThat(new String(bytes, UTF_8).equals(start + payload + "}]}\n")).isTrue();
  }

  @Test
  void payloadWithinALargerArrayIsCutOutOfIt() {
    Bytes payload = new Bytes("..{}..".getBytes(UTF_8), 2, 2);
    Delivery delivery = new Delivery(new Bytes("xky".getBytes(UTF_8), 1, 1), payload, null, 0, 1);
    assertThat(new String(encoded(List.of(delivery), ByteBuffer.allocate(100)), UTF_8))
        .endsWith("[{\"Key\":\"k\",\"Payload\":{}}]}\n");
  }

  @Test
  void keysComeBackAsTheyWere() {
    StringBuilder key = new StringBuilder("a\"b\\\u00e9\u2028\ud83d\ude00<>&/");
    for (char c = 0; c < ' '; c++) {
      key.append(c);
    }
    key.append('\u007f');
    byte[] push = encoded(List.of(delivery(key.toString(), "1")), ByteBuffer.allocate(1000));
    Message back = Events.requestOf(new String(push, UTF_8)).messages().get(0);
    assertThat(back.key()).isEqualTo(Bytes.utf8(key.toString()));
  }

  @Test
  void namesAreEscaped() {
    assertThat(BatchEncoder.opening("a\"b", "c\\d").text())
        .isEqualTo("{\"topic\":\"a\\\"b\",\"subscriber\":\"c\\\\d\",\"messages\":[");
  }
}
