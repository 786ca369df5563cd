package io.ppmq.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.client.FakeBroker.Talk;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A subscriber in a program that can open no more files for a while. */
@Timeout(60)
class NoFilesLeftTest {
  private static final int FILES_MAX = 128;

  @TempDir Path directory;
  private Address own;
  private FakeBroker broker;
  private Process program;
  private BufferedReader said;

  @BeforeEach
  void start() throws IOException {
    own = Address.of(directory.resolve("mailer.sock").toString());
    broker = new FakeBroker(Address.of(directory.resolve("broker.sock").toString()));
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
    program.destroyForcibly();
  }

  private void startProgram(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("sh", "-c", "ulimit -n " + FILES_MAX + " && exec \"$0\" \"$@\""));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    command.add(HungryProgram.class.getName());
    command.add(directory.resolve("broker.sock").toString());
    command.addAll(List.of(arguments));
    program = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    said = new BufferedReader(new InputStreamReader(program.getInputStream(), UTF_8));
    assertThat(said.readLine()).isEqualTo("ready");
  }

  private void command(String word) throws IOException {
    program.getOutputStream().write((word + "\n").getBytes(UTF_8));
    program.getOutputStream().flush();
  }

  private static String batch(String key) {
    return ("{\"topic\":\"mails\",\"subscriber\":\"mailer\",\"messages\":"
            + "[{\"Key\":\"%s\",\"Payload\":\"p\"}]}\n")
        .formatted(key);
  }

  @Test
  void socketStillListensAfterwards() throws Exception {
    startProgram(own.text());
    try (Talk first = FakeBroker.connect(own)) {
      first.write(batch("k1"));
      assertThat(said.readLine()).isEqualTo("handled [k1]");
      try (Talk acknowledgements = broker.accept()) {
        assertThat(acknowledgements.confirm()).contains("\"Acks\":[\"k1\"]");
        command("take");
        assertThat(said.readLine()).isEqualTo("taken");
        try (Talk second = FakeBroker.connect(own)) {
          assertThat(said.readLine()).contains("Too many open files");
          Thread.sleep(500); // for more attempts, which are not reported
          first.write(batch("k2"));
          assertThat(said.readLine()).isEqualTo("handled [k2]");
          second.write(batch("k3"));
          command("free");
          assertThat(said.readLine()).isEqualTo("handled [k3]");
        }
      }
    }
  }

  @Test
  void workerConnectsAgainAfterwards() throws Exception {
    startProgram();
    try (Talk talk = broker.accept()) {
      assertThat(talk.confirm()).contains("SUBSCRIBE");
      talk.write(batch("k1"));
      assertThat(said.readLine()).isEqualTo("handled [k1]");
      assertThat(talk.confirm()).contains("\"Acks\":[\"k1\"]");
      command("take");
      assertThat(said.readLine()).isEqualTo("taken");
    }
    assertThat(said.readLine()).contains("not connected, trying again");
    Thread.sleep(500); // for attempts to connect, which cannot succeed
    command("free");
    try (Talk talk = broker.accept()) {
      assertThat(talk.confirm()).contains("SUBSCRIBE");
      talk.write(batch("k2"));
      assertThat(said.readLine()).isEqualTo("handled [k2]");
    }
  }
}
