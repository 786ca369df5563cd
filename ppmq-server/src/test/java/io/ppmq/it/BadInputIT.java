package io.ppmq.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong input: a clear error, and no loss. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputIT {
  private static final String USER = System.getProperty("user.name");

  private Site site;
  private Peer peer;

  @BeforeAll
  void start() throws Exception {
    Layout layout =
        new Layout()
            .topic("t")
            .topic("broken")
            .topic("cut")
            .topic("whole")
            .topicFor(List.of("elsewhere"), "other")
            .topic("priorities", "Priorities: 3")
            .topic("limits", "Dedupe: true")
            .topic("expires", "Expire: true");
    site = Site.started(Storage.DIRECTORY, layout);
  }

  @AfterAll
  void stop() throws Exception {
    if (site != null) {
      try {
        assertThat(site.broker().saidToTheEnd("s3cret")).isEmpty();
      } finally {
        site.close();
      }
    }
  }

  @BeforeEach
  void connect() throws Exception {
    peer = site.peer();
  }

  private void assertLogged(int linesBefore, String... parts) throws Exception {
    Await.until(
        "one line in the log with " + List.of(parts),
        () ->
            newLines(linesBefore).stream()
                .anyMatch(line -> Stream.of(parts).allMatch(line::contains)));
    assertThat(newLines(linesBefore)).hasSize(1);
  }

  private List<String> newLines(int linesBefore) {
    List<String> lines = site.broker().errors("refused from");
    return lines.subList(linesBefore, lines.size());
  }

  /** The number of refusals in the log, with those of earlier tests. */
  private int lines() throws Exception {
    String after = "nothing has changed";
    int reloads = site.broker().errors(after).size();
    site.broker().hangUp();
    Await.until("a line after all of them", () -> site.broker().errors(after).size() > reloads);
    return site.broker().errors("refused from").size();
  }

  // ---- not JSON, or cut off -------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "]",
        "1",
        "\"Topic\"",
        "{]",
        "{\"a\" 1}",
        "{\"a\":01}",
        "{'a':1}",
        "{\"a\":tru}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":1,}",
        "{a:1}",
        "{,}",
        "{\"a\":[1,]}"
      })
  void whatIsNoJsonClosesItsConnectionAfterAllBeforeItIsDone(String junk) throws Exception {
    Peer unharmed = site.peer();
    unharmed.confirmed("{\"Topic\":\"broken\"");
    int before = lines();
    String value =
        "{\"Topic\":\"broken\",\"Messages\":[{\"Payload\":\"before\"}],\"Confirm\":\"c\"}";
    peer.send(value + junk + value);
    assertThat(peer.line()).isEqualTo("{\"confirm\":\"c\"}\n");
    peer.assertEnded();
    assertLogged(before, USER, "at byte ");
    long offset = Long.parseLong(newLines(before).get(0).replaceAll(".*at byte (\\d+).*", "$1"));
    assertThat(offset).isBetween((long) value.length(), (long) value.length() + junk.length());
    unharmed.publish("broken", "after");
    try (SubscriberSocket subscriber = site.subscriber("broken")) {
      assertThat(subscriber.takeAll(2, site.peer())).containsExactly("before", "after");
    }
  }

  @Test
  void valueThatIsNoJsonIsRefusedByItsConfirm() throws Exception {
    peer.send("{\"Confirm\":\"c\",\"Topic\":nope}");
    assertThat(peer.line())
        .startsWith("{\"confirm\":\"c\",\"error\":\"")
        .endsWith("\"code\":\"malformed\"}\n");
    peer.assertEnded();
  }

  @Test
  void valueThatIsCutOffIsNotCarriedOut() throws Exception {
    int before = lines();
    String value = "{\"Topic\":\"cut\",\"Messages\":[{\"Payload\":\"1\"}]}";
    peer.send(value + value.substring(0, value.length() - 1));
    peer.endOutput();
    peer.assertEnded();
    assertLogged(before, USER, "at byte " + (2 * value.length() - 1));
    site.peer().publish("cut", "2");
    assertThat(site.subscriber("cut").takeAll(2, site.peer())).containsExactly("1", "2");
  }

  // ---- unknown names --------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"Topic\":\"nobody\",\"Messages\":[{\"Payload\":\"no\"}]",
        "{\"Topic\":\"Whole\",\"Messages\":[{\"Payload\":\"no\"}]",
        "{\"Messages\":[{\"Payload\":\"no\"}]",
        "{\"Topic\":\"\",\"Messages\":[{\"Payload\":\"no\"}]",
        "{\"Topic\":\"whole\",\"Messages\":[{\"Payload\":\"no\"}],\"Subscriber\":\"nobody\","
            + "\"Acks\":[\"a\"]",
        "{\"Topic\":\"whole\",\"Messages\":[{\"Payload\":\"no\"}],\"Subscriber\":\"elsewhere\","
            + "\"Acks\":[\"a\"]",
        "{\"Topic\":\"whole\",\"Messages\":[{\"Payload\":\"no\"}],\"Acks\":[\"a\"]",
        "{\"Topic\":\"whole\",\"Messages\":[{\"Payload\":\"no\"}],\"Subscriber\":\"whole\","
            + "\"Command\":\"DANCE\"",
        "{\"Topic\":\"whole\",\"Messages\":[{\"Payload\":\"no\"}],\"Command\":\"RECONNECT\"",
        "{\"Subscriber\":\"nobody\",\"Command\":\"RECONNECT\"",
        "{\"Subscriber\":\"nobody\"",
        "{\"Subscriber\":\"whole\",\"Topic\":\"other\",\"Command\":\"RECONNECT\"",
        "{\"Subscriber\":\"whole\",\"Acks\":[\"a\"]",
        "{\"Topic\":\"whole\",\"Messages\":[{\"Payload\":\"no\"},{\"Payload\":\"no\",\"Key\":7}]",
        "{\"Topic\":\"whole\",\"Messages\":[{\"Payload\":\"no\"},17]",
        "{\"Topic\":\"whole\",\"Messages\":{\"Payload\":\"no\"}",
        "{\"Topic\":\"whole\",\"Messages\":[{\"Payload\":\"no\",\"Priority\":\"high\"}]",
        "{\"Topic\":\"whole\",\"Messages\":[{\"Payload\":\"no\"}],\"Subscriber\":\"whole\","
            + "\"Acks\":\"a\"",
        "{\"Topic\":7,\"Messages\":[{\"Payload\":\"no\"}]"
      })
  void valueWithNamesThatAreNotThereIsRefusedWhole(String value) throws Exception {
    int before = lines();
    assertThat(peer.ask(value)).isNotEmpty();
    assertLogged(before, USER, "at byte ");
    // the connection stays open, and the value had no effect
    peer.publish("whole", "yes");
    try (SubscriberSocket subscriber = site.subscriber("whole")) {
      assertThat(subscriber.takeAll(1, peer)).containsExactly("yes");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unknown-topic | {'Topic':'nobody','Messages':[{'Payload':'no'}]",
        "unknown-topic | {'Topic':'nobody','Subscriber':'whole','Acks':['a']",
        "unknown-subscriber | {'Topic':'whole','Subscriber':'nobody','Acks':['a']",
        "unknown-subscriber | {'Subscriber':'nobody','Command':'RECONNECT'",
        "not-of-topic | {'Topic':'other','Subscriber':'whole','Acks':['a']",
        "not-of-topic | {'Topic':'other','Subscriber':'whole','Command':'RECONNECT'",
        "malformed | {'Subscriber':'whole','Command':'DANCE'",
        "malformed | {'Messages':[{'Payload':'no'}]",
        "malformed | {'Topic':'whole','Messages':[{'Key':7}]",
        "malformed | {'Topic':'whole','Messages':[{'Expires':'soon'}]",
      },
      quoteCharacter = '`')
  void refusalIsNamedByItsCode(String code, String value) throws Exception {
    assertThat(peer.refused(value.replace('\'', '"'))).isEqualTo(code);
  }

  @Test
  void whatIsTooLongIsNamedByItsCode() throws Exception {
    String name = "n".repeat(4097);
    assertThat(peer.refused("{\"Topic\":\"" + name + "\",\"Messages\":[{}]"))
        .isEqualTo("malformed");
    assertThat(peer.refused("{\"Topic\":\"t\",\"Messages\":[{\"Key\":\"" + name + "\"}]"))
        .isEqualTo("malformed");
    String payload = "p".repeat((4 << 20) + 1);
    assertThat(peer.refused("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"" + payload + "\"}]"))
        .isEqualTo("too-large");
    peer.send("{\"Confirm\":\"c\",\"x\":\"" + "y".repeat(16 << 20) + "\"}");
    assertThat(peer.line()).startsWith("{\"confirm\":\"c\"").endsWith("\"code\":\"too-large\"}\n");
  }

  // ---- priorities -----------------------------------------------------------------------------

  @Test
  void priorityOutOfRangeIsTakenAsTheNearestAndLoggedOnce() throws Exception {
    for (int priority : new int[] {7, 3, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 2}) {
      peer.publish("priorities", priority, "p" + priority);
    }
    Push push = site.subscriber("priorities").next();
    assertThat(push.payloads())
        .containsExactly("p-1", "p" + Integer.MIN_VALUE, "p7", "p3", "p" + Integer.MAX_VALUE, "p2");
    assertThat(push.messages().stream().map(Push.Received::priority))
        .containsExactly(0, 0, 2, 2, 2, 2);
    assertThat(site.broker().said("to topic priorities")).hasSize(1);
  }

  @Test
  void priorityBeyondAnyIntegerIsTakenAsTheNearestToo() throws Exception {
    peer.publish("t", Stream.of("{\"Payload\":\"1\",\"Priority\":123456789012345678901234567890}"));
    peer.publish("t", Stream.of("{\"Payload\":\"2\",\"Priority\":-99999999999}"));
    assertThat(site.subscriber("t").takeAll(2, peer)).containsExactly("1", "2");
  }

  // ---- limits ---------------------------------------------------------------------------------

  @Test
  void nestingOf64LevelsIsTakenAndDeeperIsRefused() throws Exception {
    // the value, Messages and the message are three levels
    peer.publish("limits", Stream.of("{\"Payload\":" + nested(61) + "}"));
    int before = lines();
    String value = "{\"Topic\":\"limits\",\"Messages\":[{\"Payload\":" + nested(62) + "}]";
    assertThat(peer.ask(value)).contains("64");
    assertLogged(before, USER, "64");
    assertThat(peer.ask("{\"x\":" + "[".repeat(10_000) + "]".repeat(10_000))).contains("64");
    peer.confirmed("{\"Topic\":\"limits\"");
    try (SubscriberSocket subscriber = site.subscriber("limits")) {
      assertThat(subscriber.takeAll(1, peer)).containsExactly(nested(61));
    }
  }

  private static String nested(int levels) {
    return "[".repeat(levels) + "]".repeat(levels);
  }

  @Test
  void keyOf4KibIsTakenAndLongerIsRefused() throws Exception {
    String key = "é".repeat(2048);
    peer.publishKeyed("limits", key, "1");
    int before = lines();
    assertThat(
            peer.ask(
                "{\"Topic\":\"limits\",\"Messages\":[{\"Key\":\"x%s\",\"Payload\":\"no\"}]"
                    .formatted(key)))
        .contains("4096");
    assertLogged(before, USER);
    try (SubscriberSocket subscriber = site.subscriber("limits")) {
      Push push = subscriber.next();
      assertThat(push.keys()).containsExactly(key);
      peer.acknowledge(push);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0080",
        "\u00c3(",
        "\u00c0\u0080",
        "\u00ed\u00a0\u0080",
        "\u00f5\u0080\u0080\u0080"
      })
  void brokenUtf8IsRefused(String bytes) throws Exception {
    int before = lines();
    String value = "{\"Topic\":\"limits\",\"Messages\":[{\"Payload\":\"a\"},{\"Payload\":\"";
    peer.send((value + bytes + "\"}],\"Confirm\":\"c\"}").getBytes(ISO_8859_1));
    assertThat(peer.line()).startsWith("{\"confirm\":\"c\",\"error\":\"").contains("UTF-8");
    assertLogged(before, USER, "UTF-8", "at byte " + value.length());
    peer.publish("limits", "yes");
    try (SubscriberSocket subscriber = site.subscriber("limits")) {
      assertThat(subscriber.takeAll(1, peer)).containsExactly("yes");
    }
  }

  @Test
  void brokenUtf8WithoutConfirmIsOnlyLogged() throws Exception {
    peer.send("{\"Topic\":\"limits\",\"Messages\":[{\"Payload\":\"".getBytes(UTF_8));
    peer.send((byte) 0xff).send("\"}]}");
    peer.endOutput();
    peer.assertEnded();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tomorrow",
        "2027-01-02",
        "2027-13-02T03:04:05Z",
        "2027-01-02T03:04:05",
        "2027-02-30T00:00:00Z",
        "2027-01-02T25:04:05Z",
        "1798859045"
      })
  void expiryThatIsNoTimeIsRefusedWhole(String expires) throws Exception {
    assertThat(
            peer.ask(
                "{\"Topic\":\"expires\",\"Messages\":[{\"Payload\":\"no\"},{\"Payload\":\"no\","
                    + "\"Expires\":\""
                    + expires
                    + "\"}]"))
        .isNotEmpty();
    peer.publish("expires", "yes");
    try (SubscriberSocket subscriber = site.subscriber("expires")) {
      assertThat(subscriber.takeAll(1, peer)).containsExactly("yes");
    }
  }

  /** The test reads the log after the broker has stopped. */
  @Test
  void payloadsAndKeysAreNeverLogged() throws Exception {
    List<String> values = new ArrayList<>();
    values.add("{\"Topic\":\"nobody\",\"Messages\":[{\"Key\":\"s3cret\",\"Payload\":\"s3cret\"}]");
    values.add("{\"Topic\":\"expires\",\"Messages\":[{\"Payload\":\"s3cret\",\"Expires\":\"x\"}]");
    values.add("{\"Confirm\":\"c\",\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"s3cret\"s3cret}]");
    for (String value : values) {
      Peer refused = site.peer();
      refused.send(value + ",\"Confirm\":\"c\"}");
      assertThat(refused.line()).contains("error").doesNotContain("s3cret");
    }
  }
}
