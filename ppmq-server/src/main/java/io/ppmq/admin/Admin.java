package io.ppmq.admin;

import io.ppmq.broker.Broker;
import io.ppmq.broker.Clock;
import io.ppmq.config.Address;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The admin interface of a running broker. Listens from {@link #open} to {@link #close}, on one
 * daemon thread; the HTTP server behind it is there only while somebody asks, and for a while
 * after.
 */
public final class Admin implements AutoCloseable {
  private final AdminSocket socket;
  private final Bridge bridge;

  private Admin(AdminSocket socket, Bridge bridge) {
    this.socket = socket;
    this.bridge = bridge;
  }

  /**
   * Begins to listen. A unix socket's file has mode 0660; a stale one is replaced.
   *
   * @param address a unix socket, or a port on a loopback address
   * @param broker who is asked; stays the caller's, and is to be stopped after this is closed
   * @param reloading reads the configuration anew
   * @param clock the broker's, by which the age of messages is told; uptime counts from now
   * @param data the directory that keeps the messages; null when none does
   * @throws java.net.BindException somebody listens there, or the path is not that of a socket;
   *     nothing was changed
   */
  public static Admin open(
      Address address, Broker broker, Reloading reloading, Clock clock, @Nullable Path data)
      throws IOException {
    AdminSocket socket = AdminSocket.open(address);
    boolean started = false;
    try {
      boolean checksHost = address instanceof Address.Tcp;
      Changes changes = new Changes(broker, reloading);
      Pages pages = new Pages(broker, changes, clock, checksHost, data);
      Bridge bridge = Bridge.start(socket.channel(), pages);
      started = true;
      return new Admin(socket, bridge);
    } finally {
      if (!started) {
        socket.close();
      }
    }
  }

  /** Cuts whoever is connected off, stops listening and removes the socket's file. */
  @Override
  public void close() throws IOException {
    bridge.close();
    socket.close();
  }
}
