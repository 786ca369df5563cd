package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sockets of subscribers that listen and do not read, beside one that reads. */
final class UnreadSocketIT {
  private static final List<String> UNREAD =
      List.of("u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9");
  private static final int LARGE_BYTES = 1_000_000;

  private final List<ServerSocketChannel> unread = new ArrayList<>();
  private Site site;

  @AfterEach
  void stop() throws Exception {
    site.close();
    for (ServerSocketChannel server : unread) {
      server.close();
    }
  }

  @Test
  void socketsThatNobodyReadsDoNotKeepBatchesFromOthers() throws Exception {
    site =
        new Site(
            Storage.MEMORY,
            new Layout().topicFor(UNREAD, "large").topicFor(List.of("ann"), "small"));
    site.start();
    for (String name : UNREAD) {
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(UnixDomainSocketAddress.of(site.socketOf(name)));
      unread.add(server);
    }
    SubscriberSocket ann = site.subscriber("ann");
    try (Peer peer = site.peer()) {
      peer.publish("large", "x".repeat(LARGE_BYTES));
      for (int i = 0; i < 3; i++) {
        peer.publish("small", "message " + i);
        Push push = ann.next();
        assertThat(push.payloads()).containsExactly("message " + i);
        peer.acknowledge(push);
      }
    }
  }
}
