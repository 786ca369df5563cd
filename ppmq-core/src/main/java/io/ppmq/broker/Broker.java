package io.ppmq.broker;

import io.ppmq.broker.administration.Administration;
import io.ppmq.broker.commit.Syncer;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.port.Senders;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.Pause;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.stats.BrokerStats;
import io.ppmq.broker.stats.DurationCounts;
import io.ppmq.broker.stats.Refusals;
import io.ppmq.broker.turn.Inbox;
import io.ppmq.message.Bytes;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.ExportPage;
import io.ppmq.topic.ExportPosition;
import io.ppmq.topic.PeekFilter;
import io.ppmq.topic.Peeked;
import io.ppmq.topic.Purged;
import io.ppmq.topic.TopicStats;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A running broker: takes commands from any thread, keeps messages in its store, and pushes them to
 * its subscribers until they are acknowledged.
 *
 * <p>Three threads work for it: the writer, which does everything that changes a topic; the syncer,
 * which waits for the disk; and one that gives disk space back. Where the store says that other
 * machines keep its commits too ({@link Store#shared()}) there is no syncer: kept commits are on
 * disks already. Its methods may be called from any thread.
 */
public final class Broker {
  private volatile BrokerSettings settings;
  private final Store store;
  private final Inbox inbox = new Inbox();
  private final Syncer syncer;
  private final Writer writer;
  private final BrokerThreads threads;
  private final Questions questions;

  private Broker(
      BrokerSettings settings, Store store, Clock clock, Senders senders, BrokerEvents events) {
    this.settings = settings;
    this.store = store;
    this.syncer = new Syncer(store, settings.sync(), events, clock);
    this.writer = new Writer(settings, store, clock, senders, events, syncer, inbox);
    this.threads = new BrokerThreads(store, syncer, writer, inbox, events);
    this.questions = new Questions(inbox, writer);
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
    broker.threads.start();
    return broker;
  }

  /** The current settings. */
  public BrokerSettings settings() {
    return settings;
  }

  /**
   * Hands in commands. Blocks while too much input waits to be committed.
   *
   * @throws RefusedException when a name in one of them is not known here, a rule forbids it, or
   *     the broker is stopping; nothing of it is done
   * @throws InterruptedException when the thread is interrupted while it waits; nothing of it is
   *     done
   */
  public void submit(Submission submission) throws RefusedException, InterruptedException {
    collect(submission);
    inbox.wake();
  }

  /**
   * Hands in commands, from a thread that will call {@link #work} when it has no further commands;
   * until then they may wait.
   */
  public void collect(Submission submission) throws RefusedException, InterruptedException {
    BrokerSettings now = settings;
    now.check(submission);
    if (writer.shares()) {
      submission.checkShared();
    }
    if (!inbox.submit(submission, now)) {
      String abandoned = threads.loop().abandoned();
      throw abandoned == null
          ? new RefusedException(ErrorCode.STOPPING, "the broker is stopping")
          : new RefusedException(ErrorCode.UNAVAILABLE, abandoned);
    }
  }

  /**
   * Carries out the collected commands. If the writer is idle, this thread does so at once, which
   * is faster than waking the writer. Blocks for a turn of the writer and its commit, and for
   * another turn that follows at once. Does not block where other machines keep the commits too.
   */
  public void work() {
    threads.work();
  }

  // ---- what an administrator asks -------------------------------------------------------------

  /**
   * Applies other settings, all of them at once: topics and subscribers come and go, and messages
   * that are out with those that stay are not touched. A topic or subscriber that they no longer
   * name keeps its messages. Blocks until the writer has applied them. The commit of that turn
   * keeps the change, before any later one.
   *
   * @throws RefusedException when a new topic cannot be opened; nothing was changed
   * @throws IllegalStateException when the broker has stopped or does not answer in time; nothing
   *     was changed and nothing will be
   */
  public void apply(BrokerSettings next) throws RefusedException {
    questions.carryOut(
        (asked, turn) -> {
          asked.apply(next, turn);
          settings = next;
          syncer.apply(next.sync());
          return true;
        });
  }

  /**
   * Pushes none of its messages until {@link #resume}, also after a restart. Messages that are out
   * stay out. Blocks until the store keeps the pause.
   *
   * @return false when it was paused already
   * @throws RefusedException when there is no such topic or subscriber
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public boolean pause(Pause pause) throws RefusedException {
    return questions.change((asked, turn) -> asked.pause(pause));
  }

  /**
   * Ends a pause. Another pause that covers the same messages stays. Blocks until the store keeps
   * the change.
   *
   * @return false when it was not paused
   * @throws RefusedException when there is no such topic or subscriber, and it was never paused
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public boolean resume(Pause pause) throws RefusedException {
    return questions.change((asked, turn) -> asked.resume(pause));
  }

  /**
   * Empties all queues of a topic, including those of subscribers that the configuration no longer
   * names: one commit drops the waiting messages and those that are out. Blocks until the store
   * keeps the change.
   *
   * @return the number of messages of each subscriber
   * @throws RefusedException when there is no such topic and no data of one
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public Map<String, Long> purge(String topic) throws RefusedException {
    return questions.change((asked, turn) -> asked.purge(topic, turn));
  }

  /**
   * Empties the queue of one subscriber of a topic. Keyed messages that other subscribers share are
   * dropped in portions: call again until {@link Purged#isDone}. A crash in between leaves the
   * remaining messages intact.
   *
   * @param before 0 for the first call; then {@link Purged#before} of the previous portion
   */
  public Purged purge(String topic, String subscriber, long before) throws RefusedException {
    return questions.change((asked, turn) -> asked.purge(topic, subscriber, before, turn));
  }

  /**
   * Deletes the message that is queued under a key, for all subscribers of a topic, even if it is
   * out. Blocks until the store keeps the change.
   *
   * @return false when no queue of the topic has that key
   * @throws RefusedException when there is no such topic and no data of one
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public boolean delete(String topic, Bytes key) throws RefusedException {
    return questions.change((asked, turn) -> asked.delete(topic, key, turn));
  }

  /**
   * The state of the broker. Blocks until the writer has answered.
   *
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public BrokerStats stats() {
    return questions.lookUp(Administration::stats);
  }

  /** The state of the broker without its topics: {@link BrokerStats#topics} is empty. */
  public BrokerStats outline() {
    return questions.lookUp(Administration::outline);
  }

  /** The names of all topics in {@link #stats}, in the same order. */
  public List<String> topics() {
    return questions.lookUp((asked, turn) -> asked.topics());
  }

  /**
   * The state of some topics. A caller that needs very many topics asks for a few at a time,
   * because the writer does nothing else meanwhile.
   *
   * @return in the order of the names, without topics that no longer exist
   */
  public List<TopicStats> topicStats(List<String> names) {
    return questions.lookUp((asked, turn) -> asked.topicStats(names));
  }

  /** The reason why it takes no messages now, in one sentence; null when it takes them. */
  public @Nullable String whyNotReady() {
    try {
      return questions.lookUp((asked, turn) -> asked.whyNotReady()).orElse(null);
    } catch (IllegalStateException e) {
      return e.getMessage();
    }
  }

  /** The refusals since the start, by the broker and before values reached it. */
  public Refusals refusals() {
    return writer.refusals();
  }

  /** The durations of successful commits. */
  public DurationCounts commits() {
    return writer.commits();
  }

  /** The durations of successful syncs. */
  public DurationCounts syncs() {
    return syncer.syncs();
  }

  /**
   * All queued messages of a topic, each once, a portion at a time: begin at {@link
   * ExportPosition#START}, and continue at the position that each page gives. A portion holds up to
   * about 256 KiB of payload. Messages that are published or acknowledged between two portions may
   * be included or not.
   *
   * @param subscriber the only subscriber whose messages are wanted; null for all
   */
  public ExportPage export(String topic, @Nullable String subscriber, ExportPosition from)
      throws RefusedException {
    return questions.look((asked, turn) -> asked.export(topic, subscriber, from, turn));
  }

  /**
   * The messages that a subscriber of a topic would get next, after those that are out with it, as
   * far as the filter takes them. Reads at most 50,000 messages of each priority that were never
   * sent, so that it does not delay the broker. Blocks until the writer has answered.
   *
   * @param max the largest number of messages; the list also ends at 4 MiB of payload
   * @throws RefusedException when there is no such topic, or no such subscriber of it
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public Peeked peek(String topic, String subscriber, PeekFilter filter, int max)
      throws RefusedException {
    return questions.look((asked, turn) -> asked.peek(topic, subscriber, filter, max, turn));
  }

  /**
   * The dead letters of a topic, and all its other keyed messages, in the order of the keys: {@link
   * KeyedMessage#isDeadLetter} distinguishes them. Blocks until the writer has answered.
   *
   * @param after the key after which to begin; null for the first
   * @param max the largest number of messages
   * @throws RefusedException when there is no such topic
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public List<KeyedMessage> kept(String topic, @Nullable Bytes after, int max)
      throws RefusedException {
    return questions.look((asked, turn) -> asked.kept(topic, after, max));
  }

  /** The lowest id that later messages may get; earlier ones have lower ids. Blocks for it. */
  public long nextId() throws RefusedException {
    return questions.look((asked, turn) -> asked.nextId());
  }

  /**
   * Queues the message of a dead letter for the subscriber for which it died, and for no other, and
   * removes the letter, both with one commit. Blocks until the store keeps the change.
   *
   * @param topic the dead-letter topic
   * @param key the key of the letter there
   * @throws RefusedException when there is no such letter, its subscriber or topic is gone, its
   *     topic is full, it has expired, another version of its key prevents it, or too much is to be
   *     committed at this moment; the letter stays
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public void requeue(String topic, Bytes key) throws RefusedException {
    questions.change(
        (asked, turn) -> {
          asked.requeue(topic, key, turn);
          return true;
        });
  }

  /**
   * Drops a dead letter. Blocks until the store keeps the change. Does nothing if the key is not
   * that of a dead letter.
   *
   * @param topic the dead-letter topic
   * @param key the key of the letter there
   * @throws RefusedException when there is no such topic, or the store takes nothing now
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public void drop(String topic, Bytes key) throws RefusedException {
    questions.change(
        (asked, turn) -> {
          asked.drop(topic, key);
          return true;
        });
  }

  /**
   * The delayed messages of a topic that the filter takes, in the order in which they come due;
   * reads at most 50,000. Blocks until the writer has answered.
   *
   * @throws RefusedException when there is no such topic
   */
  public Peeked peekDelayed(String topic, PeekFilter filter, int max) throws RefusedException {
    return questions.look((asked, turn) -> asked.peekDelayed(topic, filter, max));
  }

  /** Whether producers are held back because a topic is full. */
  public boolean isHolding() {
    return writer.isHolding();
  }

  /** Whether a submission is held that leaves no room for another large one. Any thread may ask. */
  public boolean isHoldingLarge() {
    return writer.isHoldingLarge();
  }

  /**
   * Copies all stored data to a directory while the broker goes on; see {@link Store#copyTo}.
   *
   * @return the size of the copy in bytes
   * @throws StoreException when it cannot be made, with the reason
   */
  public long copyTo(Path directory) {
    return store.copyTo(directory);
  }

  /**
   * Commits the submitted requests, syncs them, answers waiting peers, and closes the store. Blocks
   * until all of that is done. The next broker sends messages that are out with subscribers again.
   */
  public void stop() throws InterruptedException {
    threads.stop();
  }

  /**
   * Ends without another commit, because another machine leads. Only for a store whose commits
   * other machines keep too ({@link Store#shared()}). Blocks until nothing is pushed, answered, or
   * handed to the store any more. Callers that wait for a commit that was begun are told that it
   * may have been kept, all others that nothing was done. The store stays open. Must not be called
   * on a thread that a commit or a reservation of ids needs to complete.
   *
   * @param reason one sentence, for the callers that wait
   */
  public void abandon(String reason) throws InterruptedException {
    threads.abandon(reason);
  }

  /**
   * Whether the writer still works: it answers or, while commits fail and it takes nothing, at
   * least takes a turn. Blocks until one of these is known, for at most 10 seconds.
   */
  public boolean isWorking() {
    long before = threads.loop().turns();
    try {
      return questions.look((asked, turn) -> true);
    } catch (IllegalStateException | RefusedException e) {
      return threads.loop().turns() != before;
    }
  }
}
