package io.ppmq.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ConfigTest {
  private static final Address SOCKET = Address.parse("/run/a.sock");
  private static final SubscriberConfig A = new SubscriberConfig("a", SOCKET, 50);

  @Test
  void configWithoutAFileIsCheckedToo() {
    refused(() -> config(5, 4, List.of(), List.of()), "maxValueBytes 4 is not between 5 and");
    refused(() -> config(0, 4, List.of(), List.of()), "maxMessageBytes 0 is not between 1 and");
    refused(() -> config(1, 1, List.of(A, A), List.of()), "two subscribers: \"a\"");
    refused(() -> config(1, 1, List.of(), List.of(topic("a"))), "unknown subscriber: \"a\"");
    refused(() -> config(1, 1, List.of(), List.of(topic(), topic())), "two topics: \"t\"");
  }

  @Test
  void subscribersAndTopicsWithoutAFileAreCheckedToo() {
    refused(() -> new SubscriberConfig("", SOCKET, 1), "name \"\" is empty");
    refused(() -> new SubscriberConfig("a", SOCKET, 0), "batchSize 0 is not between 1 and 1000000");
    refused(() -> topic("a", "a"), "a subscriber twice in one topic");
    refused(
        () -> new TopicConfig("t", List.of(), Duration.ofNanos(-1), false, 1, false),
        "ackRetry is negative");
    refused(
        () -> new TopicConfig("t", List.of(), Duration.ZERO, false, 1025, false),
        "priorities 1025 is not between 1 and 1024");
    refused(() -> Sync.every(Duration.ZERO), "interval is not above zero");
  }

  @Test
  void listsOfAConfigDoNotChangeAnyMore() {
    List<SubscriberConfig> subscribers = new ArrayList<>(List.of(A));
    Config config = config(1, 1, subscribers, List.of());
    subscribers.clear();
    assertThat(config.subscribers()).containsExactly(A);
  }

  @Test
  void valuesPrintAsAFileWouldSayThem() {
    assertThat(List.of(Sync.ALWAYS, Sync.NEVER, Sync.every(Duration.ofMillis(1500))))
        .hasToString("[always, never, 1.5s]");
    assertThat(List.of(DataPath.MEMORY, DataPath.parse("./mem"), SOCKET))
        .hasToString("[mem, ./mem, /run/a.sock]");
  }

  private static TopicConfig topic(String... subscribers) {
    return new TopicConfig("t", List.of(subscribers), Duration.ZERO, false, 1, false);
  }

  private static Config config(
      int maxMessageBytes,
      int maxValueBytes,
      List<SubscriberConfig> subscribers,
      List<TopicConfig> topics) {
    return new Config(
        Address.parse("/run/ppmq.sock"),
        null,
        DataPath.MEMORY,
        Sync.ALWAYS,
        maxMessageBytes,
        maxValueBytes,
        1,
        0,
        subscribers,
        topics);
  }

  private static void refused(ThrowingCallable call, String reason) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }
}
