package io.ppmq.cli;

import static java.io.OutputStream.nullOutputStream;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cli.output.LogFormat;
import io.ppmq.cli.output.Terminal;
import io.ppmq.cli.process.SignalStop;
import io.ppmq.cli.process.TemporaryDirectory;
import io.ppmq.cli.serve.ClusterRehearsal;
import io.ppmq.cli.serve.ProgramPages;
import io.ppmq.cli.serve.ServeCommand;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs the work of a broker's life once, quietly and within one JVM. The build makes the archive of
 * loaded classes from this run, so the archive holds the classes that a start needs. It should hold
 * no others, since all of it is in the broker's memory; so the other side of the sockets is written
 * here without any library. With the argument {@code cluster} the broker is one of several
 * machines. The exit status is 0 if everything worked.
 */
public final class Rehearsal {
  private static final int VALUES = 400;

  /** A cluster takes fewer messages: each waits for a commit of two machines. */
  private static final int VALUES_IN_CLUSTER = 50;

  private static final int KEYS = 9;

  private static final String CONFIG =
      """
      ServerSocket: %1$s/ppmq.socket
      DataPath: %1$s/data
      Subscribers:
        - Name: one
          Socket: %1$s/one.socket
      Topics:
        - Name: plain
          Subscribers: [one]
          Priorities: 3
          AckRetry: 1m
          Expire: true
        - {Name: keyed, Subscribers: [one], Dedupe: true}
      """;

  private final Path directory;
  private final ByteBuffer input = ByteBuffer.allocate(1 << 16);

  private Rehearsal(Path directory) {
    this.directory = directory;
  }

  /** Rehearses. Throws at the first failure, and so ends with status 1. */
  public static void main(String[] args) throws Exception {
    PrintStream stderr = System.err;
    try (TemporaryDirectory directory = new TemporaryDirectory("ppmq-rehearsal-")) {
      Rehearsal rehearsal = new Rehearsal(directory.path());
      if (args.length > 0) {
        rehearsal.playInCluster();
      } else {
        rehearsal.play();
      }
    } finally {
      System.setErr(stderr);
    }
  }

  private void play() throws Exception {
    serve(CONFIG.formatted(directory), () -> use(VALUES));
  }

  private void playInCluster() throws Exception {
    try (ClusterRehearsal others = new ClusterRehearsal(directory)) {
      serve(
          CONFIG.formatted(directory) + others.config(),
          () -> {
            others.begin(directory.resolve("ppmq.socket.admin"));
            use(VALUES_IN_CLUSTER);
            try (SocketChannel relayed = others.relayed()) {
              publish(relayed, 0);
            }
          });
    }
  }

  /** The work of the command without its output. */
  private void serve(String config, SignalStop.Action meanwhile) throws Exception {
    Path configFile = directory.resolve("ppmq.yaml");
    Files.writeString(configFile, config);
    Terminal terminal = Terminal.ofBroker(nullOutputStream(), nullOutputStream(), LogFormat.TEXT);
    new ServeCommand(terminal, configFile)
        .serve(
            () -> {
              ProgramPages.letGoOnce();
              meanwhile.run();
            });
  }

  private void use(int values) throws IOException {
    try (SocketChannel broker = SocketChannel.open(address("ppmq.socket"))) {
      for (int i = 0; i < values; i++) {
        publish(broker, i);
      }
      receive(broker, values);
      ask(broker, "{\"Subscriber\":\"one\",\"Command\":\"RECONNECT\"");
      ask(broker, "{\"Topic\":\"unknown\"");
      broker.write(UTF_8.encode("]"));
      if (broker.read(input.clear()) >= 0) {
        throw new IllegalStateException("what is not JSON was answered");
      }
    }
  }

  private void publish(SocketChannel broker, int i) throws IOException {
    String expires = i % 2 == 0 ? "" : ",\"Expires\":\"2999-01-02T03:04:05Z\"";
    String message = "{\"Payload\":\"é %d\",\"Priority\":%d%s}".formatted(i, i % 3, expires);
    ask(broker, "{\"Topic\":\"plain\",\"Messages\":[" + message + "]");
    ask(
        broker,
        "{\"Topic\":\"keyed\",\"Messages\":[{\"Key\":\"%d\",\"Payload\":{}}]".formatted(i % KEYS));
  }

  private void ask(SocketChannel broker, String value) throws IOException {
    broker.write(UTF_8.encode(value + ",\"Confirm\":\"?\"}\n"));
    if (!text(broker).startsWith("{\"confirm\":\"?\"")) {
      throw new IllegalStateException("not answered: " + value);
    }
  }

  /** Receives all messages and acknowledges them. */
  private void receive(SocketChannel broker, int values) throws IOException {
    try (ServerSocketChannel own = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      own.bind(address("one.socket"));
      try (SocketChannel batches = own.accept()) {
        StringBuilder received = new StringBuilder();
        int left = values + KEYS;
        while (left > 0) {
          received.append(text(batches));
          int end = received.indexOf("\n");
          while (end >= 0) {
            left -= acknowledge(broker, received.substring(0, end));
            received.delete(0, end + 1);
            end = received.indexOf("\n");
          }
        }
      }
    }
  }

  /** Acknowledges a batch, and returns its number of messages. */
  private int acknowledge(SocketChannel broker, String batch) throws IOException {
    String topic = batch.contains("\"topic\":\"plain\"") ? "plain" : "keyed";
    StringBuilder keys = new StringBuilder();
    String[] parts = batch.split("\"Key\":\"", -1);
    for (int i = 1; i < parts.length; i++) {
      keys.append(i == 1 ? "\"" : ",\"").append(parts[i], 0, parts[i].indexOf('"') + 1);
    }
    ask(broker, "{\"Topic\":\"%s\",\"Subscriber\":\"one\",\"Acks\":[%s]".formatted(topic, keys));
    return parts.length - 1;
  }

  private String text(SocketChannel channel) throws IOException {
    if (channel.read(input.clear()) < 0) {
      throw new IOException("the broker closed a connection");
    }
    return UTF_8.decode(input.flip()).toString();
  }

  private UnixDomainSocketAddress address(String name) {
    return UnixDomainSocketAddress.of(directory.resolve(name));
  }
}
