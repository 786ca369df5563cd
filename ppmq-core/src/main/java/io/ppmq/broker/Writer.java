package io.ppmq.broker;

import io.ppmq.broker.administration.Administration;
import io.ppmq.broker.administration.Requeueing;
import io.ppmq.broker.commit.Cleanup;
import io.ppmq.broker.commit.Commit;
import io.ppmq.broker.commit.Durability;
import io.ppmq.broker.commit.IdSequence;
import io.ppmq.broker.commit.LocalCommit;
import io.ppmq.broker.commit.NotKeptException;
import io.ppmq.broker.commit.Outage;
import io.ppmq.broker.commit.SharedCommit;
import io.ppmq.broker.delivery.Pauses;
import io.ppmq.broker.delivery.Roster;
import io.ppmq.broker.delivery.SubscribedWorkers;
import io.ppmq.broker.delivery.SubscriberLink;
import io.ppmq.broker.intake.CommandHandler;
import io.ppmq.broker.intake.Intake;
import io.ppmq.broker.intake.LimitNotices;
import io.ppmq.broker.intake.RoomInTopics;
import io.ppmq.broker.intake.RoomOnDisk;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.port.Senders;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.stats.DurationCounts;
import io.ppmq.broker.stats.Refusals;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Inbox;
import io.ppmq.broker.turn.InboxBytes;
import io.ppmq.broker.turn.Timers;
import io.ppmq.broker.turn.Turn;
import io.ppmq.broker.upkeep.BacklogWatch;
import io.ppmq.broker.upkeep.ComingDue;
import io.ppmq.broker.upkeep.DeadLettering;
import io.ppmq.store.SharedCommits;
import io.ppmq.store.Store;
import io.ppmq.topic.CommitBarrier;
import io.ppmq.topic.Topic;
import java.util.List;

/**
 * The single-threaded middle of the broker: it takes turns, and each turn goes in one direction.
 *
 * <pre>
 *   intake ─▶ due ─▶ spent ─▶ ready ahead ─▶ trim, save ─▶ commit ─▶ answers, dispatch, prepare
 * </pre>
 *
 * A turn takes everything that waits, applies it, commits it all together, and only then chooses
 * and pushes batches. So the values that a thousand producers sent meanwhile share one commit, and
 * nothing is pushed that the store might still lose. A batch of messages that earlier turns
 * committed goes out before the commit. Where other machines keep the commit too, it comes to its
 * end in a later turn, which begins with the consequences: answers and dispatch. A turn never
 * sleeps; it returns how long the next may wait.
 *
 * <p>Each class that changes something in a turn notes the consequences on the {@link Agenda}. Only
 * this class reads the agenda, and no class calls this one back. While a commit fails there is an
 * {@link Outage}: the commit is tried again and again, publishes wait or are refused,
 * acknowledgements are applied and confirmed with the commit that succeeds at last, and deliveries
 * of committed messages go on.
 *
 * <p>Everything happens on the thread that calls {@link #turn}.
 */
public final class Writer {
  private final Clock clock;
  private final Inbox inbox;
  private final boolean shares;
  private final Agenda agenda = new Agenda();
  private final Outage outage = new Outage();
  private final Refusals refusals = new Refusals();
  private final Timers timers;
  private final Roster roster;
  private final Cleanup cleanup;
  private final ComingDue comingDue;
  private final Commit commit;
  private final RoomInTopics roomInTopics;
  private final Intake intake;
  private final DeadLettering deadLettering;
  private final Administration administration;

  /**
   * The tasks of the turn, including those that were left when it threw, and the number of finished
   * ones.
   */
  private List<Inbox.Task> taking = List.of();

  private int taken;

  /** Whether messages that are due wait for a commit with room, and new tasks for them. */
  private boolean dueWaits;

