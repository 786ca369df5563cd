package io.ppmq.cli.demo;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.process.BrokerProcess;
import io.ppmq.cli.process.TemporaryDirectory;
import io.ppmq.client.Address;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A broker process of the demo's own, in a temporary directory. */
final class DemoBroker implements Closeable {
  private static final String CONFIG =
      """
      ServerSocket: %1$s/ppmq.socket
      DataPath: %1$s/data
      Subscribers:
        - Name: kitchen
          Socket: %1$s/kitchen.socket
        - Name: screen
          Socket: %1$s/screen.socket
        - Name: archive
          Socket: %1$s/archive.socket
          BatchSize: 500
      Topics:
        - Name: orders
          Subscribers: [kitchen]
          Priorities: 2
        - Name: prices
          Subscribers: [screen]
          Dedupe: true
        - Name: offers
          Subscribers: [screen]
          Expire: true
        - Name: journal
          Subscribers: [archive]
      """;

  private final TemporaryDirectory temporary;
  private final Path directory;
  private final BrokerProcess process;

  private DemoBroker(TemporaryDirectory temporary) {
    this.temporary = temporary;
    this.directory = temporary.path();
    this.process = new BrokerProcess(configFile());
  }

  /** Makes the directory and writes the configuration; starts nothing yet. */
  static DemoBroker prepare() throws IOException {
    DemoBroker broker = new DemoBroker(new TemporaryDirectory("ppmq-demo-"));
    Files.writeString(broker.configFile(), broker.config());
    return broker;
  }

  Path directory() {
    return directory;
  }

  Path configFile() {
    return directory.resolve("ppmq.yaml");
  }

  String config() {
    return CONFIG.formatted(directory);
  }

  /** The broker's own socket. */
  Address socket() {
    return Address.of(directory.resolve("ppmq.socket").toString());
  }

  /** The socket of a subscriber. */
  Address socket(String subscriber) {
    return Address.of(directory.resolve(subscriber + ".socket").toString());
  }

  AdminClient admin() {
    return new AdminClient(new io.ppmq.config.Address.Unix(directory.resolve("ppmq.socket.admin")));
  }

  /**
   * Starts the process and waits until it is ready.
   *
   * @return the milliseconds until then
   */
  long start() throws IOException, InterruptedException, Failure {
    return process.start();
  }

  /** kill -9. */
  void kill() throws InterruptedException {
    process.kill();
  }

  /**
   * SIGTERM, and waits.
   *
   * @return the exit status
   */
  int stop() throws InterruptedException, Failure {
    return process.stop();
  }

  /** Kills remaining processes and removes the directory. */
  @Override
  public void close() throws IOException {
    process.close();
    temporary.close();
  }
}
