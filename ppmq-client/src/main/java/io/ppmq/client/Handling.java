package io.ppmq.client;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Passes the messages of one worker to handlers. The messages of a topic keep their order, and the
 * builder bounds how many are handled at once, also across a change of the connection. Topics do
 * not wait for each other. {@link Acknowledgements} receives the result of each message. A message
 * that was delivered again, or whose connection is lost, is settled by no older result.
 *
 * <p>One thread passes batches in and never waits for a handler. Handlers run on the threads of an
 * executor. While the lock is held, no handler is called and nothing is waited for.
 */
final class Handling {
  private final SubscriberBuilder options;
  private final Work work;
  private final Executor executor;

  /** Guards the fields below it. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private final Map<String, Lane> lanes = new LinkedHashMap<>();
  private final Set<Thread> handlers = new HashSet<>();
  private Runnable whenRoom = () -> {};
  private long queuedChars;
  private boolean stopped;

  /** The connection for results; null while there is none, and results do not count. */
  private @Nullable Acknowledgements acknowledgements;

  Handling(SubscriberBuilder options, Work work, Executor executor) {
    this.options = options;
    this.work = work;
    this.executor = executor;
  }

  /**
   * Starts a new connection: deliveries taken from now on belong to it.
   *
   * @param whenRoom runs on a handler's thread when there is room for batches again
   */
  void connect(Acknowledgements acknowledgements, Runnable whenRoom) {
    lock.lock();
    try {
      this.acknowledgements = acknowledgements;
      this.whenRoom = whenRoom;
    } finally {
      lock.unlock();
    }
  }

  /** Whether more bytes wait for handlers than the longest batch may hold. */
  boolean isFull() {
    lock.lock();
    try {
      return queuedChars > options.batchBytesMax && !stopped;
    } finally {
      lock.unlock();
    }
  }

  void awaitRoom() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (queuedChars > options.batchBytesMax && !stopped) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes a batch, and starts handlers for it. */
  void take(Batch batch) {
    int wanted = 0;
    Lane lane;
    lock.lock();
    try {
      if (stopped || acknowledgements == null) {
        return;
      }
      acknowledgements.delivered(batch);
      lane = lanes.computeIfAbsent(batch.topic(), Lane::new);
      queuedChars -= lane.queuedChars();
      for (ReceivedMessage message : batch.messages()) {
        lane.add(new Delivery(this, batch.topic(), message));
      }
      queuedChars += lane.queuedChars();
      while (lane.threads < Math.min(options.atOnce(work), lane.busy + lane.queued())) {
        lane.threads++;
        wanted++;
      }
    } finally {
      lock.unlock();
    }
    for (int i = 0; i < wanted; i++) {
      execute(lane);
    }
  }

  private void execute(Lane lane) {
    try {
      executor.execute(() -> work(lane));
    } catch (RejectedExecutionException e) {
      List<Delivery> taken = isLast(lane) ? next(lane) : List.of();
      if (!taken.isEmpty()) {
        options.problems.report("no thread takes the messages of topic " + lane.topic, e);
      }
      for (; !taken.isEmpty(); taken = next(lane)) {
        finish(lane, taken, Nack.of(RetryAfter.USUAL, e), false);
      }
    }
  }

