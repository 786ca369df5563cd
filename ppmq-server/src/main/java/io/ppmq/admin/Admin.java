package io.ppmq.admin;

import io.ppmq.broker.Broker;
import io.ppmq.broker.Clock;
import io.ppmq.config.Address;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin interface of a running broker. Answers from {@link #open} to {@link #close}, on one
 * daemon thread; the HTTP server behind it is there only while somebody asks, and for a while
 * after.
 */
public final class Admin implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger("ppmq");

  private final Bridge bridge;
  private final @Nullable Path tokenFile;

  private Admin(Bridge bridge, @Nullable Path tokenFile) {
    this.bridge = bridge;
    this.tokenFile = tokenFile;
  }

  /**
   * Begins to answer. On a TCP port there is the page for browsers too, changes take a token that
   * is made now, and the log says where the page is.
   *
   * @param address where {@code listening} listens: a unix socket, or a port on a loopback address
   * @param listening stays the caller's, and is to be closed after this
   * @param broker who is asked; stays the caller's, and is to be stopped after this is closed
   * @param reloading reads the configuration anew
   * @param clock the broker's, by which the age of messages is told; uptime counts from now
   */
  public static Admin open(
      Address address,
      ServerSocketChannel listening,
      Broker broker,
      Reloading reloading,
      Clock clock,
      AdminSettings settings)
      throws IOException {
    boolean isPort = address instanceof Address.Tcp;
    Access access = isPort ? ofPort(address, settings) : Access.ofUnixSocket();
    Changes changes = new Changes(broker, reloading);
    Pages pages = new Pages(broker, changes, clock, access, settings.data());
    Bridge bridge = Bridge.start(listening, pages);
    return new Admin(bridge, isPort ? settings.tokenFile() : null);
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

  /** Cuts whoever is connected off, and removes the file of the token. */
  @Override
  public void close() throws IOException {
    bridge.close();
    if (tokenFile != null) {
      Files.deleteIfExists(tokenFile);
    }
  }
}
