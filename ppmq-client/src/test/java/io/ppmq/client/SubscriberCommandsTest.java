package io.ppmq.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.client.FakeBroker.Talk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
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

  private static FutureTask<Void> start(Callable<Void> calls) {
    FutureTask<Void> task = new FutureTask<>(calls);
    new Thread(task).start();
    return task;
  }
}
