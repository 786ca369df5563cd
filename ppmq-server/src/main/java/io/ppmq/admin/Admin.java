package io.ppmq.admin;

import io.ppmq.broker.Broker;
import io.ppmq.broker.Clock;
import io.ppmq.config.Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin interface of a running broker. Listens from {@link #open} to {@link #close}, on one
 * daemon thread; the HTTP server behind it is there only while somebody asks, and for a while
 * after.
 */
public final class Admin implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger("ppmq");

  private final AdminSocket socket;
  private final Bridge bridge;
  private final @Nullable Path tokenFile;

  private Admin(AdminSocket socket, Bridge bridge, @Nullable Path tokenFile) {
    this.socket = socket;
    this.bridge = bridge;
    this.tokenFile = tokenFile;
  }

  /**
   * Begins to listen. A unix socket's file has mode 0660; a stale one is replaced. On a TCP port
   * there is the page for browsers too, changes take a token that is made now, and the log says
   * where the page is.
   *
   * @param address a unix socket, or a port on a loopback address
   * @param broker who is asked; stays the caller's, and is to be stopped after this is closed
   * @param reloading reads the configuration anew
   * @param clock the broker's, by which the age of messages is told; uptime counts from now
   * @throws java.net.BindException somebody listens there, or the path is not that of a socket;
   *     nothing was changed
   */
  public static Admin open(
      Address address, Broker broker, Reloading reloading, Clock clock, AdminSettings settings)
      throws IOException {
    AdminSocket socket = AdminSocket.open(address);
    boolean started = false;
    try {
      boolean isPort = address instanceof Address.Tcp;
      Access access = isPort ? ofPort(address, settings) : Access.ofUnixSocket();
      Changes changes = new Changes(broker, reloading);
      Pages pages = new Pages(broker, changes, clock, access, settings.data());
      Bridge bridge = Bridge.start(socket.channel(), pages);
      started = true;
      return new Admin(socket, bridge, isPort ? settings.tokenFile() : null);
    } finally {
      if (!started) {
        socket.close();
      }
    }
  }

  private static Access ofPort(Address address, AdminSettings settings) throws IOException {
    Token token = Token.generate();
    Path file = settings.tokenFile();
    if (file != null) {
      token.write(file);
    }
    String page = address.toString().replaceFirst("^tcp", "http") + "/";
    if (settings.consoleChanges()) {
      LOGGER.info("the console, which may change something: {}#token={}", page, token.text());
    } else {
      LOGGER.info("the console, to look only: {}", page);
    }
    if (file == null && !settings.consoleChanges()) {
      LOGGER.info("the token for changes at {}: {}", page, token.text());
    }
    return Access.ofPort(token, settings.consoleChanges());
  }

  /** Cuts whoever is connected off, stops listening and removes the socket's file, the token's. */
  @Override
  public void close() throws IOException {
    bridge.close();
    socket.close();
    if (tokenFile != null) {
      Files.deleteIfExists(tokenFile);
    }
  }
}
