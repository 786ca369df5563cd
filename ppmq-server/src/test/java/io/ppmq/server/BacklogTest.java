package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class BacklogTest {
  /** More than the few places, and less than any system's bound. */
  private static final int CLIENTS = 2 * Backlog.FEW_PLACES;

  @TempDir private Path directory;
  private final List<SocketChannel> clients = new ArrayList<>();
  private ServerSocketChannel socket;
  private Backlog backlog;

  @BeforeEach
  void listen() throws IOException {
    socket =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(directory.resolve("s")), Backlog.PLACES);
    backlog = new Backlog(socket);
  }

  @AfterEach
  void close() throws IOException {
    for (SocketChannel client : clients) {
      client.close();
    }
    socket.close();
  }

  @Test
  void crowdFindsFewPlaces() throws IOException {
    backlog.crowded(0);

    assertThat(connected()).isBetween(Backlog.FEW_PLACES, Backlog.FEW_PLACES + 1);
  }

  @Test
  void placesAreManyAgainWhenNoCrowdIsThere() throws IOException {
    backlog.crowded(0);
    backlog.look(Backlog.CROWD_GONE_NANOS + 1);

    assertThat(connected()).isEqualTo(CLIENTS);
  }

  @Test
  void placesStayFewWhileTheCrowdComesAgainAndAgain() throws IOException {
    backlog.crowded(0);
    backlog.crowded(Backlog.CROWD_GONE_NANOS);
    backlog.look(Backlog.CROWD_GONE_NANOS + 1);

    assertThat(connected()).isLessThan(CLIENTS);
  }

  /** The number of clients that find a place without waiting. */
  private int connected() throws IOException {
    int connected = 0;
    for (int i = 0; i < CLIENTS; i++) {
      SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
      clients.add(client);
      client.configureBlocking(false);
      if (hasPlace(client)) {
        connected++;
      }
    }
    return connected;
  }

  private boolean hasPlace(SocketChannel client) throws IOException {
    try {
      return client.connect(socket.getLocalAddress());
    } catch (SocketException full) {
      return false;
    }
  }
}
