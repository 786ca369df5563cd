package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Files and directories of a broker are removed while it runs. */
class TakenAwayIT {
  private static final String PUBLISH = "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"p\"}]";

  private Site site;

  @AfterEach
  void stop() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  private void start() throws Exception {
    site = Site.started(Storage.DIRECTORY, new Layout().topic("t"));
  }

  /** The file exists a moment before the broker listens on it. */
  private boolean canConnect() {
    try {
      site.peer();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void serverSocketThatWasRemovedIsThereAgainAndOldConnectionsGoOn() throws Exception {
    start();
    Peer before = site.peer();
    assertThat(before.ask(PUBLISH)).isEmpty();

    Files.delete(site.serverSocket());

    Await.until("a connection is taken again", this::canConnect);
    assertThat(site.peer().ask(PUBLISH)).isEmpty();
    assertThat(before.ask(PUBLISH)).isEmpty();
    assertThat(site.broker().said("was removed, and is bound again")).hasSize(1);
    assertThat(site.broker().terminate()).isZero();
    assertThat(site.serverSocket()).doesNotExist();
  }

  @Test
  void serverSocketWhosePathIsTakenIsSaidToBeGoneOnce() throws Exception {
    start();
    Files.delete(site.serverSocket());
    Files.writeString(site.serverSocket(), "somebody's");

    site.broker().said("no client can connect");
    Files.delete(site.serverSocket());

    Await.until("a connection is taken again", this::canConnect);
    assertThat(site.peer().ask(PUBLISH)).isEmpty();
    assertThat(site.broker().saidToTheEnd("no client can connect")).hasSize(1);
  }

  @Test
  void serverSocketOfTheLongestPathServes() throws Exception {
    site = new Site(Storage.DIRECTORY, new Layout().topic("t"));
    int free = 107 - site.directory().toString().length() - "/directory/".length();
    Path socket = site.directory().resolve("directory").resolve("s".repeat(free));
    String config = Files.readString(site.config());
    Files.writeString(
        site.config(), config.replace(site.serverSocket().toString(), socket.toString()));

    site.start();

    assertThat(socket.toString()).hasSize(107);
    assertThat(Command.run(site, "publish", "-t", "t", "p").errors()).isEmpty();
    assertThat(Command.run(site, "stats").status()).isZero();
    Path link = Files.createSymbolicLink(site.directory().resolve("l"), socket);
    assertThat(site.peer(UnixDomainSocketAddress.of(link)).ask(PUBLISH)).isEmpty();
  }

  @Test
  void nothingIsConfirmedWhileDataPathIsMissingAndAllIsWellWhenItIsBack() throws Exception {
    start();
    Peer peer = site.peer();
    assertThat(peer.ask(PUBLISH)).isEmpty();
    Path away = site.directory().resolve("away");
    Files.move(site.data(), away);
    site.broker().said("is missing");

    assertThat(peer.ask(PUBLISH)).contains("is missing");
    assertThat(AdminPage.get(admin(), "/health").status()).isEqualTo(200);
    AdminPage ready = AdminPage.get(admin(), "/ready");
    assertThat(ready.status()).isEqualTo(503);
    assertThat(ready.body()).startsWith("{\"ok\":false,\"sentence\":\"").contains("is missing");
    assertThat(Command.run(site, "health"))
        .satisfies(
            health -> {
              assertThat(health.status()).isEqualTo(1);
              assertThat(health.errors())
                  .startsWith("ppmq: the broker works, but accepts no messages: ")
                  .contains("is missing")
                  .doesNotContain("{");
            });
    assertThat(Command.run(site, "stats").errors())
        .startsWith("ppmq: warning: the broker accepts no messages: ")
        .contains("is missing");
    assertThat(Command.run(site, "backup", site.directory().resolve("copy").toString()).errors())
        .startsWith("ppmq: no backup was made: DataPath ")
        .contains("is missing");
    assertThat(Command.run(site, "pause", "t").errors())
        .contains("not confirmed it within 10 seconds, and it may still take effect");

    Files.move(away, site.data());
    Await.until("it takes messages", () -> site.peer().ask(PUBLISH).isEmpty());
    assertThat(Command.run(site, "resume", "t").output()).isEqualTo("topic t: resumed\n");
    assertThat(site.broker().saidToTheEnd("is missing")).hasSize(1);
    assertThat(site.broker().errors("bytes free")).isEmpty();
    site.start();
    assertThat(site.subscriber("t").takeAll(2, site.peer())).containsExactly("p", "p");
    assertThat(site.broker().saidToTheEnd("WARN")).isEmpty();
  }

  private UnixDomainSocketAddress admin() {
    return UnixDomainSocketAddress.of(site.serverSocket() + ".admin");
  }

  @Test
  void adminSocketThatWasRemovedIsThereAgain() throws Exception {
    start();
    Path admin = Path.of(site.serverSocket() + ".admin");

    Files.delete(admin);

    Await.until("the socket is bound again", () -> Files.exists(admin));
    Await.askingSeldom("it answers", () -> Command.run(site, "stats").status() == 0);
    assertThat(site.broker().terminate()).isZero();
    assertThat(admin).doesNotExist();
  }

  @Test
  void subscriberWhoseDirectoryWasTakenAwayIsServedWhenItIsBack() throws Exception {
    site = new Site(Storage.DIRECTORY, new Layout().topic("t"));
    Path directory = Files.createDirectory(site.directory().resolve("sockets"));
    Path socket = directory.resolve("t.s");
    site.configure(new Layout().topic("t").subscriberAt("t", socket.toString()));
    site.start();
    Path away = site.directory().resolve("away");
    Files.move(directory, away);
    Peer peer = site.peer();
    assertThat(peer.ask(PUBLISH)).isEmpty();
    site.broker().said("t is not reachable");

    Files.move(away, directory);

    SubscriberSocket subscriber = site.subscriber(UnixDomainSocketAddress.of(socket));
    assertThat(subscriber.takeAll(1, peer)).containsExactly("p");
    assertThat(site.broker().saidToTheEnd("t is not reachable")).hasSize(1);
  }
}
