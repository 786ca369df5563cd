package io.ppmq.compare;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.MessageProperties;
import io.nats.client.JetStream;
import io.nats.client.JetStreamOptions;
import io.ppmq.bench.PpmqCluster;
import io.ppmq.bench.Server;
import io.ppmq.client.Address;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Publisher;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Measures how long nothing is confirmed after the leading node was killed. A program on another
 * node publishes one message after another, and repeats each until it is confirmed.
 */
final class Failover {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration ASKED_AGAIN = Duration.ofMillis(500);
  private static final int WARM_UP = 300;
  private static final byte[] PAYLOAD = "x".repeat(100).getBytes(StandardCharsets.US_ASCII);
  private static final String TOPIC = "topic0";

  private Failover() {}

  /** Publishes one message and returns when it is confirmed. */
  private interface Sending {
    void send() throws Exception;
  }

  private interface Kill {
    void now() throws Exception;
  }

  /** The pause in milliseconds. Afterwards the cluster has one node less. */
  static double millis(Server server) throws Exception {
    if (server instanceof PpmqCluster ours) {
      String leader = ours.leader();
      try (Publisher publisher =
          new Publisher(Address.of(ours.socket(other(leader, "b", "c")).toString()))) {
        return measure(
            () -> publisher.publish(TOPIC, OutgoingMessage.text("x".repeat(PAYLOAD.length))),
            () -> ours.kill(leader));
      }
    }
    PeerCluster peers = (PeerCluster) server;
    return peers.settings().values().containsKey("queue") ? rabbitMq(peers) : nats(peers);
  }

  private static String other(String leader, String one, String another) {
    return leader.equals(one) ? another : one;
  }

  private static double nats(PeerCluster peers) throws Exception {
    io.nats.client.Connection any = Nats.connect(peers.settings());
    String leader;
    try {
      leader = any.jetStreamManagement().getStreamInfo(Nats.STREAM).getClusterInfo().getLeader();
    } finally {
      Nats.close(any);
    }
    io.nats.client.Connection connection =
        Nats.connect(peers.settings(other(leader, "node0", "node1")));
    try {
      JetStream stream =
          connection.jetStream(JetStreamOptions.builder().requestTimeout(ASKED_AGAIN).build());
      return measure(() -> stream.publish(Nats.SUBJECT, PAYLOAD), () -> peers.kill(leader));
    } finally {
      Nats.close(connection);
    }
  }

  /** The leader of a queue is the node on which it was declared: the first. */
  private static double rabbitMq(PeerCluster peers) throws Exception {
    Connection connection = RabbitMq.connect(peers.settings("node1"));
    try (Channel channel = RabbitMq.channel(connection, peers.settings())) {
      channel.confirmSelect();
      return measure(
          () -> {
            channel.basicPublish(
                "", RabbitMq.QUEUE, MessageProperties.MINIMAL_PERSISTENT_BASIC, PAYLOAD);
            channel.waitForConfirmsOrDie(PATIENCE.toMillis());
          },
          () -> peers.kill("node0"));
    } finally {
      connection.abort();
    }
  }

  private static double measure(Sending sending, Kill kill) throws Exception {
    for (int i = 0; i < WARM_UP; i++) {
      sending.send();
    }
    kill.now();
    long beginNanos = System.nanoTime();
    while (true) {
      try {
        sending.send();
        return (System.nanoTime() - beginNanos) / 1e6;
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        if (System.nanoTime() - beginNanos > PATIENCE.toNanos()) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }
  }
}
