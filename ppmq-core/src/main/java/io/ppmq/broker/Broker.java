package io.ppmq.broker;

import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.PeekFilter;
import io.ppmq.topic.PeekedMessage;
import io.ppmq.topic.Purged;
import io.ppmq.topic.TopicStats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A running broker: takes commands from any thread, keeps messages in its store, and pushes them to
 * its subscribers until they are acknowledged.
 *
 * <p>Three threads work for it: the writer, which does everything that changes a topic; the syncer,
 * which waits for the disk; and one that gives disk space back. Its methods may be called from any
 * thread.
 */
public final class Broker {
  private static final long RECLAIM_MILLIS = 500;
  private static final long LOOK_SECONDS_MAX = 10;

  private volatile BrokerSettings settings;
  private final Store store;
  private final BrokerEvents events;
  private final Inbox inbox = new Inbox();
  private final Syncer syncer;
  private final AtomicLong turns = new AtomicLong();

  /** Held by who takes a turn: the writer's thread, or one that has little for it to do. */
  private final ReentrantLock turn = new ReentrantLock();

  private volatile boolean ended;
  private final Writer writer;
  private final Thread writerThread = new Thread(this::write, "ppmq-writer");
  private final CountDownLatch reclaimEnds = new CountDownLatch(1);
  private final Thread reclaimThread = new Thread(this::reclaim, "ppmq-reclaim");
  private final AtomicBoolean stopping = new AtomicBoolean();

  private Broker(
      BrokerSettings settings, Store store, Clock clock, Senders senders, BrokerEvents events) {
    this.settings = settings;
    this.store = store;
    this.events = events;
    this.syncer = new Syncer(store, settings.sync(), events, clock);
    this.writer = new Writer(settings, store, clock, senders, events, syncer, inbox);
  }

  /**
   * Opens the topics in the store and starts the broker. It owns the store from now on and closes
   * it in {@link #stop}.
   *
   * @throws StoreException when the store cannot be read; it is still the caller's then
   */
  public static Broker start(
      BrokerSettings settings, Store store, Clock clock, Senders senders, BrokerEvents events) {
    Broker broker = new Broker(settings, store, clock, senders, events);
    broker.syncer.start();
    broker.writerThread.start();
    broker.reclaimThread.setDaemon(true);
    broker.reclaimThread.setUncaughtExceptionHandler((ended, reason) -> events.bug(reason));
    broker.reclaimThread.start();
    return broker;
  }

  /** The current settings. */
  public BrokerSettings settings() {
    return settings;
  }

  /**
   * Hands in commands. Blocks while too much input waits to be committed.
   *
   * @throws RefusedException when a name in one of them is not known here, a rule is against it, or
   *     the broker is stopping; nothing of it is done
   * @throws InterruptedException when the thread is interrupted while it waits; nothing of it is
   *     done
   */
  public void submit(Submission submission) throws RefusedException, InterruptedException {
    collect(submission);
    inbox.wake();
  }

  /**
   * Hands in commands, from a thread that will call {@link #work} when it has nothing more at hand;
   * until then they may just wait.
   */
  public void collect(Submission submission) throws RefusedException, InterruptedException {
    BrokerSettings now = settings;
    now.check(submission);
    if (!inbox.submit(submission, now)) {
      throw new RefusedException(ErrorCode.STOPPING, "the broker is stopping");
    }
  }

  /**
   * Has what was collected carried out: at once and on this thread, where the writer has nothing to
   * do, which is quicker than to wake it. Blocks for a turn of the writer, and its commit, at most.
   */
  public void work() {
    if (inbox.isEmpty()) {
      return;
    }
    boolean idle = turn.tryLock();
    try {
      if (idle && writer.takesTasks()) {
        attempt(this::takeTurn);
      } else {
        inbox.wake();
      }
    } finally {
      if (idle) {
        turn.unlock();
      }
    }
  }

  // ---- what an administrator asks -------------------------------------------------------------

  /**
   * Applies other settings, all of them at once: topics and subscribers come and go, and what is
   * out with those that stay is not touched. A topic or subscriber that is not named any longer
   * keeps what it has. Blocks until the writer has done so; the store keeps it with the commit of
   * that turn, before anything that comes after it.
   *
   * @throws RefusedException when a topic that is new cannot be opened; nothing was changed then
   * @throws IllegalStateException when the broker has stopped or does not answer in time; nothing
   *     was changed then, nor will be
   */
  public void apply(BrokerSettings next) throws RefusedException {
    CompletableFuture<Boolean> begun = new CompletableFuture<>();
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    Question<Boolean> question =
        (asked, turn) -> {
          asked.apply(next, turn);
          settings = next;
          syncer.apply(next.sync());
          return true;
        };
    try {
      await(
          answer,
          turn -> {
            if (begun.complete(true)) {
              answer(turn, question, answer);
            }
          });
    } catch (IllegalStateException e) {
      if (begun.complete(false)) {
        throw e;
      }
      await(answer, turn -> {}); // it was begun at the last moment
    }
  }

