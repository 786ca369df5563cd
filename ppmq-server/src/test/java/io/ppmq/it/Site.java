package io.ppmq.it;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A directory with a configuration, sockets and data, the brokers that run there, and their peers.
 * Closing it ends and removes all of them.
 */
final class Site implements Closeable {
  private final Path directory;
  private final Storage storage;
  private final Deque<Closeable> open = new ArrayDeque<>();
  private Map<String, String> environment = Map.of();
  private BrokerProcess broker;

  Site(Storage storage, Layout layout) throws IOException {
    this.directory = Files.createTempDirectory("ppmq");
    this.storage = storage;
    configure(layout);
  }

  /** A site with a running broker. */
  static Site started(Storage storage, Layout layout) throws Exception {
    Site site = new Site(storage, layout);
    try {
      site.start();
      return site;
    } catch (Exception | Error e) {
      site.close();
      throw e;
    }
  }

  Path directory() {
    return directory;
  }

  Path data() {
    return directory.resolve("data");
  }

  Path config() {
    return directory.resolve("ppmq.yaml");
  }

  /** Writes the configuration that the next broker starts with. */
  void configure(Layout layout) throws IOException {
    String dataPath = storage == Storage.MEMORY ? "mem" : data().toString();
    Files.writeString(config(), layout.yaml(directory, dataPath));
  }

  /** Sets additional environment variables for brokers that are started later. */
  void environment(Map<String, String> added) {
    environment = added;
  }

  /** Starts a broker and waits until it is ready. */
  BrokerProcess start() throws Exception {
    broker = launch();
    return broker.awaitReady();
  }

  /** Starts a broker that may have only this many files open, and waits until it is ready. */
  BrokerProcess start(int openFilesMax) throws Exception {
    broker = closing(BrokerProcess.launch(config(), openFilesMax));
    return broker.awaitReady();
  }

  /** Starts a broker by a command that runs its arguments elsewhere, and does not wait. */
  BrokerProcess start(List<String> where) throws IOException {
    broker = closing(BrokerProcess.launch(where, config()));
    return broker;
  }

  /** Starts a broker with these variables in its environment, and does not wait. */
  BrokerProcess start(Map<String, String> environment) throws IOException {
    broker = closing(BrokerProcess.launch(config(), environment));
    return broker;
  }

  /** Starts another broker on the same configuration, without a check of its start. */
  BrokerProcess launch() throws IOException {
    return closing(BrokerProcess.launch(config(), environment));
  }

  /** The broker that was started last. */
  BrokerProcess broker() {
    return broker;
  }

  Path serverSocket() {
    return Layout.serverSocket(directory);
  }

  /**
   * The answer of the admin interface to the first line of a request, such as {@code GET /stats},
   * without the start of a program.
   *
   * @throws IOException when the broker does not answer, or refuses
   */
  String ask(String line) throws IOException {
    UnixDomainSocketAddress admin = UnixDomainSocketAddress.of(serverSocket() + ".admin");
    AdminPage page = AdminPage.ask(admin, line, List.of("Host: localhost"));
    if (page.status() / 100 != 2) {
      throw new IOException(line + ": " + page);
    }
    return page.body();
  }

  Path socketOf(String subscriber) {
    return Layout.subscriberSocket(directory, subscriber);
  }

  /** A new connection to the broker. */
  Peer peer() throws IOException {
    return peer(UnixDomainSocketAddress.of(serverSocket()));
  }

  Peer peer(SocketAddress address) throws IOException {
    return closing(new Peer(address));
  }

  /** A subscriber that listens from now on. */
  SubscriberSocket subscriber(String name) throws IOException {
    return closing(new SubscriberSocket(UnixDomainSocketAddress.of(socketOf(name))));
  }

  SubscriberSocket subscriber(SocketAddress address) throws IOException {
    return closing(new SubscriberSocket(address));
  }

  /** Closes something together with this site. */
  <T extends Closeable> T closing(T closeable) {
    open.push(closeable);
    return closeable;
  }

  /** The bytes that the files in the data directory take on the disk. */
  long dataBytes() {
    File[] files = data().toFile().listFiles();
    return files == null ? 0 : Stream.of(files).mapToLong(File::length).sum();
  }

  @Override
  public void close() throws IOException {
    for (Closeable closeable : open) {
      closeable.close();
    }
    List<Path> all;
    try (Stream<Path> files = Files.walk(directory)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }
}
