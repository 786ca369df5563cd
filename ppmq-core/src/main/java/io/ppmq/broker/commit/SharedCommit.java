package io.ppmq.broker.commit;

import io.ppmq.broker.port.Clock;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.stats.DurationCounts;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Inbox;
import io.ppmq.broker.turn.InboxBytes;
import io.ppmq.broker.turn.Turn;
import io.ppmq.store.SharedCommits;
import io.ppmq.store.Store;
import io.ppmq.topic.CommitBarrier;
import io.ppmq.topic.Topic;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The commit where other machines keep it too: a turn begins it, and a later one finds that it is
 * kept. One is under way at a time. Turns go on meanwhile: their changes are collected for the next
 * commit, committed messages are sent, and both the commit under way and the collected changes stay
 * behind the barrier.
 *
 * <p>When the outcome of a commit is not known, this broker is at its end: the machines may have
 * other data than its memory. Owned by the writer's thread.
 */
public final class SharedCommit implements Commit {
  /** The time that a stopping broker waits for a commit. */
  private static final long LAST_MILLIS = 2_000;

  /** While no question is answered, turns show that the writer lives. */
  private static final long SETTLING_TURN_NANOS = 200_000_000L;

  /** With more bytes than this the next commit takes nothing more. */
  private static final long ADDED_BYTES_MAX = 1 << 20;

  private final SharedCommits shared;
  private final Store store;
  private final Clock clock;
  private final IdSequence ids;
  private final Map<String, Topic> topics;
  private final Agenda agenda;
  private final Cleanup cleanup;
  private final Inbox inbox;
  private final InboxBytes inboxBytes;
  private final CommitBarrier barrier;
  private final Answers answers = new Answers();
  private final DurationCounts durations = new DurationCounts();
  private final Gathering gathering = new Gathering();
  private @Nullable UnderWay underWay;

  /** The topics that have handed changes to the store since the last commit began. */
  private Set<Topic> collected = new LinkedHashSet<>();

  private long commits;

  /** The bytes of messages that were added since the last commit began. */
  private long addedBytes;

  /** Whether a large value of this turn is still to be added. */
  private boolean expectsLarge;

  /** Ids below this one are committed. */
  private long committedUpTo;

  /** Whether nothing more is taken in until the commit under way is kept. */
  private boolean settles;

  /** Whether a commit came to its end since the last end of a turn. */
  private boolean ended;

  public SharedCommit(
      SharedCommits shared,
      Store store,
      Clock clock,
      IdSequence ids,
      Map<String, Topic> topics,
      Agenda agenda,
      Cleanup cleanup,
      Inbox inbox,
      InboxBytes inboxBytes,
      CommitBarrier barrier) {
    this.shared = shared;
    this.store = store;
    this.clock = clock;
    this.ids = ids;
    this.topics = topics;
    this.agenda = agenda;
    this.cleanup = cleanup;
    this.inbox = inbox;
    this.inboxBytes = inboxBytes;
    this.barrier = barrier;
    this.committedUpTo = ids.next();
  }

  /** A commit that was begun and has not come to its end. */
  private final class UnderWay {
    final List<Answer> waiting = answers.take();
    final long bytes = inboxBytes.take();
    final Set<Topic> of = collected;
    final long upTo = ids.next();
    final long begunNanos = clock.nanos();

    /** The reason why its outcome is unknown; empty when it is kept. */
    final CompletableFuture<String> doubt = new CompletableFuture<>();

    /** On any thread. */
    void done(@Nullable String reason) {
      doubt.complete(reason == null ? "" : reason);
      inbox.nudge();
    }
  }

  @Override
  public Answers answers() {
    return answers;
  }

  @Override
  public DurationCounts durations() {
    return durations;
  }

  @Override
  public long begun() {
    return commits;
  }

  // ---- in the order of a turn -----------------------------------------------------------------

  @Override
  public boolean takesTasks() {
    return !settles && hasRoom();
  }

  @Override
  public void expectsLarge(boolean expects) {
    expectsLarge = expects;
  }

  @Override
  public void added(long bytes) {
    addedBytes += bytes;
  }

  @Override
  public boolean hasRoom() {
    return !expectsLarge && addedBytes <= ADDED_BYTES_MAX;
  }