  /**
   * Pushes nothing of it until {@link #resume}, over restarts too. What is out stays out. Blocks
   * until it is kept by the store.
   *
   * @return false when it was paused already
   * @throws RefusedException when there is no such topic or subscriber
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public boolean pause(Pause pause) throws RefusedException {
    return change((asked, turn) -> asked.pause(pause));
  }

  /**
   * Ends a pause. Another that covers the same goes on. Blocks until it is kept by the store.
   *
   * @return false when it was not paused
   * @throws RefusedException when there is no such topic or subscriber, and never was a pause of it
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public boolean resume(Pause pause) throws RefusedException {
    return change((asked, turn) -> asked.resume(pause));
  }

  /**
   * Empties all queues of a topic, of subscribers that the configuration does not name any longer
   * too: what waits and what is out is gone, all of it with one commit. Blocks until that is kept
   * by the store.
   *
   * @return how many messages each subscriber had
   * @throws RefusedException when there is no such topic, and nothing is left of one
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public Map<String, Long> purge(String topic) throws RefusedException {
    return change((asked, turn) -> asked.purge(topic, turn));
  }

  /**
   * Empties the queue of one subscriber of a topic. Messages with keys that other subscribers share
   * go in portions: call again until {@link Purged#isDone}. After a crash in between, what is left
   * is whole.
   *
   * @param before 0 at first; then {@link Purged#before} of the portion before
   */
  public Purged purge(String topic, String subscriber, long before) throws RefusedException {
    return change((asked, turn) -> asked.purge(topic, subscriber, before, turn));
  }

