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
import io.ppmq.topic.PeekedMessage;
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
   * Carries out the collected commands. Where the writer has nothing to do, this happens at once
   * and on this thread, which is quicker than waking the writer. Blocks for a turn of the writer,
   * and its commit, and for one that follows from it at once; not at all where other machines keep
   * its commits too.
   */
  public void work() {
    threads.work();
  }

  // ---- what an administrator asks -------------------------------------------------------------

  /**
   * Applies other settings, all of them at once: topics and subscribers come and go, and messages
   * that are out with those that stay are not touched. A topic or subscriber that is not named any
   * longer keeps its messages. Blocks until the writer has done so; the store keeps it with the
   * commit of that turn, before anything that comes after it.
   *
   * @throws RefusedException when a topic that is new cannot be opened; nothing was changed then
   * @throws IllegalStateException when the broker has stopped or does not answer in time; nothing
   *     was changed then, nor will be
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
   * Pushes nothing of it until {@link #resume}, over restarts too. Messages that are out stay out.
   * Blocks until it is kept by the store.
   *
   * @return false when it was paused already
   * @throws RefusedException when there is no such topic or subscriber
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public boolean pause(Pause pause) throws RefusedException {
    return questions.change((asked, turn) -> asked.pause(pause));
  }

  /**
   * Ends a pause. Another that covers the same goes on. Blocks until it is kept by the store.
   *
   * @return false when it was not paused
   * @throws RefusedException when there is no such topic or subscriber, and never was a pause of it
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public boolean resume(Pause pause) throws RefusedException {
    return questions.change((asked, turn) -> asked.resume(pause));
  }

  /**
   * Empties all queues of a topic, of subscribers that the configuration does not name any longer
   * too: waiting messages and those that are out are gone, all with one commit. Blocks until that
   * is kept by the store.
   *
   * @return how many messages each subscriber had
   * @throws RefusedException when there is no such topic, and nothing is left of one
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public Map<String, Long> purge(String topic) throws RefusedException {
    return questions.change((asked, turn) -> asked.purge(topic, turn));
  }

  /**
   * Empties the queue of one subscriber of a topic. Messages with keys that other subscribers share
   * go in portions: call again until {@link Purged#isDone}. After a crash in between, the rest is
   * whole.
   *
   * @param before 0 at first; then {@link Purged#before} of the portion before
   */
  public Purged purge(String topic, String subscriber, long before) throws RefusedException {
    return questions.change((asked, turn) -> asked.purge(topic, subscriber, before, turn));
  }

  /**
   * Deletes the message that is queued under a key, for all subscribers of a topic; where it is out
   * too. Blocks until that is kept by the store.
   *
   * @return false when no queue of the topic has that key
   * @throws RefusedException when there is no such topic, and nothing is left of one
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public boolean delete(String topic, Bytes key) throws RefusedException {
    return questions.change((asked, turn) -> asked.delete(topic, key, turn));
  }

  /**
   * How the broker stands. Blocks until the writer has looked.
   *
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public BrokerStats stats() {
    return questions.lookUp(Administration::stats);
  }

  /** How the broker stands, without its topics: {@link BrokerStats#topics} is empty. */
  public BrokerStats outline() {
    return questions.lookUp(Administration::outline);
  }

  /** The names of all topics that {@link #stats} tells of, in the same order. */
  public List<String> topics() {
    return questions.lookUp((asked, turn) -> asked.topics());
  }

  /**
   * How some topics stand. A caller that wants to know about very many topics asks for a few at a
   * time, because the writer does nothing else meanwhile.
   *
   * @return in the order of the names, without those that are no longer there
   */
  public List<TopicStats> topicStats(List<String> names) {
    return questions.lookUp((asked, turn) -> asked.topicStats(names));
  }

  /** Why it takes no messages now, in one sentence; null when it does. */
  public @Nullable String whyNotReady() {
    try {
      return questions.lookUp((asked, turn) -> asked.whyNotReady()).orElse(null);
    } catch (IllegalStateException e) {
      return e.getMessage();
    }
  }

  /** The refusals since the start, here and before the values came here. */
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
   * Everything of a topic that is queued, each message once, a portion at a time: begin at {@link
   * ExportPosition#START}, and go on while a page says where. A portion holds up to about 256 KiB
   * of payload. Messages that are published or acknowledged between two portions may be included or
   * not.
   *
   * @param subscriber the only subscriber whose messages are wanted; null for all
   */
  public ExportPage export(String topic, @Nullable String subscriber, ExportPosition from)
      throws RefusedException {
    return questions.look((asked, turn) -> asked.export(topic, subscriber, from, turn));
  }

  /**
   * The messages that a subscriber of a topic would get next, after those that are out with it;
   * only those that the filter takes. Looks at no more than 50,000 messages of each priority that
   * were never sent, so that it does not hold up the broker. Blocks until the writer has looked.
   *
   * @param max most messages; no more come once they add up to 4 MiB of payload
   * @throws RefusedException when there is no such topic, or no such subscriber of it
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public List<PeekedMessage> peek(String topic, String subscriber, PeekFilter filter, int max)
      throws RefusedException {
    return questions.look((asked, turn) -> asked.peek(topic, subscriber, filter, max, turn));
  }

  /**
   * The dead letters of a topic, and all its other keyed messages, in the order of the keys: {@link
   * KeyedMessage#isDeadLetter} tells them apart. Blocks until the writer has looked.
   *
   * @param after the key after which to begin; null for the first
   * @param max most messages
   * @throws RefusedException when there is no such topic
   * @throws IllegalStateException when the broker has stopped or does not answer in time
   */
  public List<KeyedMessage> kept(String topic, @Nullable Bytes after, int max)
      throws RefusedException {
    return questions.look((asked, turn) -> asked.kept(topic, after, max));
  }

  /**
   * Queues the message of a dead letter for the subscriber for which it died, and for no other, and
   * takes the letter out, all of it with one commit. Blocks until that is kept by the store.
   *
   * @param topic the dead-letter topic
   * @param key the key of the letter there
   * @throws RefusedException when there is no such letter, its subscriber or topic is gone, its
   *     topic is full, it has expired, or another version of its key is in the way; the letter
   *     stays
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
   * Takes a dead letter out for good. Blocks until that is kept by the store. A key that is not
   * that of a dead letter does nothing.
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
   * The delayed messages of a topic, in the order in which they come due, only those that the
   * filter takes; looks at 50,000 at most. Blocks until the writer has looked.
   *
   * @throws RefusedException when there is no such topic
   */
  public List<PeekedMessage> peekDelayed(String topic, PeekFilter filter, int max)
      throws RefusedException {
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
   * Copies everything the broker keeps to a directory, while it goes on; see {@link Store#copyTo}.
   *
   * @return how many bytes the copy has
   * @throws StoreException when it cannot be made, saying why
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
   * Ends without another commit, because another machine leads: this one has a store that says that
   * other machines keep its commits too ({@link Store#shared()}). Blocks until nothing is pushed,
   * answered, or handed to the store any more. Callers that wait for a commit that was begun are
   * told that it may have been kept, all others that nothing was done. The store stays open. Not to
   * be called on a thread that has to go on for a commit or a reservation of ids to come to its
   * end.
   *
   * @param reason one sentence, for the callers that wait
   */
  public void abandon(String reason) throws InterruptedException {
    threads.abandon(reason);
  }

  /**
   * Whether the writer still does its work: it has answered, or has at least taken a turn since,
   * while commits fail and it takes nothing. Blocks until one of these is known, for 10 seconds at
   * most.
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
