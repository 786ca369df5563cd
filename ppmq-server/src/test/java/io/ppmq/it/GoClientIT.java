package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client of the Go package sends the bytes that it always sent, and gets the same as before. */
class GoClientIT {
  private Site site;

  @AfterEach
  void stop() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  private static String sample(String name) throws Exception {
    try (InputStream in = GoClientIT.class.getResourceAsStream("/io/ppmq/wire/" + name)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  @ParameterizedTest
  @EnumSource(Storage.class)
  void goClientIsServedAsBefore(Storage storage) throws Exception {
    site =
        Site.started(
            storage,
            new Layout()
                .topicFor(
                    java.util.List.of("fw"),
                    "ips",
                    "AckRetry: 5m",
                    "Dedupe: true",
                    "Priorities: 2",
                    "Expire: true"));
    Peer go = site.peer();
    // so that Expires of the sample is always in the future
    go.send(sample("go-publish.json").replace("2027-01-02", "2127-01-02"));
    go.endOutput();
    go.assertEnded();

    SubscriberSocket subscriber = site.subscriber("fw");
    Push push = subscriber.next();
    String keyless = push.keys().get(2);
    String expected =
        "{\"Key\":\"%s\",\"Payload\":\"\\u003cb\\u003e R\\u0026D \\\"é\\\" \\u2028\","
                .formatted(keyless)
            + "\"Expires\":\"2127-01-02T01:04:05.6Z\",\"Priority\":1";
    assertThat(push.text())
        .isEqualTo(
            "{\"topic\":\"ips\",\"subscriber\":\"fw\",\"messages\":["
                + "{\"Key\":\"1.2.3.4\",\"Payload\":\"blocked\"},"
                + "{\"Key\":\"a\\\"b<\",\"Payload\":\"\"},"
                + expected
                + "}]}\n");

    Peer acks = site.peer();
    acks.send(sample("go-ack.json") + sample("go-command.json"));
    assertThat(subscriber.next().text())
        .isEqualTo(
            "{\"topic\":\"ips\",\"subscriber\":\"fw\",\"messages\":["
                + expected
                + ",\"Attempt\":2}]}\n");
    assertThat(acks.nothingCame()).isTrue();
  }
}
