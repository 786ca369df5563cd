package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cluster.Caller;
import io.ppmq.cluster.Destination;
import io.ppmq.cluster.NodeAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The connections of a relay that vanished without notice. */
@Timeout(300)
final class RelayGoneTest {
  /** For a busy machine. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  @TempDir Path directory;

  @Test
  void whatARelayBroughtEndsWhenItIsNotHeardForTwoElectionTimeouts() throws Exception {
    SortedMap<String, NodeAddress> addresses = Node.addresses("a");
    try (StuckLink link = new StuckLink(addresses.get("a").port())) {
      SortedMap<String, NodeAddress> overLink = new TreeMap<>();
      overLink.put("a", new NodeAddress("127.0.0.1", link.port()));
      try (Node a = new Node(Node.settings("a", directory.resolve("a"), addresses));
          Node relay = new Node(Node.settings("r", directory.resolve("r"), overLink))) {
        a.start();
        relay.start();
        a.member().found();
        Node.await("the relay knows the leader", () -> relay.follows != null);
        try (SocketChannel here =
                relay.member().connect(new Destination.Values(new Caller("bob", "r"))).get();
            SocketChannel there = a.awaitBrought()) {
          assertThat(here.isOpen()).isTrue();
          link.cut();
          long cutNanos = System.nanoTime();
          awaitEnd(there);
          assertThat(Duration.ofNanos(System.nanoTime() - cutNanos))
              .isLessThan(a.settings.electionTimeout().multipliedBy(2).plus(GRACE));
        }
      }
    }
  }

  private static void awaitEnd(SocketChannel channel) {
    try {
      while (channel.read(ByteBuffer.allocate(1)) >= 0) {
        // goes on
      }
    } catch (IOException reset) {
      return;
    }
  }
}