  /** Whether no other thread works on the lane; if there is one, this thread leaves the lane. */
  private boolean isLast(Lane lane) {
    lock.lock();
    try {
      if (lane.threads > 1) {
        lane.threads--;
        return false;
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void work(Lane lane) {
    List<Delivery> taken = next(lane);
    while (!taken.isEmpty()) {
      handle(lane, taken);
      taken = next(lane);
    }
  }

  /** The messages to handle next; none when this thread must leave the lane. */
  private List<Delivery> next(Lane lane) {
    Runnable room;
    List<Delivery> next;
    lock.lock();
    try {
      boolean full = queuedChars > options.batchBytesMax;
      queuedChars -= lane.queuedChars();
      next = stopped ? List.of() : lane.next(work.messagesMax());
      queuedChars += lane.queuedChars();
      if (next.isEmpty()) {
        lane.threads--;
        forgetIdle(lane);
      } else {
        lane.busy++;
        handlers.add(Thread.currentThread());
      }
      room = full && queuedChars <= options.batchBytesMax ? whenRoom : () -> {};
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    room.run();
    return next;
  }

  private boolean isStopped() {
    lock.lock();
    try {
      return stopped;
    } finally {
      lock.unlock();
    }
  }

  private void forgetIdle(Lane lane) {
    if (lane.threads == 0 && lane.isDone()) {
      lanes.remove(lane.topic, lane);
    }
  }

  private void handle(Lane lane, List<Delivery> taken) {
    Nack nack = null;
    boolean given = false; // true: left to the broker, because the subscriber closes
    try {
      work.handle(taken);
    } catch (Nack e) {
      nack = e;
    } catch (Throwable e) { // errors too: nothing else would nack the message
      given = isStopped() && Failure.isInterruption(e);
      nack = given ? null : Failure.nack(options, taken, e);
    }
    finish(lane, taken, nack, given);
  }

  private void finish(Lane lane, List<Delivery> taken, @Nullable Nack nack, boolean given) {
    Acknowledgements done;
    lock.lock();
    try {
      for (Delivery delivery : taken) {
        if (given) {
          var unused = lane.settle(delivery);
        } else if (nack != null || options.acknowledge) {
          settle(lane, delivery, nack);
        }
      }
      lane.handled(taken);
      lane.busy--;
      handlers.remove(Thread.currentThread());
      done = lane.isDone() ? acknowledgements : null;
      changed.signalAll();
      boolean unused = Thread.interrupted(); // this handler's, not the next one's
    } finally {
      lock.unlock();
    }
    if (done != null) {
      done.flush(lane.topic);
    }
  }

  private void settle(Lane lane, Delivery delivery, @Nullable Nack nack) {
    if (lane.settle(delivery) && acknowledgements != null) {
      acknowledgements.settle(lane.topic, delivery.key(), nack);
    }
  }

  /** Settles a message on behalf of the program. */
  void settle(Delivery delivery, @Nullable Nack nack) {
    Acknowledgements done = null;
    lock.lock();
    try {
      Lane lane = lanes.get(delivery.topic());
      if (lane != null) {
        settle(lane, delivery, nack);
        done = lane.isDone() ? acknowledgements : null;
        forgetIdle(lane);
      }
    } finally {
      lock.unlock();
    }
    if (done != null) {
      done.flush(delivery.topic());
    }
  }

  /** Notes keys that the program settled itself; returns those that this worker holds. */
  List<String> settle(String topic, Collection<String> keys) {
    lock.lock();
    try {
      Lane lane = lanes.get(topic);
      if (lane == null) {
        return List.of();
      }
      queuedChars -= lane.queuedChars();
      List<String> here = lane.settle(keys);
      queuedChars += lane.queuedChars();
      forgetIdle(lane);
      return here;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Settles the keys that this worker holds, on behalf of the program; sends nothing about others.
   */
  void say(String topic, Collection<String> keys, @Nullable Nack nack) throws InterruptedException {
    Acknowledgements words;
    List<String> here;
    lock.lock();
    try {
      words = acknowledgements;
      here = settle(topic, keys);
    } finally {
      lock.unlock();
    }
    if (words != null && !here.isEmpty()) {
      words.sayUnlessClosed(topic, here, nack);
    }
  }

  /** Asks for more time for the keys that this worker holds; returns those that are still out. */
  List<String> extend(String topic, Collection<String> keys)
      throws Refused, IOException, InterruptedException {
    Acknowledgements words;
    List<String> here;
    lock.lock();
    try {
      words = acknowledgements;
      Lane lane = lanes.get(topic);
      here = lane == null ? List.of() : lane.held(keys);
    } finally {
      lock.unlock();
    }
    if (words == null || here.isEmpty()) {
      return List.of();
    }
    List<String> gone = words.extend(topic, here);
    return here.stream().filter(key -> !gone.contains(key)).toList();
  }

  boolean isOut(Delivery delivery) {
    lock.lock();
    try {
      Lane lane = lanes.get(delivery.topic());
      return lane != null && lane.isOut(delivery);
    } finally {
      lock.unlock();
    }
  }

  boolean extend(Delivery delivery) throws Refused, IOException, InterruptedException {
    return isOut(delivery)
        && !extend(delivery.topic(), List.of(delivery.key())).isEmpty()
        && isOut(delivery);
  }

  /** Whether the calling thread runs a handler. */
  boolean isHandler() {
    lock.lock();
    try {
      return handlers.contains(Thread.currentThread());
    } finally {
      lock.unlock();
    }
  }

  /** Begins no more messages. Running handlers finish, and their results count. */
  void stop() {
    lock.lock();
    try {
      stopped = true;
      lanes.values().forEach(Lane::dropQueued);
      queuedChars = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Notes that the connection is lost: results of its messages do not count, since all of them are
   * delivered again.
   */
  void abandon() {
    lock.lock();
    try {
      acknowledgements = null;
      lanes.values().forEach(Lane::dropAll);
      lanes.values().removeIf(lane -> lane.threads == 0);
      queuedChars = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until no handler runs, for at most {@code grace}. */
  void awaitHandlers(Duration grace) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long leftNanos = grace.toNanos();
      while (!handlers.isEmpty() && leftNanos > 0) {
        leftNanos = changed.awaitNanos(leftNanos);
      }
    } finally {
      lock.unlock();
    }
  }

  void interruptHandlers() {
    lock.lock();
    try {
      handlers.forEach(Thread::interrupt);
    } finally {
      lock.unlock();
    }
  }
}
