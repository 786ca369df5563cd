package io.ppmq.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.Broker;
import io.ppmq.broker.port.Clock;
import io.ppmq.config.Config;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.QueueStats;
import java.io.BufferedReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the connections of a broker that stops. */
@Timeout(60)
final class ListenerTest {
  private static final String SUBSCRIBE_AND_PUBLISH =
      """
      {"Subscriber":"a","Command":"SUBSCRIBE"}
      {"Topic":"t","Messages":[{"Payload":"last delivery"}]}
      """;

  @TempDir Path directory;

  @Test
  void workerWhoseConnectionTheStoppingBrokerClosesIsNotLostSoItsMessagesDoNotDie()
      throws Exception {
    Config config = SmallConfig.of(directory, "{Name: t, Subscribers: [a], MaxDeliveries: 1}");
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
    Broker broker =
        Broker.start(
            Settings.settings(config, 1),
            new MemoryStore(1),
            Clock.system(),
            new SenderLoop(Recipient.of(config)),
            new EventLog(status -> {}));
    try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.bind(address);
      Listener listener = new Listener(broker, channel, Settings.limits(config), () -> 100);
      listener.start(bug -> {});
      try (SocketChannel worker = SocketChannel.open(address);
          BufferedReader lines = new BufferedReader(Channels.newReader(worker, UTF_8))) {
        worker.write(ByteBuffer.wrap(SUBSCRIBE_AND_PUBLISH.getBytes(UTF_8)));
        assertThat(lines.readLine()).contains("last delivery");

        listener.stopReading();

        assertThat(lines.readLine()).as("the connection is closed").isNull();
        QueueStats stats = broker.stats().topics().get(0).queues().get(0);
        assertThat(stats.inFlight()).isEqualTo(1);
        assertThat(stats.died()).isZero();
      } finally {
        broker.stop();
        listener.close(1000);
      }
    }
  }
}
