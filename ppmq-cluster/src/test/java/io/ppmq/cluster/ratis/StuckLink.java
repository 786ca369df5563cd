package io.ppmq.cluster.ratis;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A link to a port of this machine that gets stuck. As over a network that was cut, connections
 * stay open and carry nothing; connections from before the repair stay stuck for a long time.
 */
final class StuckLink implements Closeable {
  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final int to;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final AtomicLong cuts = new AtomicLong();
  private volatile boolean cut;

  StuckLink(int to) throws IOException {
    this.to = to;
    Threads.start("link", this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  void cut() {
    cuts.incrementAndGet();
    cut = true;
  }

  /** Makes new connections work. */
  void heal() {
    cut = false;
  }

  private void accept() {
    try {
      while (true) {
        join(server.accept());
      }
    } catch (IOException closed) {
      return;
    }
  }

  private void join(Socket near) throws IOException {
    sockets.add(near);
    try {
      Socket far = new Socket(InetAddress.getLoopbackAddress(), to);
      sockets.add(far);
      long after = cuts.get();
      boolean never = cut;
      Threads.start("link", () -> move(near, far, after, never));
      Threads.start("link", () -> move(far, near, after, never));
    } catch (IOException nobodyListensYet) {
      near.close();
    }
  }

  private void move(Socket from, Socket into, long after, boolean never) {
    byte[] bytes = new byte[8192];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = into.getOutputStream();
      for (int count; (count = in.read(bytes)) >= 0; ) {
        while (never || after != cuts.get()) {
          LockSupport.park(this);
        }
        out.write(bytes, 0, count);
      }
      into.shutdownOutput();
    } catch (IOException ended) {
      return;
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