  Writer(
      BrokerSettings settings,
      Store store,
      Clock clock,
      Senders senders,
      BrokerEvents events,
      Durability durability,
      Inbox inbox) {
    Turn first = Turn.at(clock);
    this.clock = clock;
    this.inbox = inbox;
    this.timers = new Timers(first.nowNanos());
    IdSequence ids = new IdSequence(store);
    Pauses pauses = new Pauses(store);
    CommitBarrier barrier = new CommitBarrier();
    this.roster =
        new Roster(
            store, ids, senders, pauses, settings.sync(), agenda, timers, barrier, events, inbox);
    roster.open(settings);
    this.cleanup = new Cleanup(store, roster.topics, agenda, timers, events, first);
    this.comingDue = new ComingDue(store, roster, agenda, events, first);
    InboxBytes inboxBytes = new InboxBytes(inbox);
    SharedCommits shared = store.shared();
    this.shares = shared != null;
    this.commit =
        shared == null
            ? new LocalCommit(
                store,
                clock,
                ids,
                roster.topics,
                durability,
                events,
                cleanup,
                inboxBytes,
                outage,
                barrier)
            : new SharedCommit(
                shared,
                store,
                clock,
                ids,
                roster.topics,
                agenda,
                cleanup,
                inbox,
                inboxBytes,
                barrier);
    SubscribedWorkers workers = new SubscribedWorkers(roster, inbox, events);
    CommandHandler handler = new CommandHandler(roster, agenda, commit.answers(), workers);
    LimitNotices notices = new LimitNotices(timers, refusals, events);
    RoomOnDisk roomOnDisk = new RoomOnDisk(store, ids, events);
    this.roomInTopics =
        new RoomInTopics(
            roster, agenda, commit, handler, workers, notices, roomOnDisk, refusals, events);
    this.intake =
        new Intake(roster, roomOnDisk, outage, roomInTopics, inboxBytes, refusals, events);
    this.deadLettering = new DeadLettering(roster, agenda, commit, notices);
    this.administration =
        new Administration(
            agenda,
            commit,
            roomInTopics,
            store,
            roster,
            workers,
            pauses,
            outage,
            deadLettering,
            new Requeueing(roster, agenda, commit, roomOnDisk, notices, outage));
    new BacklogWatch(roster.topics.values(), store, timers, events).begin(first);
  }

  /** Whether the next turn can take tasks. */
  boolean takesTasks() {
    return commit.takesTasks() && !dueWaits;
  }

  /** Whether everything that earlier turns did is committed. */
  boolean isCommitted() {
    return commit.isCommitted();
  }

  /** Whether other machines keep its commits too. */
  boolean shares() {
    return shares;
  }

  /**
   * Takes a turn.
   *
   * @param tasks the tasks that came since the last one; none unless {@link #takesTasks()}. Empty
   *     when the turn commits: a caller that hands in more than a little relies on not being held
   *     then
   * @return the nanoseconds for which no turn is needed, unless a task comes or a commit ends
   * @throws NotKeptException when it is not known whether a commit is kept; then this ends with
   *     {@link #abandon}
   */
  long turn(List<Inbox.Task> tasks) {
    Turn turn = Turn.at(clock);
    taking = tasks;
    if (commit.cameToItsEnd(turn)) {
      dispatch(turn); // before new messages change the order
    }
    takeIn(tasks, turn);
    if (dueWaits) {
      deadLettering.postpone(); // or letters would take the room each time
    } else {
      deadLettering.bury(turn);
    }
    roster.lookReady(agenda.takeReady());
    if (!commit.isBehind()) {
      commit.holdBack();
      agenda.toDispatch().forEach(recipient -> recipient.dispatchAhead(turn));
    }
    if (commit.atEndOf(turn)) {
      roster.topics.values().forEach(agenda::changed);
      return 0; // held submissions come first, and then batches
    }
    dispatch(turn);
    prepare();
    return nanosToNext(turn);
  }

