package io.ppmq.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.topic.WhenFull;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The limits of a topic in a file. */
class LimitsConfigTest {
  private static final String HEAD =
      """
      ServerSocket: s
      DataPath: d
      Subscribers:
      - {Name: a, Socket: a, RedeliverOnClose: true}
      Topics:
      """;

  @Test
  void everyLimitIsRead() throws Exception {
    Config config =
        Texts.load(
                HEAD
                    + """
                    - Name: t
                      Subscribers: [a]
                      AckRetry: 1s
                      AckRetryMax: 1m
                      MaxMessages: 1000000
                      MaxBytes: 4GiB
                      WhenFull: drop-oldest
                      MaxDeliveries: 5
                      DeadLetter: dead
                      MaxAge: 72h
                    - Name: dead
                    """)
            .config();
    assertThat(config.topics().get(0).limits())
        .isEqualTo(
            new LimitsConfig(
                1_000_000,
                4L << 30,
                WhenFull.DROP_OLDEST,
                5,
                "dead",
                Duration.ofMinutes(1),
                Duration.ofDays(3)));
    assertThat(config.topics().get(0).expire()).as("which MaxAge turns on").isTrue();
    assertThat(config.topics().get(1).expire()).isFalse();
    assertThat(config.topics().get(1).limits()).isEqualTo(LimitsConfig.NONE);
    assertThat(config.subscribers().get(0).redeliverOnClose()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MaxMessages: -1|MaxMessages \"-1\" must be a whole number",
        "MaxMessages: many|MaxMessages \"many\" must be a whole number",
        "MaxBytes: 1KB|MaxBytes \"1KB\" must be a number of bytes",
        "WhenFull: never|WhenFull \"never\" must be block, reject or drop-oldest",
        "MaxDeliveries: -3|MaxDeliveries \"-3\" must be a whole number",
        "DeadLetter: nowhere|DeadLetter names the unknown topic \"nowhere\"",
        "DeadLetter: t|DeadLetter names the topic itself",
        "DeadLetter: u|DeadLetter \"u\" leads back to this topic, in a circle",
        "AckRetryMax: 1s|AckRetryMax needs an AckRetry to double",
        "MaxAge: long|MaxAge \"long\" is not a duration",
        "MaxAge: -1s|MaxAge \"-1s\" is negative",
      })
  void wrongLimitIsAnErrorWithItsLine(String line, String error) throws Exception {
    String text =
        HEAD
            + "- {Name: u, Subscribers: [a], MaxDeliveries: 1, DeadLetter: t}\n"
            + "- Name: t\n  Subscribers: [a]\n  "
            + line
            + "\n";
    List<String> errors = Texts.errors(text);
    assertThat(errors)
        .anySatisfy(
            found -> assertThat(found).startsWith("ppmq.yaml:9: Topics[1] \"t\": " + error));
  }

  @Test
  void ageBesideMessagesThatDoNotExpireIsAnError() throws Exception {
    String topic = HEAD + "- Name: t\n  Subscribers: [a]\n  MaxAge: 1h\n  Expire: ";
    assertThat(Texts.errors(topic + "false\n"))
        .containsExactly(
            "ppmq.yaml:8: Topics[0] \"t\": MaxAge makes messages expire, but Expire is false");
    assertThat(Texts.load(topic + "true\n").config().topics().get(0).expire()).isTrue();
  }

  @Test
  void limitWithoutEffectIsAWarning() throws Exception {
    String text =
        HEAD + "- {Name: t, Subscribers: [a], WhenFull: reject, DeadLetter: d}\n- {Name: d}\n";
    assertThat(Texts.warnings(text))
        .anyMatch(warning -> warning.contains("WhenFull has no effect"))
        .anyMatch(
            warning ->
                warning.contains("DeadLetter gets only messages nacked with RetryAfter never"));
  }
}
