package io.ppmq.server;

import java.io.FileDescriptor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The number of connections that may wait in a socket to be accepted. The kernel keeps them in
 * order. If all places are taken, a connecting program waits, or fails if it does not block.
 *
 * <p>There are many places, for a burst. But a program that connects without end takes all of them,
 * and the next connection waits until all of them are served. Then this class reduces the places to
 * a few: that program waits outside, and no more of the other connections fail, since all places
 * are taken in both cases. It restores the many places when the crowd has been gone for a while.
 *
 * <p>The JDK cannot change the number for a listening socket, so this class uses the JDK's internal
 * method, which the launcher opens ({@code --add-opens}). If it is not open, the many places stay.
 * For one thread.
 */
final class Backlog {
  /** The kernel uses the lesser of this and its own bound (net.core.somaxconn). */
  static final int PLACES = 4096;

  static final int FEW_PLACES = 64;

  /** A crowd that pauses for less time is still there. */
  static final long CROWD_GONE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final ServerSocketChannel socket;
  private boolean few;
  private long crowdNanos;

  /** The backlog of a listening socket, with many places. */
  Backlog(ServerSocketChannel socket) {
    this.socket = socket;
  }

  /** Whether there was a crowd recently. */
  boolean isFew() {
    return few;
  }

  /** For a while more connections have arrived than can be read. */
  void crowded(long nowNanos) {
    crowdNanos = nowNanos;
    if (!few) {
      few = true;
      allow(FEW_PLACES);
    }
  }

  /** Restores the many places when the crowd is gone. Called now and then. */
  void look(long nowNanos) {
    if (few && nowNanos - crowdNanos > CROWD_GONE_NANOS) {
      few = false;
      allow(PLACES);
    }
  }

  private void allow(int places) {
    try {
      Method descriptor = socket.getClass().getMethod("getFD");
      Method listen =
          Class.forName("sun.nio.ch.Net")
              .getDeclaredMethod("listen", FileDescriptor.class, int.class);
      descriptor.setAccessible(true);
      listen.setAccessible(true);
      listen.invoke(null, descriptor.invoke(socket), places);
    } catch (InvocationTargetException e) {
      LOG.debug("the backlog of the socket stays as it is: {}", String.valueOf(e.getCause()));
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      LOG.debug("the backlog of the socket stays as it is: {}", e.toString());
    }
  }
}
