package io.ppmq.broker;

import io.ppmq.store.Store;
import io.ppmq.topic.Topic;
import java.util.List;

/**
 * The single-threaded middle of the broker: it takes turns, and each turn goes one way.
 *
 * <pre>
 *   intake ─▶ due ─▶ spent ─▶ ready ahead ─▶ trim, save ─▶ commit ─▶ answers, dispatch, prepare
 * </pre>
 *
 * A turn takes everything that waits, applies it, commits it all together, and only then chooses
 * and pushes batches. So what a thousand producers sent meanwhile shares one commit, and nothing is
 * pushed that the store might still lose. A batch that can be made of what earlier turns committed
 * goes out before the commit. A turn never sleeps; it says how long the next may wait.
 *
 * <p>What is done in a turn writes on the {@link Agenda} what follows from it; nobody but this
 * class reads the agenda, and nobody calls this class back. While a commit fails there is an {@link
 * Outage}: the commit is tried again and again, publishes wait or are refused, acknowledgements are
 * applied and confirmed with the commit that succeeds at last, and what was committed before goes
 * on being delivered.
 *
 * <p>Everything happens on the thread that calls {@link #turn}.
 */
final class Writer {
  private final Store store;
  private final Clock clock;
  private final Inbox inbox;
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

  Writer(
      BrokerSettings settings,
      Store store,
      Clock clock,
      Senders senders,
      BrokerEvents events,
      Durability durability,
      Inbox inbox) {
    Turn first = Turn.at(clock);
    this.store = store;
    this.clock = clock;
    this.inbox = inbox;
    this.timers = new Timers(first.nowNanos());
    IdSequence ids = new IdSequence(store);
    Pauses pauses = new Pauses(store);
    this.roster =
        new Roster(
            store, ids, senders, pauses, settings.sync(), agenda, timers, outage, events, inbox);
    roster.open(settings);
    this.cleanup = new Cleanup(store, roster.topics, agenda, timers, events, first);
    this.comingDue = new ComingDue(store, roster, agenda, events, first);
    InboxBytes inboxBytes = new InboxBytes(inbox);
    this.commit =
        new Commit(
            store, clock, ids, roster.topics, durability, events, cleanup, inboxBytes, outage);
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
            new Requeueing(roster, agenda, commit, roomOnDisk, notices, outage));
    new BacklogWatch(roster.topics.values(), store, timers, events).begin(first);
  }

  /** Whether the next turn can take tasks; not while too much waits for the end of an outage. */
  boolean takesTasks() {
    return outage.hasRoom();
  }

  /**
   * Takes a turn.
   *
   * @param tasks what came since the last one; none unless {@link #takesTasks()}. Empty when the
   *     turn commits: whoever hands in more than a little relies on being held by nobody then
   * @return for how many nanoseconds nothing needs a turn, unless a task comes
   */
  long turn(List<Inbox.Task> tasks) {
    Turn turn = Turn.at(clock);
    takeIn(tasks, turn);
    deadLettering.bury(turn);
    roster.lookReady(agenda.takeReady());
    if (!outage.isOn()) {
      agenda.toDispatch().forEach(recipient -> recipient.dispatchAhead(turn));
    }
    if (commit.atEndOf(turn)) {
      roster.topics.values().forEach(agenda::changed);
      return 0; // what was held comes first, and then batches
    }
    dispatch(turn);
    prepare();
    return nanosToNext(turn);
  }

  private void takeIn(List<Inbox.Task> tasks, Turn turn) {
    if (!outage.isOn()) {
      intake.takeHeld(turn);
      cleanup.expire(turn);
      comingDue.run(turn);
    } else if (outage.isLong(turn.nowNanos())) {
      intake.refuseHeld();
      commit.answers().takePublishing().forEach(answer -> answer.failed(outage.doubt()));
    }
    timers.run(turn);
    tasks.forEach(task -> take(task, turn));
    tasks.clear();
    if (!outage.isOn()) {
      roomInTopics.admit(turn);
    }
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
    if (outage.isOn()) {
      return timers.nanosToNext(clock.nanos(), outage.nanosToRetry(turn.nowNanos()));
    }
    return store.isDirty() ? 0 : timers.nanosToNext(clock.nanos(), next);
  }

  /** Keeps what is better kept and lets go of the subscribers; no turn follows. */
  void stop() {
    roomInTopics.stop();
    roster.links.values().forEach(SubscriberLink::close);
    intake.stop(inbox.take());
    commit.last(Turn.at(clock));
  }

  // ---- what the broker asks of it -------------------------------------------------------------

  /** What an administrator asks, in a turn. */
  Administration administration() {
    return administration;
  }

  /** Has an answer hear of the commit of this turn. */
  void whenKept(Answer answer) {
    commit.answers().add(answer);
  }

  /** The current settings. */
  BrokerSettings settings() {
    return roster.settings();
  }

  /** What is refused, and why. Any thread may ask. */
  Refusals refusals() {
    return refusals;
  }

  /** How long commits take that succeed. Any thread may ask. */
  DurationCounts commits() {
    return commit.durations();
  }

  /** Whether producers are held back. Any thread may ask. */
  boolean isHolding() {
    return roomInTopics.isHolding();
  }

  /** Whether so many of their bytes are held that there is no room for another large submission. */
  boolean isHoldingLarge() {
    return roomInTopics.isHoldingLarge();
  }
}
