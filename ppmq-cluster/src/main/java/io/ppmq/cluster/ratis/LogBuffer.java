package io.ppmq.cluster.ratis;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The buffer from which Ratis writes its log. It has room for the largest entry, and the JVM fills
 * a new buffer with zeros, so that all of it is in memory; most entries take a hundredth of it. So
 * this class gives unused pages back to the system; they are zeros again at their next use.
 *
 * <p>Neither Ratis nor the JDK has a method for that, so this class uses internal ones. If they are
 * not open, the buffer stays in memory.
 */
final class LogBuffer {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /** The largest page size; each multiple of it is the start of a page. */
  private static final long PAGE_BYTES_MAX = 64 << 10;

  /** The bytes that stay in memory, for entries of the usual size. */
  private static final long KEPT_BYTES = 512 << 10;

  private final @Nullable Method unload = internalUnload();
  private RaftServer.@Nullable Division of;
  private volatile @Nullable Found found;

  /** A buffer, whose memory beyond a position was given back. */
  private static final class Found {
    private final ByteBuffer buffer;
    private final long address;
    private long usedUpTo;

    Found(ByteBuffer buffer, long address) {
      this.buffer = buffer;
      this.address = address;
      this.usedUpTo = buffer.capacity();
    }
  }

  private static @Nullable Method internalUnload() {
    try {
      Method unload =
          Class.forName("java.nio.MappedMemoryUtils")
              .getDeclaredMethod("unload", long.class, boolean.class, long.class);
      unload.setAccessible(true);
      return unload;
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      LOG.debug("the buffer of the log stays in memory", e);
      return null;
    }
  }

  /** Finds the buffer of this log if that was not done before. One thread. */
  void find(RaftServer.@Nullable Division division) {
    if (division == null || division == of || unload == null) {
      return;
    }
    of = division;
    try {
      Object worker = value(division.getRaftLog(), "fileLogWorker");
      ByteBuffer buffer = (ByteBuffer) value(worker, "writeBuffer");
      Field address = Buffer.class.getDeclaredField("address");
      address.setAccessible(true);
      if (buffer.isDirect()) {
        found = new Found(buffer, address.getLong(buffer));
      }
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      LOG.debug("the buffer of the log stays in memory", e);
    }
  }

  private static Object value(Object of, String field) throws ReflectiveOperationException {
    Field declared = of.getClass().getDeclaredField(field);
    declared.setAccessible(true);
    return declared.get(of);
  }

  /**
   * Gives back the unused memory, if there is much. Only on the thread that writes the log: no
   * other thread uses the buffer, whose bytes up to its position are still to be written.
   */
  void letGo() {
    Found log = found;
    Method call = unload;
    if (log == null || call == null) {
      return;
    }
    long used = log.buffer.position();
    if (log.usedUpTo - used < 2 * KEPT_BYTES) {
      log.usedUpTo = Math.max(log.usedUpTo, used);
      return;
    }
    long from = aligned(log.address + Math.max(used, KEPT_BYTES) + PAGE_BYTES_MAX - 1);
    long to = aligned(log.address + log.usedUpTo);
    log.usedUpTo = from - log.address;
    try {
      call.invoke(null, from, false, to - from);
    } catch (ReflectiveOperationException e) {
      LOG.debug("the buffer of the log stays in memory", e);
    }
  }

  private static long aligned(long address) {
    return address & -PAGE_BYTES_MAX;
  }
}