  /**
   * How the broker stands. Blocks until the writer has looked.
   *
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public BrokerStats stats() {
    return lookUp(Administration::stats);
  }

  /** For questions that are never refused. */
  private <T> T lookUp(Question<T> question) {
    try {
      return look(question);
    } catch (RefusedException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** How the broker stands but for its topics: {@link BrokerStats#topics} is empty. */
  public BrokerStats outline() {
    return lookUp(Administration::outline);
  }

  /** The names of all topics that {@link #stats} tells of, in the same order. */
  public List<String> topics() {
    return lookUp((asked, turn) -> asked.topics());
  }

  /**
   * How some topics stand. Whoever wants to know it of very many asks for a few at a time: the
   * writer does nothing else meanwhile.
   *
   * @return in the order of the names, without those that are no longer there
   */
  public List<TopicStats> topicStats(List<String> names) {
    return lookUp((asked, turn) -> asked.topicStats(names));
  }

  /** Why it takes no messages now, in one sentence; null when it does. */
  public @Nullable String whyNotReady() {
    try {
      return lookUp((asked, turn) -> asked.whyNotReady()).orElse(null);
    } catch (IllegalStateException e) {
      return e.getMessage();
    }
  }

  /** What was refused since the start, here and before it came here. */
  public Refusals refusals() {
    return writer.refusals();
  }

  /** How long commits took, those that succeeded. */
  public DurationCounts commits() {
    return writer.commits();
  }

  /** How long syncs took, those that succeeded. */
  public DurationCounts syncs() {
    return syncer.syncs();
  }

  /**
   * What a subscriber of a topic would get next, what is out with it first. Blocks until the writer
   * has looked.
   *
   * @param max most messages; no more come once they add up to 4 MiB of payload
   * @throws RefusedException when there is no such topic, or no such subscriber of it
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public List<PeekedMessage> peek(String topic, String subscriber, int max)
      throws RefusedException {
    return peek(topic, subscriber, PeekFilter.ALL, max);
  }

  /**
   * The dead letters of a topic, and whatever else it keeps under keys, in the order of the keys:
   * {@link KeyedMessage#isDeadLetter} tells them apart. Blocks until the writer has looked.
   *
   * @param after the key after which to begin; null for the first
   * @param max most messages
   * @throws RefusedException when there is no such topic
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public List<KeyedMessage> kept(String topic, @Nullable Bytes after, int max)
      throws RefusedException {
    return look((asked, turn) -> asked.kept(topic, after, max));
  }

  /**
   * Queues the message of a dead letter for the subscriber for which it died, and for nobody else,
   * and takes the letter out, all of it with one commit. Blocks until that is kept by the store.
   *
   * @param topic the dead-letter topic
   * @param key the key of the letter there
   * @throws RefusedException when there is no such letter, its subscriber or topic is gone, its
   *     topic is full, it has expired, or another version of its key is in the way; the letter
   *     stays
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public void requeue(String topic, Bytes key) throws RefusedException {
    change(
        (asked, turn) -> {
          asked.requeue(topic, key, turn);
          return true;
        });
  }

  /**
   * Takes a dead letter out for good. Blocks until that is kept by the store. A key that is not
   * that of a dead letter does nothing.
   *
   * @param topic the dead-letter topic
   * @param key the key of the letter there
   * @throws RefusedException when there is no such topic, or the store takes nothing now
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public void drop(String topic, Bytes key) throws RefusedException {
    change(
        (asked, turn) -> {
          asked.drop(topic, key);
          return true;
        });
  }

  /** Whether producers are held back because a topic is full. */
  public boolean isHolding() {
    return writer.isHolding();
  }

  /**
   * Whether a submission is held that is so large that there is no room for another such. Any
   * thread may ask.
   */
  public boolean isHoldingLarge() {
    return writer.isHoldingLarge();
  }

  /**
   * Copies everything the broker keeps to a directory, while it goes on; see {@link Store#copyTo}.
   *
   * @return how many bytes the copy has
   * @throws StoreException when it cannot be made, saying why
   */
  public long copyTo(Path directory) {
    return store.copyTo(directory);
  }

  /**
   * What a subscriber of a topic would get next, only what the filter takes. Looks at no more than
   * 50,000 messages of each priority that were never sent, so that it does not hold up the broker.
   */
  public List<PeekedMessage> peek(String topic, String subscriber, PeekFilter filter, int max)
      throws RefusedException {
    return look((asked, turn) -> asked.peek(topic, subscriber, filter, max, turn));
  }

  /** What is asked of the writer, on its thread. */
  private interface Question<T> {
    T of(Administration asked, Turn turn) throws RefusedException;
  }

  private <T> T look(Question<T> question) throws RefusedException {
    CompletableFuture<T> answer = new CompletableFuture<>();
    return await(answer, turn -> answer(turn, question, answer));
  }

  /** Has the writer do something; returns when that is as durable as a confirm. */
  private <T> T change(Question<T> change) throws RefusedException {
    CompletableFuture<T> answer = new CompletableFuture<>();
    return await(answer, turn -> writer.whenKept(kept(turn, change, answer)));
  }

  private <T> T await(CompletableFuture<T> answer, Errand errand) throws RefusedException {
    if (!inbox.errand(errand)) {
      throw new IllegalStateException("the broker has stopped");
    }
    try {
      return answer.get(LOOK_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RefusedException refused) {
        throw refused;
      }
      Throwable cause = e.getCause(); // its sentence only: the other names a class
      throw new IllegalStateException(cause == null ? e.getMessage() : cause.getMessage(), e);
    } catch (TimeoutException e) {
      throw new IllegalStateException("the broker does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private <T> void answer(Turn turn, Question<T> question, CompletableFuture<T> answer) {
    try {
      answer.complete(question.of(writer.administration(), turn));
    } catch (StoreException | RefusedException e) {
      answer.completeExceptionally(e);
    }
  }

  private <T> Answer kept(Turn turn, Question<T> change, CompletableFuture<T> answer) {
    try {
      T changed = change.of(writer.administration(), turn);
      return new Answer() {
        @Override
        public void confirmed() {
          answer.complete(changed);
        }

        @Override
        public void failed(String reason) {
          answer.completeExceptionally(new IllegalStateException(reason));
        }

        @Override
        public void refused(ErrorCode code, String reason) {
          answer.completeExceptionally(new RefusedException(code, reason));
        }
      };
    } catch (RefusedException e) {
      answer.completeExceptionally(e);
      return Answer.NONE;
    }
  }

  /**
   * Commits what was submitted, syncs it, answers those who wait, and closes the store. Blocks
   * until all of that is done. What is out with subscribers is sent again by the next broker.
   */
  public void stop() throws InterruptedException {
    if (!stopping.compareAndSet(false, true)) {
      return;
    }
    inbox.close();
    writerThread.join();
    syncer.stop();
    reclaimEnds.countDown(); // an interrupt would close the files that a pass writes to
    reclaimThread.join();
    store.close();
  }

  /**
   * Whether the writer still does its work: it has answered, or has at least taken a turn since,
   * while commits fail and it takes nothing. Blocks until one of that is known, for 10 seconds at
   * most.
   */
  public boolean isWorking() {
    long before = turns.get();
    try {
      return look((asked, turn) -> true);
    } catch (IllegalStateException | RefusedException e) {
      return turns.get() != before;
    }
  }

  private void write() {
    try {
      while (!stopping.get() && !ended) {
        attempt(this::takeTurn);
        inbox.await();
      }
      attempt(this::takeLastTurn);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void takeTurn() {
    long nanos = writer.turn(writer.takesTasks() ? inbox.take() : new ArrayList<>());
    turns.incrementAndGet();
    if (writer.takesTasks()) {
      inbox.due(nanos);
    } else {
      inbox.rest(nanos);
    }
  }

  private void takeLastTurn() {
    ended = true;
    if (writer.takesTasks()) {
      writer.turn(inbox.take());
    }
    writer.stop();
  }

  /** Has the writer do something, on this thread; what it throws is its end. */
  private void attempt(Runnable step) {
    turn.lock();
    try {
      if (!ended) {
        step.run();
      }
    } catch (StoreException e) {
      ended = true;
      events.storeLost(e);
    } catch (RuntimeException | Error e) {
      ended = true;
      events.bug(e);
    } finally {
      turn.unlock();
    }
  }

  private void reclaim() {
    boolean failing = false;
    while (!stopping.get()) {
      try {
        if (reclaimEnds.await(RECLAIM_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
        store.reclaim();
        if (failing) {
          events.storeRecovered();
        }
        failing = false;
      } catch (StoreException e) {
        if (!failing) {
          events.storeFailing(e.sentence());
        }
        failing = true;
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