  private void takeIn(List<Inbox.Task> tasks, Turn turn) {
    commit.expectsLarge(shares && tasks.stream().anyMatch(Writer::isLarge));
    cleanup.expireOut(turn);
    if (!commit.isBehind()) { // delayed messages come due no faster than they are committed
      intake.takeHeld(turn);
      cleanup.expire(turn);
      comeDue(turn);
    } else if (outage.isOn() && outage.isLong(turn.nowNanos())) {
      intake.refuseHeld();
      commit.answers().takePublishing().forEach(answer -> answer.failed(outage.doubt()));
    }
    timers.run(turn);
    for (; taken < tasks.size(); taken++) {
      Inbox.Task task = tasks.get(taken);
      if (isLarge(task)) {
        commit.expectsLarge(false);
      }
      take(task, turn);
    }
    tasks.clear();
    taken = 0;
    if (!outage.isOn() && commit.takesTasks()) {
      roomInTopics.admit(turn);
    }
  }

  private void comeDue(Turn turn) {
    dueWaits = comingDue.isDue(turn) && !commit.hasRoom();
    if (!dueWaits) {
      commit.added(comingDue.run(turn));
    }
  }

  /** Whether it is a submission that comes with no other one. */
  private static boolean isLarge(Inbox.Task task) {
    return task instanceof Inbox.Task.Submitted submitted
        && submitted.submission().bytes() > Inbox.BYTES_MAX;
  }

  private void take(Inbox.Task task, Turn turn) {
    if (task instanceof Inbox.Task.Asked asked) {
      asked.errand().carryOut(turn);
    } else if (task instanceof Inbox.Task.Submitted submitted) {
      intake.take(submitted.submission(), submitted.checkedBy(), turn);
    }
  }

  private void dispatch(Turn turn) {
    roster.lookReady(agenda.takeReady());
    agenda.takeDispatches().forEach(recipient -> recipient.dispatch(turn));
  }

  private void prepare() {
    for (Agenda.Recipient recipient : agenda.takePrepares()) {
      if (!outage.isOn()) {
        recipient.prepare();
      }
    }
  }

  private long nanosToNext(Turn turn) {
    for (Topic topic : agenda.takeEnds()) {
      cleanup.look(topic);
      comingDue.look(topic);
    }
    long next = comingDue.nanosToNext(turn, cleanup.nanosToNext(turn, Inbox.LONG_NANOS));
    if (agenda.isUrgent()) {
      return 0;
    }
    return timers.nanosToNext(clock.nanos(), commit.nanosToNext(turn, takesTasks(), next));
  }

  /** Commits the rest and closes the subscribers; no turn follows. */
  void stop() {
    end(
        new RefusedException(ErrorCode.STOPPING, "the broker stopped before there was room for it"),
        new RefusedException(
            ErrorCode.STOPPING, "the broker stopped before the store took earlier values"));
    commit.last(Turn.at(clock));
  }

  /** Closes the subscribers without another commit; no turn follows. */
  void abandon(String reason) {
    RefusedException why = new RefusedException(ErrorCode.UNAVAILABLE, reason);
    end(why, why);
    commit.abandon(why);
  }

  private void end(RefusedException held, RefusedException waiting) {
    roomInTopics.refuseHeld(held);
    roster.links.values().forEach(SubscriberLink::close);
    intake.end(taking.subList(taken, taking.size()), waiting);
    intake.end(inbox.take(), waiting);
  }

  // ---- what the broker asks of it -------------------------------------------------------------

  /** The requests of an administrator, in a turn. */
  Administration administration() {
    return administration;
  }

  /** Adds an answer that waits for the commit of this turn. */
  void whenKept(Answer answer) {
    commit.answers().add(answer);
  }

  /** The current settings. */
  BrokerSettings settings() {
    return roster.settings();
  }

  /** The refusals and their reasons. Any thread may ask. */
  Refusals refusals() {
    return refusals;
  }

  /** The durations of successful commits. Any thread may ask. */
  DurationCounts commits() {
    return commit.durations();
  }

  /** Whether producers are held back. Any thread may ask. */
  boolean isHolding() {
    return roomInTopics.isHolding();
  }

  /** Whether the held submissions leave no room for another large one. Any thread may ask. */
  boolean isHoldingLarge() {
    return roomInTopics.isHoldingLarge();
  }
}
