package io.ppmq.broker.intake;

import static java.util.Objects.requireNonNull;

import io.ppmq.broker.commit.Commit;
import io.ppmq.broker.delivery.Roster;
import io.ppmq.broker.delivery.SubscribedWorkers;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.port.Source;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.stats.Bound;
import io.ppmq.broker.stats.Refusals;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Turn;
import io.ppmq.topic.Topic;
import io.ppmq.topic.WhenFull;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets submissions through to topics that have room for them, and decides on the others.
 *
 * <p>Submissions for which a blocking topic has no room are held here, and their source is told to
 * hand in nothing more. Nothing else waits for it: submissions that publish nothing go on always,
 * those of the same source too, so the acknowledgement that makes the room gets through; other
 * sources go on unless they publish to that topic. Submissions that wait for a topic are served in
 * turn, so a large one is not overtaken without end. Held submissions are bounded in memory; beyond
 * that they are refused. One may be larger when it is alone, and then there is no room for another
 * large one: {@link #isHoldingLarge}.
 *
 * <p>Owned by the writer's thread, but for {@link #isHolding} and {@link #isHoldingLarge}.
 */
public final class RoomInTopics {
  /** The largest number of bytes held over all sources; a single submission may be larger. */
  static final long HELD_BYTES_MAX = 8 << 20;

  private final Roster roster;
  private final Agenda agenda;
  private final Commit commit;
  private final CommandHandler handler;
  private final SubscribedWorkers workers;
  private final Refusals refusals;
  private final BrokerEvents events;
  private final Map<Source, ArrayDeque<Submission>> held = new LinkedHashMap<>();
  private final Map<Topic, Set<Source>> waiting = new LinkedHashMap<>();
  private final LimitNotices notices;
  private final RoomOnDisk roomOnDisk;
  private long heldBytes;
  private volatile boolean holding;
  private volatile boolean holdingLarge;

  public RoomInTopics(
      Roster roster,
      Agenda agenda,
      Commit commit,
      CommandHandler handler,
      SubscribedWorkers workers,
      LimitNotices notices,
      RoomOnDisk roomOnDisk,
      Refusals refusals,
      BrokerEvents events) {
    this.roster = roster;
    this.agenda = agenda;
    this.commit = commit;
    this.handler = handler;
    this.workers = workers;
    this.refusals = refusals;
    this.events = events;
    this.notices = notices;
    this.roomOnDisk = roomOnDisk;
  }

  /** Whether anything is held now. Any thread may ask. */
  public boolean isHolding() {
    return holding;
  }

  /** Whether the held submissions are larger than the bound. Any thread may ask. */
  public boolean isHoldingLarge() {
    return holdingLarge;
  }

  /** The held bytes and their bound. */
  public Bound bound() {
    return new Bound(
        "held_bytes",
        "Memory of published messages that wait for room in a full topic.",
        heldBytes,
        HELD_BYTES_MAX);
  }

  private void countHeld(long bytes) {
    heldBytes += bytes;
    holding = !held.isEmpty();
    holdingLarge = heldBytes > HELD_BYTES_MAX;
  }

  /**
   * Takes a submission: it is carried out, held or refused.
   *
   * @return false when it is to be taken again after the outage that began now
   */
  boolean take(Submission submission, Turn turn) {
    Topic publishes = publishes(submission);
    if (publishes != null && held.containsKey(submission.source())) {
      hold(submission, publishes, turn);
      return true;
    }
    Topic full = fullTopic(submission, false);
    if (full == null || decide(submission, full, turn)) {
      return full != null || carryOut(submission, turn);
    }
    hold(submission, full, turn);
    return true;
  }

  /** The first topic that it publishes to; null when it publishes nothing. */
  private @Nullable Topic publishes(Submission submission) {
    for (Command command : submission.commands()) {
      if (command instanceof Command.Publish publish && !publish.messages().isEmpty()) {
        return roster.topic(publish.topic());
      }
    }
    return null;
  }

  /**
   * The first topic without room for it; a topic that evicts has room unless too much is delayed.
   */
  private @Nullable Topic fullTopic(Submission submission, boolean itsTurn) {
    for (Command command : submission.commands()) {
      if (command instanceof Command.Publish publish && !publish.messages().isEmpty()) {
        Topic topic = roster.topic(publish.topic());
        boolean fits = topic.room().hasRoom(publish.messages());
        if (topic.room().refusal(publish.messages()) != null
            || (!fits && !evictsFor(topic, publish))
            || (!itsTurn
                && waiting.containsKey(topic)
                && topic.room().needsRoom(publish.messages()))) {
          return topic;
        }
      }
    }
    return null;
  }

  private static boolean evictsFor(Topic topic, Command.Publish publish) {
    return topic.settings().limits().whenFull() == WhenFull.DROP_OLDEST
        && topic.room().canMakeRoom(publish.messages());
  }

  /**
   * Refuses submissions that this topic cannot take, now or ever; false when it is worth waiting
   * for room, or for the submissions that wait already: a topic that rejects has those where it
   * blocked until this turn.
   */
  private boolean decide(Submission submission, Topic full, Turn turn) {
    for (Command command : submission.commands()) {
      if (command instanceof Command.Publish publish && publish.topic().equals(name(full))) {
        String never = full.room().refusal(publish.messages());
        WhenFull whenFull = full.settings().limits().whenFull();
        boolean takesNone =
            whenFull == WhenFull.REJECT
                || (whenFull == WhenFull.DROP_OLDEST && !evictsFor(full, publish));
        boolean rejects =
            (takesNone && !full.room().hasRoom(publish.messages()))
                || workers.has(submission.source()); // its acknowledgements must always be read
        if (never != null || rejects) {
          full.room().rejected(publish.messages().size());
          notices.rejected(full, publish.messages().size(), turn);
          submission
              .answer()
              .refused(
                  never != null ? ErrorCode.TOO_LARGE : ErrorCode.TOPIC_FULL,
                  never != null ? never : full.room().fullness());
          return true;
        }
      }
    }
    return false;
  }

  private static String name(Topic topic) {
    return topic.settings().name();
  }

  private boolean carryOut(Submission submission, Turn turn) {
    for (Command command : submission.commands()) {
      if (command instanceof Command.Publish publish && !publish.messages().isEmpty()) {
        Topic topic = roster.topic(publish.topic());
        if (!topic.room().hasRoom(publish.messages())) {
          if (topic.room().isAdded() && !commit.show(turn)) {
            return false;
          }
          notices.evicted(topic, topic.room().makeRoom(publish.messages()), turn);
          agenda.save(topic);
        }
      }
    }
    handler.carryOut(submission, turn);
    commit.added(submission.bytes());
    if (held.containsKey(submission.source()) && workers.has(submission.source())) {
      moveToFront(submission.source());
    }
    return true;
  }

  // ---- holding --------------------------------------------------------------------------------

  private void hold(Submission submission, Topic full, Turn turn) {
    if (heldBytes > 0 && heldBytes + submission.memoryBytes() > HELD_BYTES_MAX) {
      submission
          .answer()
          .refused(
              ErrorCode.TOPIC_FULL,
              full.room().fullness() + ", and too much waits for room already");
      full.room().rejected(submission.messages());
      notices.rejected(full, submission.messages(), turn);
      return;
    }
    ArrayDeque<Submission> queue = held.get(submission.source());
    if (queue == null) {
      queue = new ArrayDeque<>(1);
      held.put(submission.source(), queue);
      await(full, submission.source());
      submission.source().hold();
      notices.blocked(full, turn);
    }
    queue.add(submission);
    countHeld(submission.memoryBytes());
  }

  private void await(Topic topic, Source source) {
    waiting.computeIfAbsent(topic, t -> new LinkedHashSet<>()).add(source);
    if (workers.has(source)) {
      moveToFront(source);
    }
  }

  /**
   * Lets a source that has become a worker wait for nobody. So what is held of it is refused, or
   * carried out, in this turn, and its acknowledgements are read; only they may make the room.
   */
  private void moveToFront(Source worker) {
    for (Set<Source> sources : waiting.values()) {
      if (sources.remove(worker)) {
        List<Source> others = List.copyOf(sources);
        sources.clear();
        sources.add(worker);
        sources.addAll(others);
      }
    }
  }

  /**
   * Carries out the submissions that have room by now.
   *
   * @return false when that is to be tried again after the outage that began now
   */
  public boolean admit(Turn turn) {
    boolean progress = !held.isEmpty();
    while (progress) {
      progress = false;
      for (Topic topic : new ArrayList<>(waiting.keySet())) {
        while (waiting.containsKey(topic)) {
          Source first = first(topic);
          Submission submission = requireNonNull(held.get(first)).element();
          Topic full = fullTopic(submission, true);
          if (full == topic && !decide(submission, full, turn)) {
            break;
          }
          if (full == null && !commit.hasRoom()) {
            return true; // the end of that commit brings a turn
          }
          if (full == null && !refuseByStore(submission, turn) && !carryOut(submission, turn)) {
            return false;
          }
          proceed(topic, first, full != null && full != topic);
          progress = true;
        }
      }
    }
    return true;
  }

  /** The store may have less room than when it was held. */
  private boolean refuseByStore(Submission submission, Turn turn) {
    int messages = submission.messages();
    RefusedException shut = roomOnDisk.refusal(messages, submission.bytes(), turn.nowNanos());
    if (shut != null) {
      refusals.add(Refusals.Reason.STORAGE, messages);
      submission.answer().refused(shut.code(), shut.sentence());
    }
    return shut != null;
  }

  private Source first(Topic topic) {
    return requireNonNull(waiting.get(topic)).iterator().next();
  }

  /** The first of a source was dealt with, or must wait for another topic. */
  private void proceed(Topic topic, Source source, boolean elsewhere) {
    waiting.computeIfPresent(topic, (t, sources) -> without(sources, source));
    ArrayDeque<Submission> submissions = held.getOrDefault(source, new ArrayDeque<>());
    if (!elsewhere) {
      countHeld(-submissions.remove().memoryBytes());
    }
    waitOrRelease(source, submissions);
  }

  /**
   * The first submission of a source is not there any more: the next one waits, if there is one.
   */
  private void waitOrRelease(Source source, ArrayDeque<Submission> submissions) {
    if (submissions.isEmpty()) {
      held.remove(source);
      countHeld(0);
      source.release();
    } else {
      Topic full = fullTopic(submissions.element(), true);
      Topic waitsFor = full != null ? full : requireNonNull(publishes(submissions.element()));
      await(waitsFor, source);
    }
  }

  private static @Nullable Set<Source> without(Set<Source> sources, Source source) {
    sources.remove(source);
    return sources.isEmpty() ? null : sources;
  }

  /** Applies other settings: held submissions that they do not allow are refused, like new ones. */
  public void checkHeld() {
    for (Source source : List.copyOf(held.keySet())) {
      ArrayDeque<Submission> submissions = requireNonNull(held.get(source));
      boolean firstGoes = roster.settings().refusal(submissions.element()) != null;
      submissions.removeIf(this::refuseLate);
      if (firstGoes) {
        waiting.values().removeIf(sources -> sources.remove(source) && sources.isEmpty());
        waitOrRelease(source, submissions);
      }
    }
  }

  private boolean refuseLate(Submission submission) {
    RefusedException unknown = roster.settings().refusal(submission);
    if (unknown == null) {
      return false;
    }
    countHeld(-submission.memoryBytes());
    events.refusedLate(unknown.sentence());
    refusals.add(Refusals.Reason.UNKNOWN, submission.messages());
    submission.answer().refused(unknown.code(), unknown.sentence());
    return true;
  }

  /** Refuses the held submissions: the broker ends. */
  public void refuseHeld(RefusedException why) {
    for (ArrayDeque<Submission> queue : held.values()) {
      queue.forEach(submission -> submission.answer().refused(why.code(), why.sentence()));
    }
    held.clear();
    waiting.clear();
    countHeld(-heldBytes);
  }
}
