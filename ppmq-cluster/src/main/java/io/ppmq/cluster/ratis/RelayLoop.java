package io.ppmq.cluster.ratis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that copies all relayed connections of a node. It never waits for one of them. */
final class RelayLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final int BUFFER_BYTES = 32 << 10;

  private final Selector selector;
  private final Queue<Runnable> errands = new ConcurrentLinkedQueue<>();
  private final Thread thread;

  /** The buffer for bytes that are read and sent at once; all connections share it. */
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

  private volatile boolean closed;

  RelayLoop() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread = new Thread(this::run, "ppmq-relay");
    thread.setDaemon(true);
    thread.start();
  }

  Selector selector() {
    return selector;
  }

  /** The empty buffer. For the thread of the loop. */
  ByteBuffer buffer() {
    return buffer.clear();
  }

  /** Runs an errand on the thread of the loop, soon. Any thread. */
  void execute(Runnable errand) {
    errands.add(errand);
    if (Thread.currentThread() != thread) {
      selector.wakeup();
    }
  }

  private void run() {
    while (!closed) {
      try {
        if (errands.isEmpty()) {
          selector.select(this::ready);
        } else {
          selector.selectNow(this::ready);
        }
      } catch (IOException e) {
        LOG.error("relayed connections cannot be waited for: {}", e.getMessage());
      }
      for (Runnable errand = errands.poll(); errand != null; errand = errands.poll()) {
        errand.run();
      }
    }
    for (SelectionKey key : selector.keys()) {
      ((RelayedConnection) key.attachment()).breakOff("the node stops");
    }
    try {
      selector.close();
    } catch (IOException ignored) {
      // nothing is lost
    }
  }

  private void ready(SelectionKey key) {
    ((RelayedConnection) key.attachment()).ready();
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      thread.join(1000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