  @Override
  public boolean cameToItsEnd(Turn turn) {
    UnderWay begun = underWay;
    if (begun == null || !begun.doubt.isDone()) {
      return false;
    }
    String doubt = begun.doubt.join();
    if (!doubt.isEmpty()) {
      throw new NotKeptException(doubt);
    }
    kept(begun);
    return true;
  }

  private void kept(UnderWay begun) {
    underWay = null;
    settles = false;
    ended = true;
    shared.kept();
    long now = clock.nanos();
    durations.add(now - begun.begunNanos);
    committedUpTo = begun.upTo;
    gathering.begin(begun.waiting.size(), answers.size(), now - begun.begunNanos, now);
    if (ids.next() == begun.upTo) {
      barrier.lift(); // until new messages are taken in, later in this turn
    } else {
      barrier.committedUpTo(committedUpTo);
    }
    barrier.takeVersionWaits(); // subscribers that waited for this commit look again
    begun.of.forEach(agenda::committed);
    inbox.committed(begun.bytes);
    begun.waiting.forEach(Answer::confirmed);
  }

  /**
   * {@inheritDoc} False in the turn that finds the end of a commit, although the next one gathers:
   * due messages are taken once for each commit.
   */
  @Override
  public boolean isBehind() {
    return underWay != null || (gathering.isOn() && !ended);
  }

  @Override
  public boolean isCommitted() {
    return underWay == null && !gathering.isOn();
  }

  /** {@inheritDoc} The store shows all changes that it has. */
  @Override
  public boolean show(Turn turn) {
    collected.addAll(cleanup.save());
    return true;
  }

  @Override
  public void holdBack() {
    barrier.committedUpTo(committedUpTo);
  }

  @Override
  public boolean atEndOf(Turn turn) {
    ended = false;
    gathering.look(answers.size(), clock.nanos());
    if (gathering.isOn() && (inbox.isFull() || !hasRoom())) {
      gathering.end(); // nothing more comes before the next commit
    }
    if (isCommitted()) {
      cleanup.trim(turn);
      collected.addAll(cleanup.save());
      begin();
      cameToItsEnd(turn);
    }
    return false;
  }

  private void begin() {
    addedBytes = 0;
    if (!store.isDirty()) {
      committedUpTo = ids.next();
      barrier.lift();
      answers.take().forEach(Answer::confirmed);
      inboxBytes.committed();
      return;
    }
    // A version that always has a newer one behind it would never be sent.
    settles = barrier.takeVersionWaits();
    commits++;
    UnderWay begun = new UnderWay();
    underWay = begun;
    collected = new LinkedHashSet<>();
    barrier.committedUpTo(committedUpTo);
    shared.begin(begun::done);
  }

  @Override
  public long nanosToNext(Turn turn, boolean takesTasks, long next) {
    if (underWay != null) {
      return takesTasks ? Inbox.LONG_NANOS : SETTLING_TURN_NANOS;
    }
    if (gathering.isOn()) {
      return gathering.nanosLeft(clock.nanos());
    }
    return store.isDirty() ? 0 : next;
  }

  // ---- the end of the broker ------------------------------------------------------------------

  @Override
  public void last(Turn turn) {
    if (isKeptInTime()) {
      topics.values().forEach(Topic::flush);
      begin();
      if (isKeptInTime()) {
        return;
      }
    }
    abandon(
        new RefusedException(
            ErrorCode.STOPPING, "the broker stopped before it was known to be committed"));
  }

  /** Waits until nothing is under way; false when that is in doubt. */
  private boolean isKeptInTime() {
    UnderWay begun = underWay;
    try {
      if (begun == null || begun.doubt.get(LAST_MILLIS, TimeUnit.MILLISECONDS).isEmpty()) {
        if (begun != null) {
          kept(begun);
        }
        return true;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // not known
    }
    return false;
  }

  /** {@inheritDoc} The collected changes can never take effect; the begun commit may have. */
  @Override
  public void abandon(RefusedException why) {
    if (underWay != null) {
      String doubt = why.sentence() + ": it may have been kept";
      underWay.waiting.forEach(answer -> answer.failed(doubt));
    }
    answers.take().forEach(answer -> answer.refused(why.code(), why.sentence()));
  }
}
