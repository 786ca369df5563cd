package io.ppmq.broker;

import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.Topic;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The single-threaded middle of the broker: it owns the topics, the store and what is known of each
 * subscriber.
 *
 * <p>It works in turns. A turn takes everything that waits, applies it, commits it all together,
 * and only then chooses and pushes batches. So what a thousand producers sent meanwhile shares one
 * commit, and nothing is pushed that the store might still lose. A batch that can be made of what
 * earlier turns committed goes out before the commit. A turn never sleeps; it says how long the
 * next may wait.
 *
 * <p>While a commit fails there is an {@link Outage}: the commit is tried again and again,
 * publishes wait or are refused, acknowledgements are applied and confirmed with the commit that
 * succeeds at last, and what was committed before goes on being delivered. Publishes that are in
 * the commit itself cannot be taken out of it; when it lasts, they are told that nobody knows.
 *
 * <p>Everything happens on the thread that calls {@link #turn}. So it does in the classes that each
 * look after one thing for the writer: what comes in ({@link Reception}, {@link Admission}), what
 * is to be saved ({@link Unsaved}), what nobody needs any more ({@link Disposal}), who is there
 * ({@link Roster}), and what an administrator asks ({@link Administration}).
 */
final class Writer {
  private final Store store;
  private final Clock clock;
  private final BrokerEvents events;
  private final Durability durability;
  private final Inbox inbox;
  private final Timers timers;
  private final IdSequence ids;
  private final Roster roster;
  private final Map<String, Topic> topics;
  private final Map<String, SubscriberLink> links;
  private final Map<Topic, List<Subscription>> subscriptions;

  private final Outage outage = new Outage();
  private final Unsaved unsaved;
  private final Disposal disposal;
  private final Admission admission;
  private final Reception reception;
  private final Undertaker undertaker;
  private final Administration administration;
  private final Refusals refusals = new Refusals();
  private final DurationCounts commits = new DurationCounts();
  private final Applying applying = new Applying();

  private Set<SubscriberLink> toDispatch = new LinkedHashSet<>();
  private final Set<SubscriberLink> toPrepare = new LinkedHashSet<>();
  private final Answers answers = new Answers();
  private boolean committedAny;
  private long committedIds;
  private long nowNanos;
  private long nowMillis;

  Writer(
      BrokerSettings settings,
      Store store,
      Clock clock,
      Senders senders,
      BrokerEvents events,
      Durability durability,
      Inbox inbox) {
    this.store = store;
    this.clock = clock;
    this.events = events;
    this.durability = durability;
    this.inbox = inbox;
    this.timers = new Timers(clock.nanos());
    readClocks();
    this.ids = new IdSequence(store);
    Pauses pauses = new Pauses(store);
    this.roster = new Roster(this, store, ids, senders, pauses, settings.sync());
    this.topics = roster.topics;
    this.links = roster.links;
    this.subscriptions = roster.subscriptions;
    this.unsaved = new Unsaved();
    this.disposal = new Disposal(this, store, topics, unsaved);
    LimitNotices notices = new LimitNotices(this, events);
    this.admission = new Admission(this, notices);
    PublishGate gate = new PublishGate(store, ids, events);
    this.reception = new Reception(this, gate, outage, admission, inbox);
    this.undertaker = new Undertaker(this, notices);
    this.administration = new Administration(this, store, roster, pauses, outage);
    roster.open(settings);
    committedIds = ids.next();
    topics.values().forEach(topic -> mayHaveDied(topic, Undertaker.RESTARTED));
    new BacklogWatch(this, events).begin();
  }

  // ---- a turn ---------------------------------------------------------------------------------

  /** Whether the next turn can take tasks; not while too much waits for the end of an outage. */
  boolean takesTasks() {
    return outage.hasRoom();
  }

  /**
   * Takes a turn.
   *
   * @param tasks what came since the last one; none unless {@link #takesTasks()}. Empty when the
   *     turn commits: who hands in more than a little relies on being held by nobody then
   * @return for how many nanoseconds nothing needs a turn, unless a task comes
   */
  long turn(List<Inbox.Task> tasks) {
    readClocks();
    if (!outage.isOn()) {
      reception.takeHeld();
      disposal.expire();
    } else if (outage.isLong(nowNanos)) {
      reception.refuseHeld();
      answers.takePublishing().forEach(answer -> answer.failed(outage.doubt()));
    }
    timers.run(nowNanos);
    tasks.forEach(this::apply);
    tasks.clear();
    if (!outage.isOn()) {
      admission.admit();
      List.copyOf(toDispatch).forEach(SubscriberLink::dispatchAhead);
    }
    if (keep()) {
      return 0; // what was held comes first, and then batches
    }
    dispatch();
    prepare();
    return nanosToNext();
  }

  private void readClocks() {
    nowNanos = clock.nanos();
    nowMillis = clock.wallMillis();
  }

  private void apply(Inbox.Task task) {
    if (task instanceof Inbox.Task.Errand errand) {
      errand.what().accept(this);
    } else if (task instanceof Inbox.Task.Submitted submitted) {
      reception.take(submitted.submission(), submitted.checkedBy());
    }
  }

  private void dispatch() {
    Set<SubscriberLink> now = toDispatch;
    toDispatch = new LinkedHashSet<>();
    now.forEach(SubscriberLink::dispatch);
  }

  private void prepare() {
    if (!outage.isOn()) {
      toPrepare.forEach(SubscriberLink::prepare);
    }
    toPrepare.clear();
  }

  private long nanosToNext() {
    if (!toDispatch.isEmpty()) {
      return 0;
    }
    if (outage.isOn()) {
      return timers.nanosToNext(clock.nanos(), outage.nanosToRetry(nowNanos));
    }
    return store.isDirty()
        ? 0
        : timers.nanosToNext(clock.nanos(), disposal.nanosToNext(Inbox.LONG_NANOS));
  }

  /** Keeps what is better kept and lets go of the subscribers; no turn follows. */
  void stop() {
    admission.stop();
    links.values().forEach(SubscriberLink::close);
    reception.stop();
    topics.values().forEach(Topic::flush);
    if (commit()) {
      committed();
    } else {
      answers.take().forEach(a -> a.failed("the broker stopped before it was committed"));
    }
  }

  // ---- commands -------------------------------------------------------------------------------

  /** Applies a submission for which there is room. */
  void carryOut(Submission submission) {
    for (Command command : submission.commands()) {
      command.accept(applying);
    }
    disposal.published(submission.bytes());
    answers.applied(submission);
  }

  /** Applies a command of which every name is known. */
  private final class Applying implements Command.Handler<RuntimeException> {
    @Override
    public void publish(Command.Publish publish) {
      if (!publish.messages().isEmpty()) {
        Topic topic = topic(publish.topic());
        topic.publish(publish.messages(), nowMillis);
        changedForAll(topic);
      }
    }

    @Override
    public void acknowledge(Command.Acknowledge acknowledge) {
      if (!acknowledge.keys().isEmpty()) {
        Topic topic = topic(acknowledge.topic());
        topic.acknowledge(acknowledge.subscriber(), acknowledge.keys());
        acknowledgedIn(topic);
        SubscriberLink link = link(acknowledge.subscriber());
        link.acknowledged();
        ready(subscription(link, acknowledge.topic()));
      }
    }

    @Override
    public void remove(Command.Remove remove) {
      Topic topic = topic(remove.topic());
      topic.remove(remove.keys());
      acknowledgedIn(topic);
      changedForAll(topic);
    }

    @Override
    public void redeliver(Command.Redeliver redeliver) {
      SubscriberLink link = link(redeliver.subscriber());
      String only = redeliver.topic();
      for (Subscription subscription : link.subscriptions().values()) {
        if (only == null || subscription.topic == topic(only)) {
          subscription.redeliver(Undertaker.RECONNECTED);
        }
      }
      link.awake();
    }
  }

  /** Answers when what was done in this turn is kept. */
  void whenKept(Answer answer) {
    answers.add(answer);
  }

  // ---- committing -----------------------------------------------------------------------------

  /**
   * Commits what was done so far in this turn, for what follows must see it.
   *
   * @return false when that fails; then there is an outage
   */
  boolean commitNow() {
    if (outage.isOn()) {
      return false;
    }
    unsaved.flush();
    return commit();
  }

  /** Commits what there is to commit; true when that ended an outage. */
  private boolean keep() {
    if (outage.isOn()) {
      if (outage.nanosToRetry(nowNanos) > 0) {
        return false;
      }
      // An acknowledgement has forgotten its keyed message already: all of it is kept, or nothing.
      unsaved.flush();
      if (!commit()) {
        return false;
      }
    }
    disposal.trim();
    unsaved.flush(); // in an outage what was applied since it began goes into a commit of its own
    if (!commit()) {
      return false;
    }
    committed();
    boolean recovered = outage.isOn();
    if (recovered) {
      outage.end();
      topics.values().forEach(topic -> topic.hold(Long.MAX_VALUE));
      topics.values().forEach(this::readyAll);
      events.storeRecovered();
    }
    return recovered;
  }

  private boolean commit() {
    if (store.isDirty()) {
      try {
        long begunNanos = clock.nanos();
        store.commit();
        commits.add(clock.nanos() - begunNanos);
        committedAny = true;
      } catch (StoreException e) {
        commitFailed(e);
        return false;
      }
    }
    return true;
  }

  private void committed() {
    committedIds = ids.next();
    if (committedAny || !answers.isEmpty()) {
      committedAny = false;
      durability.committed(answers.take());
    }
    reception.committed();
  }

  private void commitFailed(StoreException e) {
    if (outage.begin(e, nowNanos)) {
      topics.values().forEach(topic -> topic.hold(committedIds));
      reception.committed();
      events.storeFailing(e.sentence());
    }
  }

  // ---- what has happened ----------------------------------------------------------------------

  /** A topic was given something to do: what came of it is saved with the next commit. */
  void changed(Topic topic) {
    unsaved.changed(topic);
    disposal.trimIfDue(topic);
  }

  /** Likewise, and any of its subscribers may have something to get now. */
  void changedForAll(Topic topic) {
    unsaved.changed(topic);
    disposal.lookAtOut(topic);
    readyAll(topic);
  }

  /** Messages have left a queue: what nobody needs any more is given back. */
  void acknowledgedIn(Topic topic) {
    unsaved.changed(topic);
    disposal.trimLater(topic);
  }

  /** A batch was pushed: that is saved with the next commit, and some of it may expire. */
  void pushedFrom(Topic topic) {
    changed(topic);
    disposal.lookAtOut(topic);
  }

  /** A topic has other subscribers or settings: all that follows from it is looked after. */
  void reconfigured(Topic topic) {
    changedForAll(topic);
    disposal.trimSoon(topic);
  }

  /** Other settings hold now: what is held is looked at by them. */
  void settingsChanged() {
    admission.checkHeld();
  }

  /** Something of a topic waits to be sent again, for this reason. */
  void mayHaveDied(Topic topic, String why) {
    undertaker.look(topic, why);
  }

  /** A subscriber may have something to get when what was done in this turn is committed. */
  void dispatchLater(SubscriberLink link) {
    toDispatch.add(link);
  }

  /** A subscriber was pushed a batch, and the next may be made ready when this turn is done. */
  void prepareLater(SubscriberLink link) {
    toPrepare.add(link);
  }

  private void readyAll(Topic topic) {
    for (Subscription subscription : subscriptions.getOrDefault(topic, List.of())) {
      ready(subscription);
    }
  }

  private static void ready(Subscription subscription) {
    if (subscription.isReady()) {
      subscription.link.ready(subscription);
    }
  }

  // ---- what others need -----------------------------------------------------------------------

  /** How large the disk is; 0 without one. */
  long diskCapacityBytes() {
    return store.diskCapacityBytes();
  }

  /** Who does what an administrator asks. */
  Administration administration() {
    return administration;
  }

  /** By what it goes now. */
  BrokerSettings settings() {
    return roster.settings();
  }

  /** What is refused, and why. */
  Refusals refusals() {
    return refusals;
  }

  /** How long commits take that succeed. */
  DurationCounts commits() {
    return commits;
  }

  /** Whether producers are held back. Any thread may ask. */
  boolean isHolding() {
    return admission.isHolding();
  }

  /** Whether so much of theirs is held that there is no room for another large submission. */
  boolean isHoldingLarge() {
    return admission.isHoldingLarge();
  }

  /** Whether commits fail, so that some of what was applied is not to be chosen. */
  boolean isOutage() {
    return outage.isOn();
  }

  long nowNanos() {
    return nowNanos;
  }

  long nowMillis() {
    return nowMillis;
  }

  Timers timers() {
    return timers;
  }

  BrokerEvents events() {
    return events;
  }

  /** What the sender to this subscriber reports to. */
  Sender.Link linkOf(SubscriberLink link) {
    return new SenderReports(inbox, link);
  }

  Iterable<Topic> topics() {
    return topics.values();
  }

  Topic topic(String name) {
    Topic topic = topics.get(name);
    if (topic == null) {
      throw new IllegalStateException("unchecked topic " + name);
    }
    return topic;
  }

  private SubscriberLink link(String name) {
    SubscriberLink link = links.get(name);
    if (link == null) {
      throw new IllegalStateException("unchecked subscriber " + name);
    }
    return link;
  }

  private static Subscription subscription(SubscriberLink link, String topic) {
    Subscription subscription = link.subscriptions().get(topic);
    if (subscription == null) {
      throw new IllegalStateException(link.name() + " is no subscriber of " + topic);
    }
    return subscription;
  }
}
