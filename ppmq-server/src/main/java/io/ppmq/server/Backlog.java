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
 * How many connections may wait in a socket to be accepted. The kernel keeps them in order and has
 * a program that connects wait when all places are taken, or fail where it does not block.
 *
 * <p>So there are many places, for a burst. But a program that connects without end takes all of
 * them, and the next connection waits for as long as all of them take. Then there are few places:
 * that program waits outside, and no more of the others fail than with many places, since all are
 * taken either way. They become many again when the crowd has been gone for a while.
 *
 * <p>The JDK cannot change the number of a socket that listens already, so its internal method is
 * used, which the launcher opens ({@code --add-opens}). Where it is not open, the places stay many.
 * For one thread.
 */
final class Backlog {
  /** The kernel takes the lesser of this and its own bound (net.core.somaxconn). */
  static final int PLACES = 4096;

  static final int FEW_PLACES = 64;

  /** A crowd that was away for a shorter time is still there. */
  static final long CROWD_GONE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final ServerSocketChannel socket;
  private boolean few;
  private long crowdNanos;

  /** That of a socket that listens, with many places. */
  Backlog(ServerSocketChannel socket) {
    this.socket = socket;
  }

  /** Whether a crowd was there lately. */
  boolean isFew() {
    return few;
  }

  /** More connections come than can be read, and have for a while. */
  void crowded(long nowNanos) {
    crowdNanos = nowNanos;
    if (!few) {
      few = true;
      allow(FEW_PLACES);
    }
  }

  /** To be called now and then: makes the places many again when no crowd is there any more. */
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
