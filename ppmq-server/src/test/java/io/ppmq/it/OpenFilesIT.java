package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A broker whose limit of open files is below what its configuration asks for. */
class OpenFilesIT {
  private static final int OPEN_FILES_MAX = 256;

  /** More than the limit leaves for both kinds of connections. */
  private static final int MANY = 200;

  private static final String WARNING = "connections to the sockets of subscribers";

  private static final String ADMIN_FAILS = "connections to the admin interface fail";

  /** The store looks for its files more often, and the admin interface tries to accept. */
  private static final long WITHOUT_FILES_NANOS = TimeUnit.SECONDS.toNanos(2);

  private Site site;

  @BeforeEach
  void prepare() throws IOException {
    site = new Site(Storage.DIRECTORY, few());
  }

  @AfterEach
  void stop() throws IOException {
    site.close();
  }

  private static Layout few() {
    return new Layout().topic("ann").batch("ann", 1).topic("bob").subscriberWithoutSocket("bob");
  }

  private static Layout many() {
    return few().subscriberWith("ann", "Connections: 1000");
  }

  /** A subscriber that opens a connection for each message, since it acknowledges none. */
  private ServerSocketChannel listenAsAnn() throws IOException {
    ServerSocketChannel ann = site.closing(ServerSocketChannel.open(StandardProtocolFamily.UNIX));
    return ann.bind(UnixDomainSocketAddress.of(site.socketOf("ann")), MANY);
  }

  private void assertBobIsServed() throws Exception {
    try (Peer bob = site.peer()) {
      bob.subscribe("bob");
      bob.publish("bob", "for bob");
      Push push = bob.push();
      assertThat(push.payloads()).containsExactly("for bob");
      bob.acknowledge(push);
    }
  }

  @Test
  void connectionsToASocketLeaveFilesForTheStoreAndForOthers() throws Exception {
    site.configure(many());
    site.start(OPEN_FILES_MAX);
    assertThat(site.broker().said(WARNING))
        .singleElement()
        .asString()
        .contains("the limit of " + OPEN_FILES_MAX + " open files")
        .contains(" of 1000 " + WARNING);
    ServerSocketChannel ann = listenAsAnn();
    try (Peer peer = site.peer()) {
      peer.publish("ann", Collections.nCopies(MANY, "for ann").toArray(String[]::new));
    }
    List<SocketChannel> taken = Stream.generate(() -> accept(ann)).limit(10).toList();

    for (int i = 0; i < 10; i++) {
      assertBobIsServed();
    }
    assertThat(site.ask("GET /stats")).contains("\"ann\"");
    assertThat(site.broker().saidToTheEnd("open files"))
        .as("only the warning, since no file is missing")
        .hasSize(1);
    for (SocketChannel connection : taken) {
      connection.close();
    }
  }

  @Test
  void reloadThatAsksForMoreConnectionsToASocketClosesSomeOfTheOthers() throws Exception {
    site.start(OPEN_FILES_MAX);
    for (int i = 0; i < MANY / 2; i++) {
      site.peer();
    }
    assertBobIsServed();
    site.configure(many());
    site.broker().hangUp();
    site.broker().said(WARNING);
    ServerSocketChannel ann = listenAsAnn();

    try (Peer peer = site.peer()) {
      peer.publish("ann", Collections.nCopies(MANY, "for ann").toArray(String[]::new));
    }
    SocketChannel first = accept(ann);
    for (int i = 0; i < 10; i++) {
      assertBobIsServed();
    }
    assertThat(site.broker().saidToTheEnd("Too many open files")).isEmpty();
    first.close();
  }

  @Test
  void withoutAFreeFileTheStoreGoesOnAndNothingIsCalledMissing() throws Exception {
    Requirement.programs("prlimit");
    site.start();
    try (Peer peer = site.peer();
        SocketChannel admin = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      peer.publish("bob", "into a file that is open from now on");
      limitOpenFiles("10:");
      admin.connect(UnixDomainSocketAddress.of(site.serverSocket() + ".admin"));
      site.broker().said(ADMIN_FAILS);
      long end = System.nanoTime() + WITHOUT_FILES_NANOS;
      while (System.nanoTime() - end < 0) {
        peer.publish("bob", "message");
      }
    }
    limitOpenFiles("1000:");
    try (Peer peer = site.peer()) {
      peer.publish("bob", "by a new connection");
    }
    assertThat(site.ask("GET /stats")).contains("\"bob\"");
    assertThat(site.broker().saidToTheEnd(ADMIN_FAILS)).hasSize(1);
    assertThat(site.broker().errors("removed")).isEmpty();
  }

  private void limitOpenFiles(String limit) throws Exception {
    Process prlimit =
        new ProcessBuilder("prlimit", "--pid", "" + site.broker().pid(), "--nofile=" + limit)
            .inheritIO()
            .start();
    assertThat(prlimit.waitFor()).isZero();
  }

  private static SocketChannel accept(ServerSocketChannel server) {
    try {
      return server.accept();
    } catch (IOException e) {
      throw new AssertionError("no connection", e);
    }
  }
}
