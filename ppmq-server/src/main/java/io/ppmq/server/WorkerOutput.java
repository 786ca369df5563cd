package io.ppmq.server;

import io.ppmq.broker.port.Sender;
import io.ppmq.message.Bytes;
import io.ppmq.topic.Batch;
import io.ppmq.wire.BatchEncoder;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The output to a connection that subscribed: batches, and answers between whole batches. The
 * broker's thread pushes batches, without blocking; the listener's thread writes answers, and
 * continues output that the socket did not take at once. Both use it, one at a time.
 */
final class WorkerOutput implements Sender {
  /**
   * A worker that takes nothing of a batch for this long is closed, because it keeps others
   * waiting.
   */
  private static final long STUCK_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

  private final Connection connection;
  private final SocketChannel channel;
  private final AnswerQueue answers;
  private final Link link;
  private final Map<String, Bytes> openings = new HashMap<>(2);

  /** A batch that waits until the socket has taken the answers before it. */
  private @Nullable Batch waiting;

  /** The rest of a batch whose beginning the socket has taken. */
  private @Nullable PushBuffer begun;

  private long stuckSinceNanos;
  private boolean ready;
  private boolean ended;
  private boolean stopped;

  /** An output that writes nothing until {@link #begin}. */
  WorkerOutput(Connection connection, SocketChannel channel, AnswerQueue answers, Link link) {
    this.connection = connection;
    this.channel = channel;
    this.answers = answers;
    this.link = link;
  }

  /** Writes all answers here from now on. */
  synchronized void begin() {
    ready = true;
  }

  // ---- batches --------------------------------------------------------------------------------

  @Override
  public void open() {
    throw new IllegalStateException("the peer has connected");
  }

  @Override
  public synchronized boolean push(Batch batch) {
    if (ended) {
      if (!stopped) {
        link.failed("the connection has ended");
      }
      return false;
    }
    if (!ready || answers.hasUnwritten()) {
      waiting = batch;
      stuckSinceNanos = System.nanoTime();
      connection.outputChanged(false);
      return false;
    }
    return write(batch);
  }

  /** Writes a batch; returns whether the socket took all of it. */
  private boolean write(Batch batch) {
    PushBuffer shared = PushBuffer.shared();
    if (!shared.holds(batch)) {
      shared.begin(batch, opening(batch));
    }
    try {
      if (shared.writeTo(channel)) {
        return true;
      }
    } catch (IOException gone) {
      connection.outputChanged(true); // the connection ends when its input has been read
      return false;
    }
    begun = shared.moved();
    stuckSinceNanos = System.nanoTime();
    connection.outputChanged(false);
    return false;
  }

  private Bytes opening(Batch batch) {
    return openings.computeIfAbsent(
        batch.topic(), topic -> BatchEncoder.opening(topic, batch.subscriber()));
  }

  @Override
  public synchronized void prepare(Batch batch) {
    if (ready && !ended && waiting == null && begun == null) {
      PushBuffer.shared().begin(batch, opening(batch));
    }
  }

  @Override
  public void close() {
    connection.endLater();
  }

  // ---- for the listener's thread --------------------------------------------------------------

  /**
   * Writes as much of the waiting output as the socket takes, and an answer after it.
   *
   * @param line an answer; null for none
   * @throws IOException if the peer no longer receives
   */
  synchronized void write(byte @Nullable [] line) throws IOException {
    if (line != null) {
      answers.add(line);
    }
    if (begun != null && !writeOn(begun)) {
      return;
    }
    answers.write();
    Batch next = waiting;
    if (next != null && ready && !ended && !answers.hasUnwritten()) {
      waiting = null;
      if (write(next)) {
        link.pushed();
      }
    }
  }

  /** Writes on; returns whether the batch is finished. */
  private boolean writeOn(PushBuffer rest) {
    long before = rest.written();
    boolean whole;
    try {
      whole = rest.writeTo(channel);
    } catch (IOException gone) {
      begun = null;
      connection.outputChanged(true);
      return false;
    }
    if (rest.written() != before) {
      stuckSinceNanos = System.nanoTime();
    }
    if (whole) {
      begun = null;
      link.pushed();
    }
    return whole;
  }

  /** Whether output waits for the socket. */
  synchronized boolean hasUnwritten() {
    return answers.hasUnwritten() || begun != null || waiting != null;
  }

  /** Whether the socket has taken nothing of a batch for too long a time. */
  synchronized boolean isStuck(long nowNanos) {
    return (begun != null || waiting != null) && nowNanos - stuckSinceNanos > STUCK_NANOS_MAX;
  }

  /**
   * Stops pushing: the peer sends nothing more, or is gone. Finishes a begun batch if possible, so
   * that an answer after it is on a separate line.
   */
  synchronized void end() {
    if (!ended) {
      ended = true;
      waiting = null;
      link.closed(false);
    }
  }

  /**
   * Stops pushing, and reports nothing from now on: the broker stops, and the worker is not lost by
   * that. What is out with it must not reach its limit of deliveries.
   */
  synchronized void stop() {
    ended = true;
    stopped = true;
    waiting = null;
  }
}
