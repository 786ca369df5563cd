package io.ppmq.compare;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.MessageProperties;
import io.ppmq.bench.Driver;
import io.ppmq.bench.Intake;
import io.ppmq.bench.Settings;
import io.ppmq.bench.WindowedProducer;
import io.ppmq.load.Payload;
import io.ppmq.load.Received;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * RabbitMQ with a durable queue, persistent messages and publisher confirms, through its own
 * client. The type of the queue decides when a confirm comes. A quorum queue syncs first, once for
 * all messages that arrived meanwhile; a classic queue of version 2 has only written the message.
 */
public final class RabbitMq implements Driver {
  static final String QUEUE = "bench";
  static final int BATCH = 50;
  private static final Path PROGRAM = Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server");

  private static final String QUORUM = "quorum";

  static PeerServer start(Path directory, boolean synced) throws Exception {
    return start(directory, directory, "bench@localhost", PeerServer.freePort(), synced);
  }

  /**
   * Starts a node.
   *
   * @param home holds the cookie with which nodes authenticate each other
   */
  static PeerServer start(Path directory, Path home, String node, int epmdPort, boolean synced)
      throws Exception {
    int port = PeerServer.freePort();
    Files.writeString(directory.resolve("plugins"), "[].\n");
    Map<String, String> environment =
        Map.ofEntries(
            Map.entry("HOME", home.toString()),
            Map.entry("ERL_EPMD_PORT", "" + epmdPort),
            Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
            Map.entry("RABBITMQ_NODENAME", node),
            Map.entry("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"),
            Map.entry("RABBITMQ_NODE_PORT", "" + port),
            Map.entry("RABBITMQ_DIST_PORT", "" + PeerServer.freePort()),
            Map.entry("RABBITMQ_MNESIA_BASE", directory.resolve("data").toString()),
            Map.entry("RABBITMQ_LOG_BASE", directory.resolve("log").toString()),
            Map.entry("RABBITMQ_PID_FILE", directory.resolve("pid").toString()),
            Map.entry("RABBITMQ_CONFIG_FILE", directory.resolve("rabbitmq").toString()),
            Map.entry("RABBITMQ_CONF_ENV_FILE", directory.resolve("none").toString()),
            Map.entry("RABBITMQ_ENABLED_PLUGINS_FILE", directory.resolve("plugins").toString()));
    return PeerServer.start(
            directory,
            port,
            environment,
            List.of(PROGRAM.toString()),
            version(),
            () -> PeerServer.output(List.of("epmd", "-port", "" + epmdPort, "-kill")))
        .telling("queue", synced ? QUORUM : "classic");
  }

  private static String version() throws Exception {
    return PeerServer.output(
        List.of("dpkg-query", "-W", "-f", "${source:Upstream-Version}", "rabbitmq-server"));
  }

  static Connection connect(Settings settings) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(settings.number("port"));
    Exception last = new IOException("never tried");
    for (int i = 0; i < 60; i++) {
      try {
        return factory.newConnection();
      } catch (IOException notYet) { // the port is open before clients are accepted
        last = notYet;
        Thread.sleep(500);
      }
    }
    throw last;
  }

  static Channel channel(Connection connection, Settings settings) throws IOException {
    Map<String, Object> arguments =
        settings.text("queue").equals(QUORUM)
            ? Map.of("x-queue-type", QUORUM)
            : Map.of("x-queue-version", 2);
    Channel channel = connection.createChannel();
    channel.queueDeclare(QUEUE, true, false, false, arguments);
    return channel;
  }

  @Override
  public DrivenProducer producer(Settings settings) throws Exception {
    Connection connection = connect(settings);
    return new WindowedProducer(
        new QueueOutlet(
            connection,
            channel(connection, settings),
            (to, payload) ->
                to.basicPublish("", QUEUE, MessageProperties.MINIMAL_PERSISTENT_BASIC, payload)),
        settings.number("payload"),
        settings.number("batch"));
  }

  /** Whether this message is the last of a run. */
  static boolean isEnd(Delivery delivery) {
    return Payload.isEnd(delivery.getBody(), 0);
  }

  /** Publishes one message. */
  interface Publishing {
    void publish(Channel to, byte[] payload) throws IOException;
  }

  static final class QueueOutlet implements WindowedProducer.Outlet {
    private final Connection connection;
    private final Channel channel;
    private final Publishing publishing;
    private final ConcurrentNavigableMap<Long, Countdown> outstanding =
        new ConcurrentSkipListMap<>();

    QueueOutlet(Connection connection, Channel channel, Publishing publishing) throws IOException {
      this.connection = connection;
      this.channel = channel;
      this.publishing = publishing;
      channel.confirmSelect();
      channel.addConfirmListener(
          (tag, multiple) -> done(tag, multiple, null),
          (tag, multiple) -> done(tag, multiple, new IOException("refused")));
    }

    private void done(long tag, boolean multiple, @Nullable Throwable failure) {
      ConcurrentNavigableMap<Long, Countdown> all =
          multiple ? outstanding.headMap(tag, true) : outstanding.subMap(tag, true, tag, true);
      for (Countdown countdown : all.values()) {
        countdown.done(failure);
      }
      all.clear();
    }

    @Override
    public void send(List<byte[]> payloads, WindowedProducer.Confirmed confirmed)
        throws IOException {
      Countdown countdown = new Countdown(payloads.size(), confirmed);
      for (byte[] payload : payloads) {
        outstanding.put(channel.getNextPublishSeqNo(), countdown);
        publishing.publish(channel, payload);
      }
    }

    @Override
    public void close() throws IOException {
      connection.close();
    }
  }

  @Override
  public DrivenSubscriber subscriber(Settings settings) throws Exception {
    Connection connection = connect(settings);
    return new QueueSubscriber(connection, channel(connection, settings));
  }

  private static final class QueueSubscriber implements DrivenSubscriber {
    private final Connection connection;
    private final Channel channel;
    private @Nullable Intake intake;
    private CountDownLatch ended = new CountDownLatch(1);
    private long messages;

    QueueSubscriber(Connection connection, Channel channel) throws IOException {
      this.connection = connection;
      this.channel = channel;
      channel.basicQos(2 * BATCH);
      channel.basicConsume(
          QUEUE,
          false,
          (tag, delivery) -> message(delivery.getBody(), delivery.getEnvelope().getDeliveryTag()),
          tag -> {});
    }

    private synchronized void message(byte[] body, long tag) throws IOException {
      try {
        while (intake == null) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      if (messages++ % BATCH == 0) {
        intake.batch();
      }
      intake.message(body);
      if (messages % BATCH == 0 || !intake.isOpen()) {
        channel.basicAck(tag, true);
      }
      if (!intake.isOpen()) {
        intake = null;
        messages = 0;
        ended.countDown();
      }
    }

    @Override
    public Received receive(int ends) throws InterruptedException {
      Intake run = new Intake(ends);
      synchronized (this) {
        ended = new CountDownLatch(1);
        intake = run;
        notifyAll();
      }
      ended.await();
      return run.received();
    }

    @Override
    public void close() throws IOException {
      connection.close();
    }
  }
}
