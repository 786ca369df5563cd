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

@Timeout(120)
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
        .withMessageContaining("is not a socket");

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

  @Test
  void directoryThatIsMissingIsMadeForEverybodyToLookInto() throws Exception {
    try (ListeningSocket socket = open("a/b/s")) {
      assertThat(socket.channel().isOpen()).isTrue();
      for (String made : List.of("a", "a/b")) {
        assertThat(Files.getPosixFilePermissions(directory.resolve(made)))
            .isEqualTo(PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    }
  }

  // ---- files of others in the directory -------------------------------------------------------

  @Test
  void lockThatIsLinkedToAnotherFileIsNotWrittenTo() throws Exception {
    Path precious = Files.writeString(directory.resolve("precious"), "mine");
    Files.createSymbolicLink(directory.resolve("s.lock"), precious);

    assertThatExceptionOfType(StartException.class)
        .isThrownBy(() -> open("s"))
        .withMessageContaining("s.lock is a link");

    assertThat(precious).hasContent("mine");
  }

  @Test
  void lockThatIsAnotherNameOfFileIsNotWrittenTo() throws Exception {
    Path precious = Files.writeString(directory.resolve("precious"), "mine");
    Files.createLink(directory.resolve("s.lock"), precious);

    assertThatExceptionOfType(StartException.class)
        .isThrownBy(() -> open("s"))
        .withMessageContaining("s.lock is not a file of this broker's alone");

    assertThat(precious).hasContent("mine");
  }

  // ---- the file goes while it listens ---------------------------------------------------------

  @Test
  void socketThatWasRemovedIsBoundAgain() throws Exception {
    try (ListeningSocket socket = open("s")) {
      assertThat(socket.renew(false)).isNull();
      Files.delete(directory.resolve("s"));
      ServerSocketChannel before = socket.channel();

      ServerSocketChannel renewed = socket.renew(false);

      before.close();
      assertThat(renewed).isNotNull().isSameAs(socket.channel());
      assertThat(Files.getPosixFilePermissions(directory.resolve("s")))
          .isEqualTo(PERMIT.permissions());
      connect("s").close();
      assertThat(renewed.accept()).isNotNull();
      assertThat(socket.renew(false)).isNull();
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void socketWhoseDirectoryIsGoneIsBoundAgainWhenItIsBack() throws Exception {
    try (ListeningSocket socket = open("d/s")) {
      ServerSocketChannel before = socket.channel();
      Files.move(directory.resolve("d"), directory.resolve("away"));
      assertThat(socket.renew(false)).isNull();
      assertThat(directory.resolve("d")).doesNotExist();
      Files.createDirectory(directory.resolve("d"));

      assertThat(socket.renew(false)).isNotNull();

      before.close();
      connect("d/s").close();
    }
  }

  @Test
  void reloadMakesTheDirectoryThatIsGone() throws Exception {
    try (ListeningSocket socket = open("d/s")) {
      ServerSocketChannel before = socket.channel();
      Files.move(directory.resolve("d"), directory.resolve("away"));

      assertThat(socket.renew(true)).isNotNull();

      before.close();
      connect("d/s").close();
    }
  }

  @Test
  void pathThatSomebodyElseHasTakenIsLeftAlone() throws Exception {
    try (ListeningSocket socket = open("s")) {
      Files.delete(directory.resolve("s"));
      Files.writeString(directory.resolve("s"), "mine");

      assertThat(socket.renew(true)).isNull();

      assertThat(directory.resolve("s")).hasContent("mine");
    }
    assertThat(directory.resolve("s")).hasContent("mine");
  }

  private SocketChannel connect(String name) throws Exception {
    return SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve(name)));
  }
}
