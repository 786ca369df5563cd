package io.ppmq.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.ConsumeOptions;
import io.nats.client.ConsumerContext;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.ppmq.bench.Driver;
import io.ppmq.bench.Intake;
import io.ppmq.bench.Settings;
import io.ppmq.bench.WindowedProducer;
import io.ppmq.load.Received;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * NATS JetStream on files, with a stream that deletes acknowledged messages, through jnats. {@code
 * sync_interval} needs nats-server 2.10 or newer.
 */
public final class Nats implements Driver {
  static final String STREAM = "BENCH";
  static final String SUBJECT = "bench";
  static final String CONSUMER = "one";
  static final int BATCH = 50;

  // The defaults of the server and the client; a smaller number of messages out is slower.
  static final int ACK_PENDING_MAX = 1000;
  static final int FETCH = 500;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  static PeerServer start(Path directory, String syncInterval) throws Exception {
    return start(directory, syncInterval, "");
  }

  /**
   * Starts a server.
   *
   * @param more additional lines for its configuration
   */
  static PeerServer start(Path directory, String syncInterval, String more) throws Exception {
    String program = System.getProperty("nats.server", "nats-server");
    int port = PeerServer.freePort();
    Path config = directory.resolve("nats.conf");
    Files.writeString(
        config,
        """
        listen: "127.0.0.1:%d"
        jetstream { store_dir: "%s", sync_interval: %s }
        %s
        """
            .formatted(port, directory, syncInterval, more),
        UTF_8);
    String version = PeerServer.output(List.of(program, "--version"));
    return PeerServer.start(
        directory,
        port,
        List.of(program, "-c", config.toString()),
        version.replaceAll(".*v([0-9.]+).*", "$1"));
  }

  static Connection connect(Settings settings) throws Exception {
    return io.nats.client.Nats.connect(
        new Options.Builder().server("nats://127.0.0.1:" + settings.number("port")).build());
  }

  /** Creates the stream, unless another process already has. */
  private static void ensureStream(Connection connection, Settings settings) throws Exception {
    JetStreamManagement management = connection.jetStreamManagement();
    if (management.getStreamNames().contains(STREAM)) {
      return;
    }
    management.addStream(
        StreamConfiguration.builder()
            .name(STREAM)
            .subjects(SUBJECT)
            .storageType(StorageType.File)
            .replicas(Integer.parseInt(settings.values().getOrDefault("replicas", "1")))
            .retentionPolicy(RetentionPolicy.WorkQueue)
            .build());
  }

  @Override
  public DrivenProducer producer(Settings settings) throws Exception {
    Connection connection = connect(settings);
    ensureStream(connection, settings);
    return new WindowedProducer(
        new SubjectOutlet(connection, connection.jetStream()),
        settings.number("payload"),
        settings.number("batch"));
  }

  private record SubjectOutlet(Connection connection, JetStream stream)
      implements WindowedProducer.Outlet {
    @Override
    public void send(List<byte[]> payloads, WindowedProducer.Confirmed confirmed) {
      Countdown countdown = new Countdown(payloads.size(), confirmed);
      for (byte[] payload : payloads) {
        var unused =
            stream
                .publishAsync(SUBJECT, payload)
                .whenComplete((ack, failure) -> countdown.done(failure));
      }
    }

    @Override
    public void close() throws IOException {
      Nats.close(connection);
    }
  }

  @Override
  public DrivenSubscriber subscriber(Settings settings) throws Exception {
    ensureConsumer(settings, ACK_PENDING_MAX);
    Connection connection = connect(settings);
    ConsumerContext consumer = connection.getStreamContext(STREAM).getConsumerContext(CONSUMER);
    IterableConsumer messages = consumer.iterate(ConsumeOptions.builder().batchSize(FETCH).build());
    return new PullSubscriber(connection, messages);
  }

  /**
   * Creates the consumer that all workers pull from, or updates its bound.
   *
   * @param pendingMax the number of messages that may await their acknowledgement; -1 for no bound
   */
  static void ensureConsumer(Settings settings, long pendingMax) throws Exception {
    Connection connection = connect(settings);
    try {
      ensureStream(connection, settings);
      connection
          .jetStreamManagement()
          .addOrUpdateConsumer(
              STREAM,
              ConsumerConfiguration.builder()
                  .durable(CONSUMER)
                  .ackPolicy(AckPolicy.Explicit)
                  .maxAckPending(pendingMax)
                  .build());
    } finally {
      close(connection);
    }
  }

  private record PullSubscriber(Connection connection, IterableConsumer messages)
      implements DrivenSubscriber {
    @Override
    public Received receive(int ends) throws Exception {
      Intake intake = new Intake(ends);
      for (long i = 0; intake.isOpen(); i++) {
        Message message = messages.nextMessage(PATIENCE);
        if (message == null) {
          continue;
        }
        if (i % BATCH == 0) {
          intake.batch();
        }
        intake.message(message.getData());
        if (intake.isOpen()) {
          message.ack();
        } else {
          message.ackSync(PATIENCE);
        }
      }
      return intake.received();
    }

    @Override
    public void close() throws IOException {
      messages.stop();
      Nats.close(connection);
    }
  }

  static void close(Connection connection) throws IOException {
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while closing");
    }
  }
}
