package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes that clients of the Go package send and expect. */
class GoClientTest {
  private static final Limits LIMITS = new Limits(4 << 20, 16 << 20);

  private static byte[] sample(String name) throws IOException {
    try (InputStream in = GoClientTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  @Test
  void publishedMessagesAreRead() throws IOException {
    assertThat(Events.of(LIMITS, sample("go-publish.json")))
        .containsExactly(
            "request of 99 bytes: topic ips, messages [1.2.3.4=\"blocked\"/null/0],"
                + " subscriber null, acks [], command null, confirm null",
            "request of 213 bytes: topic ips, messages"
                + " [-=\"\\u003cb\\u003e R\\u0026D \\\"é\\\" \\u2028\"/2027-01-02T01:04:05.600Z/1,"
                + " a\"b<=\"\"/null/-1], subscriber null, acks [], command null, confirm null");
  }

  @Test
  void acknowledgementsAreRead() throws IOException {
    assertThat(Events.of(LIMITS, sample("go-ack.json")))
        .containsExactly(
            "request of 52 bytes: topic ips, messages [], subscriber fw, acks [1.2.3.4],"
                + " command null, confirm null",
            "request of 65 bytes: topic ips, messages [], subscriber fw, acks [1.2.3.5, a\"b<],"
                + " command null, confirm null");
  }

  @Test
  void commandIsRead() throws IOException {
    assertThat(Events.of(LIMITS, sample("go-command.json")))
        .containsExactly(
            "request of 41 bytes: topic null, messages [], subscriber fw, acks [],"
                + " command RECONNECT, confirm null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"go-publish.json", "go-ack.json", "go-command.json", "push.json"})
  void itDoesNotMatterWhereTheBytesAreSplit(String name) throws IOException {
    byte[] bytes = sample(name);
    List<String> whole = Events.of(LIMITS, bytes);
    assertThat(whole).isNotEmpty().allMatch(line -> line.startsWith("request"));
    for (int cut = 0; cut <= bytes.length; cut++) {
      assertThat(Events.of(LIMITS, bytes, cut)).as("cut at %d", cut).isEqualTo(whole);
    }
    int[] everywhere = IntStream.range(0, bytes.length).toArray();
    assertThat(Events.of(LIMITS, bytes, everywhere)).isEqualTo(whole);
  }

  @Test
  void batchIsWrittenAsSubscribersExpectIt() throws IOException {
    List<Delivery> batch =
        List.of(
            new Delivery(Bytes.utf8("1.2.3.4"), Bytes.utf8("\"blocked\""), null, 0, 1),
            new Delivery(
                Bytes.utf8("a\"b<"),
                Bytes.utf8("\"\\u003cb\\u003e R\\u0026D \\\"é\\\" \\u2028\""),
                Instant.parse("2027-01-02T01:04:05.6Z"),
                1,
                1),
            new Delivery(
                Bytes.utf8("17"),
                Bytes.utf8("{\"n\":[1,null]}"),
                Instant.parse("2027-01-02T03:04:05Z"),
                0,
                2));
    ByteBuffer out = ByteBuffer.allocate(1000);
    assertThat(new BatchEncoder(BatchEncoder.opening("ips", "fw"), batch).encode(out)).isTrue();
    assertThat(new String(out.array(), 0, out.position(), UTF_8))
        .isEqualTo(new String(sample("push.json"), UTF_8));
  }
}
