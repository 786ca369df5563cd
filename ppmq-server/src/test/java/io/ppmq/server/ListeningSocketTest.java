package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ppmq.config.Address;
import io.ppmq.it.Requirement;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class ListeningSocketTest {
  private static final ListeningSocket.Permit PERMIT =
      new ListeningSocket.Permit(PosixFilePermissions.fromString("rw-rw----"), null);

  @TempDir Path directory;

  private ListeningSocket open(String name) throws StartException {
    return ListeningSocket.openOwn("Admin", new Address.Unix(directory.resolve(name)), PERMIT);
  }

  private ServerSocketChannel listen(String name, int backlog) throws Exception {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(directory.resolve(name)), backlog);
  }

  @Test
  void socketIsForThoseWhoArePermittedAndRemovedAtTheEnd() throws Exception {
    try (ListeningSocket socket = open("s")) {
      assertThat(socket.channel().isOpen()).isTrue();
      assertThat(Files.getPosixFilePermissions(directory.resolve("s")))
          .isEqualTo(PERMIT.permissions());
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void socketOfAnotherBrokerIsNotTaken() throws Exception {
    try (ListeningSocket first = open("s")) {
      assertThatExceptionOfType(StartException.class)
          .isThrownBy(() -> open("s"))
          .withMessageContaining("is held by process " + ProcessHandle.current().pid());
      assertThat(first.channel().isOpen()).isTrue();
      connect("s").close();
    }
  }

  @Test
  void whoHoldsPortIsNamed() throws Exception {
    Requirement.loopback();
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket holder = new ServerSocket(0, 1, loopback)) {
      Address address = Address.parse("tcp://127.0.0.1:" + holder.getLocalPort());
      assertThatExceptionOfType(StartException.class)
          .isThrownBy(() -> ListeningSocket.openOwn("ServerSocket", address, PERMIT))
          .withMessage(
              "ServerSocket %s is in use: process %d of user %s listens on it",
              address, ProcessHandle.current().pid(), System.getProperty("user.name"));
    }
  }

  @Test
  void socketThatSomebodyElseListensOnIsNotTaken() throws Exception {
    try (ServerSocketChannel somebody = listen("s", 0)) {
      assertThatExceptionOfType(StartException.class)
          .isThrownBy(() -> open("s"))
          .withMessageContaining("in use");
      assertThat(somebody.isOpen()).isTrue();
      connect("s").close();
    }
  }

  @Test
  void socketOfSomebodyWhoAcceptsNobodyIsNotTaken() throws Exception {
    List<SocketChannel> waiting = new ArrayList<>();
    try (ServerSocketChannel somebody = listen("s", 1)) {
      while (isAnotherTaken(somebody.getLocalAddress(), waiting)) {
        assertThat(waiting).hasSizeLessThan(100);
      }
      assertThatExceptionOfType(StartException.class)
          .isThrownBy(() -> open("s"))
          .withMessageContaining("in use");
    } finally {
      for (SocketChannel channel : waiting) {
        channel.close();
      }
    }
  }

  private static boolean isAnotherTaken(SocketAddress address, List<SocketChannel> waiting)
      throws Exception {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    waiting.add(channel);
    channel.configureBlocking(false);
    try {
      return channel.connect(address);
    } catch (SocketException full) {
      return false;
    }
  }

  @Test
  void fileThatIsNoSocketIsNotTaken() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "mine");

    assertThatExceptionOfType(StartException.class)
        .isThrownBy(() -> open("file"))
        .withMessageContaining("is no socket");

    assertThat(file).hasContent("mine");
  }

  @Test
  void socketThatWasLeftBehindIsReplaced() throws Exception {
    listen("s", 0).close();
    assertThat(directory.resolve("s")).exists();

    try (ListeningSocket socket = open("s")) {
      connect("s").close();
      assertThat(socket.channel().accept()).isNotNull();
    }
  }

  private SocketChannel connect(String name) throws Exception {
    return SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve(name)));
  }
}
