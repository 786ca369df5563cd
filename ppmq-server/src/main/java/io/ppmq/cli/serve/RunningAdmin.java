package io.ppmq.cli.serve;

import io.ppmq.admin.Admin;
import io.ppmq.admin.AdminSettings;
import io.ppmq.admin.Reloading;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.cli.option.AdminNote;
import io.ppmq.config.Address;
import io.ppmq.config.Config;
import io.ppmq.metrics.Metrics;
import io.ppmq.server.ListeningSocket;
import io.ppmq.server.Server;
import io.ppmq.server.StartException;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The admin interface of a broker and the socket it listens on, opened and closed together. */
final class RunningAdmin implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final ListeningSocket socket;
  private final Admin admin;

  private RunningAdmin(ListeningSocket socket, Admin admin) {
    this.socket = socket;
    this.admin = admin;
  }

  /**
   * Opens the admin interface; null if the configuration has none.
   *
   * @throws StartException if it cannot be opened; nothing is left behind then
   */
  static @Nullable RunningAdmin open(
      Config config, Server server, Metrics metrics, Reloading reloading) throws StartException {
    Address address = config.admin();
    if (address == null) {
      return null;
    }
    ListeningSocket socket = ListeningSocket.openOwn("Admin", address, permit(config));
    try {
      AdminSettings settings =
          new AdminSettings(
              config.dataDirectory(), config.tokenFile(), config.consoleChanges(), server::bounds);
      Admin admin =
          Admin.open(
              address,
              socket.channel(),
              reloading,
              Clock.system(),
              metrics,
              server.member(),
              settings);
      server.tellBroker(admin::serve);
      server.serveAdmin(admin::adopt);
      AdminNote.write(config);
      return new RunningAdmin(socket, admin);
    } catch (IOException e) {
      throw failed(e, socket);
    }
  }

  private static ListeningSocket.Permit permit(Config config) {
    return new ListeningSocket.Permit(config.adminMode().permissions(), config.adminGroup());
  }

  /** Applies the parts of another configuration that need no restart. */
  void apply(Config next) {
    admin.allowChanges(next.consoleChanges());
    try {
      socket.apply(permit(next));
    } catch (RefusedException e) {
      LOG.warn("Admin: {}", e.getMessage());
    }
  }

  /** Listens again if the file of the socket was removed. */
  void renewSocket() {
    ServerSocketChannel renewed = socket.renew(false);
    if (renewed != null) {
      admin.acceptFrom(renewed);
    }
  }

  private static StartException failed(IOException e, ListeningSocket socket) {
    try (socket) {
      return new StartException("Admin: " + e.getMessage());
    } catch (IOException notClosed) {
      return new StartException("Admin: " + e.getMessage() + "; " + notClosed.getMessage());
    }
  }

  /** Closes the connections, and removes the files of the socket and the token. */
  @Override
  public void close() throws IOException {
    try (socket) {
      admin.close();
    }
  }
}
