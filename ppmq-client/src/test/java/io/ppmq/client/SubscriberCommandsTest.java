package io.ppmq.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.client.FakeBroker.Talk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SubscriberCommandsTest {
  @TempDir Path directory;

  @Test
  void commandsReturnWhenConfirmed() throws Exception {
    Address address = Address.of(directory.resolve("broker.sock").toString());
    try (FakeBroker broker = new FakeBroker(address);
        SubscriberCommands commands = new SubscriberCommands(address, Duration.ofSeconds(20))) {
      FutureTask<Void> all =
          start(
              () -> {
                commands.acknowledge("t", "s", List.of("k1", "k2"));
                commands.reconnect("s", null);
                commands.reconnect("s", "t");
                return null;
              });
      try (Talk talk = broker.accept()) {
        assertThat(Talk.fields(talk.confirm()))
            .isEqualTo("{\"Topic\":\"t\",\"Subscriber\":\"s\",\"Acks\":[\"k1\",\"k2\"]}");
        assertThat(Talk.fields(talk.confirm()))
            .isEqualTo("{\"Subscriber\":\"s\",\"Command\":\"RECONNECT\"}");
        assertThat(Talk.fields(talk.confirm()))
            .isEqualTo("{\"Topic\":\"t\",\"Subscriber\":\"s\",\"Command\":\"RECONNECT\"}");
        all.get();
      }
    }
    Threads.assertNoneLeft();
  }

  @Test
  void messagesAreNackedAndExtended() throws Exception {
    Address address = Address.of(directory.resolve("broker.sock").toString());
    Nack later = new Nack(RetryAfter.of(Duration.ofMinutes(10)), "no \"route\"\nto host");
    try (FakeBroker broker = new FakeBroker(address);
        SubscriberCommands commands = new SubscriberCommands(address, Duration.ofSeconds(20))) {
      FutureTask<List<String>> all =
          start(
              () -> {
                commands.nack("t", "s", List.of("k1", "k2"), later);
                commands.nack("t", "s", List.of("k3"), new Nack(RetryAfter.NEVER, ""));
                commands.nack("t", "s", List.of("k4"), new Nack(RetryAfter.USUAL, "why"));
                return commands.extend("t", "s", List.of("k5", "k6"));
              });
      try (Talk talk = broker.accept()) {
        String of = "{\"Topic\":\"t\",\"Subscriber\":\"s\",";
        assertThat(Talk.fields(talk.confirm()))
            .isEqualTo(
                of
                    + "\"Nacks\":[\"k1\",\"k2\"],\"RetryAfter\":\"600s\","
                    + "\"Reason\":\"no \\\"route\\\" to host\"}");
        assertThat(Talk.fields(talk.confirm()))
            .isEqualTo(of + "\"Nacks\":[\"k3\"],\"RetryAfter\":\"never\"}");
        assertThat(Talk.fields(talk.confirm()))
            .isEqualTo(of + "\"Nacks\":[\"k4\"],\"Reason\":\"why\"}");
        String extend = talk.read();
        assertThat(Talk.fields(extend)).isEqualTo(of + "\"Extend\":[\"k5\",\"k6\"]}");
        talk.write("{\"confirm\":\"" + Talk.id(extend) + "\",\"gone\":[\"k6\"]}\n");
        assertThat(all.get()).containsExactly("k6");
      }
    }
  }

  private static List<String> keys(int count, String name) {
    return IntStream.range(0, count).mapToObj(i -> name + i).toList();
  }

  /** The broker takes 20,000 keys in a value, and 256 KiB of keys in Extend. */
  @Test
  void keysGoOutInValuesThatTheBrokerTakes() throws Exception {
    Address address = Address.of(directory.resolve("broker.sock").toString());
    List<String> longKeys = keys(100, "\u00e9".repeat(2_000));
    try (FakeBroker broker = new FakeBroker(address);
        SubscriberCommands commands = new SubscriberCommands(address, Duration.ofSeconds(20))) {
      FutureTask<List<String>> all =
          start(
              () -> {
                commands.nack("t", "s", keys(20_001, "k"), new Nack(RetryAfter.NEVER, ""));
                commands.extend("t", "s", keys(20_001, "k"));
                return commands.extend("t", "s", longKeys);
              });
      try (Talk talk = broker.accept()) {
        assertThat(talk.confirm()).contains("\"Nacks\":[\"k0\",").contains("\"k19999\"]");
        assertThat(talk.confirm()).contains("\"Nacks\":[\"k20000\"]");
        assertThat(talk.confirm()).contains("\"Extend\":[\"k0\",").contains("\"k19999\"]");
        assertThat(talk.confirm()).contains("\"Extend\":[\"k20000\"]");
        for (String key : List.of(longKeys.get(64), longKeys.get(99))) {
          String part = talk.read();
          assertThat(part).endsWith("\"" + key + "\"]}");
          String gone = "{\"confirm\":\"%s\",\"gone\":[\"%s\"]}\n";
          talk.write(gone.formatted(Talk.id(part), key));
        }
        assertThat(all.get()).containsExactly(longKeys.get(64), longKeys.get(99));
      }
    }
  }

  @Test
  void refusedCommandSaysWhy() throws Exception {
    Address address = Address.of(directory.resolve("broker.sock").toString());
    try (FakeBroker broker = new FakeBroker(address);
        SubscriberCommands commands = new SubscriberCommands(address, Duration.ofSeconds(20))) {
      FutureTask<Void> all =
          start(
              () -> {
                commands.reconnect("nobody", null);
                return null;
              });
      try (Talk talk = broker.accept()) {
        talk.write("{\"confirm\":\"" + Talk.id(talk.read()) + "\",\"error\":\"who?\"}\n");
        assertThatThrownBy(all::get)
            .hasRootCauseInstanceOf(Refused.class)
            .hasRootCauseMessage("who?");
      }
    }
  }

  private static <T> FutureTask<T> start(Callable<T> calls) {
    FutureTask<T> task = new FutureTask<>(calls);
    new Thread(task).start();
    return task;
  }
}
