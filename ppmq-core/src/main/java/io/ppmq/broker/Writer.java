package io.ppmq.broker;

import io.ppmq.message.Bytes;
import io.ppmq.store.Expiring;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.PeekFilter;
import io.ppmq.topic.PeekedMessage;
import io.ppmq.topic.Purged;
import io.ppmq.topic.Topic;
import io.ppmq.topic.TopicStats;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The single-threaded middle of the broker: it owns the topics, the store and what is known of each
 * subscriber.
 *
 * <p>It works in turns. A turn takes everything that waits, applies it, commits it all together,
 * and only then chooses and pushes batches. So what a thousand producers sent meanwhile shares one
 * commit, and nothing is pushed that the store might still lose. A turn never sleeps; it says how
 * long the next may wait.
 *
 * <p>While a commit fails there is an {@link Outage}: the commit is tried again and again,
 * publishes wait or are refused, acknowledgements are applied and confirmed with the commit that
 * succeeds at last, and what was committed before goes on being delivered.
 *
 * <p>Everything happens on the thread that calls {@link #turn}.
 */
final class Writer {
  private static final long TOUCHED_SAVE_NANOS = 20_000_000L;
  private static final long TRIM_NANOS = 500_000_000L;
  private static final int TRIM_COMMANDS = 1000;
  private static final long TRIM_BYTES = 4 << 20;
  private static final int EXPIRING_MAX = 1000;
  private static final long WALL_CLOCK_CHECK_NANOS = 1_000_000_000L;
  private static final long READ_RETRY_NANOS = 1_000_000_000L;

  private final Store store;
  private final Clock clock;
  private final BrokerEvents events;
  private final Durability durability;
  private final Inbox inbox;
  private final Timers timers;
  private final Pauses pauses;
  private final Roster roster;
  private final Map<String, Topic> topics;
  private final Map<String, SubscriberLink> links;
  private final Map<Topic, List<Subscription>> subscriptions;

  private final Set<Topic> changed = new LinkedHashSet<>();
  private final Set<Topic> touched = new LinkedHashSet<>();
  private final Set<Topic> acknowledged = new LinkedHashSet<>();
  private final Admission admission;
  private final Undertaker undertaker;
  private final BacklogWatch backlogWatch;
  private Set<SubscriberLink> toDispatch = new LinkedHashSet<>();
  private final List<Answer> answers = new ArrayList<>();
  private boolean committedAny;
  private long uncommittedBytes;
  private final Outage outage = new Outage();
  private final OutExpiry outExpiry = new OutExpiry();
  private final IdSequence ids;
  private final PublishGate gate;
  private final Refusals refusals = new Refusals();
  private final DurationCounts commits = new DurationCounts();
  private long committedIds;
  private boolean readFailing;
  private long expireAtNanos;
  private boolean saveTouched;
  private boolean touchedTimerSet;
  private int acknowledgements;
  private long bytesSinceTrim;
  private boolean trimDue = true;
  private boolean trimTimerSet;
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
    LimitNotices notices = new LimitNotices(this, events);
    this.admission = new Admission(this, notices);
    this.undertaker = new Undertaker(this, notices);
    this.backlogWatch = new BacklogWatch(this, events);
    readClocks();
    expireAtNanos = nowNanos;
    this.ids = new IdSequence(store);
    this.gate = new PublishGate(store, ids, events);
    this.pauses = new Pauses(store);
    this.roster = new Roster(this, store, ids, senders, pauses, settings.sync());
    this.topics = roster.topics;
    this.links = roster.links;
    this.subscriptions = roster.subscriptions;
    roster.open(settings);
    committedIds = ids.next();
    topics.values().forEach(topic -> mayHaveDied(topic, Undertaker.RESTARTED));
    backlogWatch.begin();
  }

  // ---- a turn ---------------------------------------------------------------------------------

  /** Whether the next turn can take tasks; not while too much waits for the end of an outage. */
  boolean takesTasks() {
    return outage.hasRoom();
  }

  /**
   * Takes a turn.
   *
   * @param tasks what came since the last one; empty unless {@link #takesTasks()}
   * @return for how many nanoseconds nothing needs a turn, unless a task comes
   */
  long turn(List<Inbox.Task> tasks) {
    readClocks();
    if (!outage.isOn()) {
      outage.takeHeld().forEach(this::apply);
      expire();
    } else if (outage.isLong(nowNanos)) {
      outage.takeHeld().forEach(this::refuseByOutage);
    }
    timers.run(nowNanos);
    tasks.forEach(this::apply);
    if (!outage.isOn()) {
      admission.admit();
    }
    if (keep()) {
      return 0; // what was held comes first, and then batches
    }
    dispatch();
    if (outage.isOn()) {
      long retryNanos = outage.nanosToRetry(nowNanos);
      return toDispatch.isEmpty() ? timers.nanosToNext(clock.nanos(), retryNanos) : 0;
    }
    return toDispatch.isEmpty() && !store.isDirty() ? nanosToNext() : 0;
  }

  /**
   * Commits what was done so far in this turn, for what follows must see it.
   *
   * @return false when that fails; then there is an outage
   */
  boolean commitNow() {
    if (outage.isOn()) {
      return false;
    }
    flush();
    return commit();
  }

  /** Whether producers are held back. Any thread may ask. */
  boolean isHolding() {
    return admission.isHolding();
  }

  private void readClocks() {
    nowNanos = clock.nanos();
    nowMillis = clock.wallMillis();
  }

  private void apply(Inbox.Task task) {
    if (task instanceof Inbox.Task.Errand errand) {
      errand.what().accept(this);
    } else if (task instanceof Inbox.Task.Submitted submitted) {
      Submission submission = submitted.submission();
      if (submitted.checkedBy() == roster.settings() || !isRefused(submission)) {
        apply(submission);
      }
    }
  }

  /** Applies a submission for which there is room. */
  void carryOut(Submission submission) {
    submission.commands().forEach(this::apply);
    bytesSinceTrim += submission.bytes();
    if (submission.answer() != Answer.NONE) {
      answers.add(submission.answer());
    }
  }

  /** Refuses what was let in by settings that hold no longer, if those that do know it not. */
  private boolean isRefused(Submission submission) {
    try {
      for (Command command : submission.commands()) {
        roster.settings().check(command);
      }
      return false;
    } catch (RefusedException e) {
      String reason = String.valueOf(e.getMessage());
      events.refusedLate(reason);
      refuse(submission, reason, Refusals.Reason.UNKNOWN);
      return true;
    }
  }

  private void apply(Submission submission) {
    int messages = messagesIn(submission);
    if (messages > 0 && outage.isOn()) {
      waitOrRefuse(submission);
      return;
    }
    String refusal = messages > 0 ? gate.refusal(messages, submission.bytes(), nowNanos) : null;
    if (refusal != null) {
      refuse(submission, refusal, Refusals.Reason.STORAGE);
      return;
    }
    if (!admission.take(submission)) {
      waitOrRefuse(submission);
    } else if (outage.isOn()) {
      outage.took(submission.bytes());
      inbox.committed(submission.bytes());
    } else {
      uncommittedBytes += submission.bytes();
    }
  }

  private void waitOrRefuse(Submission publish) {
    if (!outage.hold(publish, nowNanos)) {
      refuseByOutage(publish);
    }
  }

  private void refuseByOutage(Submission publish) {
    refuse(publish, outage.reason(), Refusals.Reason.STORAGE);
  }

  private static int messagesIn(Submission submission) {
    int messages = 0;
    for (Command command : submission.commands()) {
      messages += command instanceof Command.Publish publish ? publish.messages().size() : 0;
    }
    return messages;
  }

  private void refuse(Submission submission, String reason, Refusals.Reason kind) {
    refusals.add(kind, messagesIn(submission));
    submission.answer().failed(reason);
    inbox.committed(submission.bytes());
  }

  private void apply(Command command) {
    if (command instanceof Command.Publish publish) {
      if (!publish.messages().isEmpty()) {
        Topic topic = topic(publish.topic());
        topic.publish(publish.messages(), nowMillis);
        published(topic);
      }
    } else if (command instanceof Command.Acknowledge acknowledge) {
      if (acknowledge.keys().isEmpty()) {
        return;
      }
      Topic topic = topic(acknowledge.topic());
      topic.acknowledge(acknowledge.subscriber(), acknowledge.keys());
      changed.add(topic);
      trimLater(topic);
      SubscriberLink link = link(acknowledge.subscriber());
      link.acknowledged();
      ready(subscription(link, acknowledge.topic()));
    } else if (command instanceof Command.Redeliver redeliver) {
      SubscriberLink link = link(redeliver.subscriber());
      for (Subscription subscription : link.subscriptions().values()) {
        String only = redeliver.topic();
        if (only == null || subscription.topic == topic(only)) {
          subscription.redeliver(Undertaker.RECONNECTED);
        }
      }
      link.awake();
    } else if (command instanceof Command.Remove remove) {
      Topic topic = topic(remove.topic());
      topic.remove(remove.keys());
      outExpiry.look(topic);
      acknowledgedIn(topic);
      readyAll(topic);
    }
  }

  /** A topic was given messages. */
  void published(Topic topic) {
    changed.add(topic);
    outExpiry.look(topic);
    readyAll(topic);
  }

  /** Messages have left a queue: what nobody needs any more is given back. */
  void acknowledgedIn(Topic topic) {
    changed.add(topic);
    trimLater(topic);
  }

  /** Something of a topic waits to be sent again, for this reason. */
  void mayHaveDied(Topic topic, String why) {
    undertaker.look(topic, why);
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

  private void expire() {
    for (Topic topic : outExpiry.run(topics.values(), nowMillis)) {
      acknowledgedIn(topic);
      readyAll(topic);
    }
    if (store.nextExpiryMillis() > nowMillis || nowNanos - expireAtNanos < 0) {
      return;
    }
    for (Expiring expiring : expiring()) {
      Topic topic = topics.get(expiring.topic());
      if (topic == null || !topic.expire(expiring)) {
        store.dismiss(expiring);
      } else {
        changed.add(topic);
        trimLater(topic);
        readyAll(topic);
      }
    }
  }

  private List<Expiring> expiring() {
    try {
      List<Expiring> expiring = store.expiring(nowMillis, EXPIRING_MAX);
      readSucceeded();
      return expiring;
    } catch (StoreException e) {
      readFailed(e);
      expireAtNanos = nowNanos + READ_RETRY_NANOS;
      return List.of();
    }
  }

  private void flush() {
    if (saveTouched) {
      saveTouched = false;
      changed.addAll(touched);
    }
    for (Topic topic : changed) {
      topic.flush(touched.remove(topic));
    }
    changed.clear();
  }

  /** Commits what there is to commit; true when that ended an outage. */
  private boolean keep() {
    if (outage.isOn()) {
      if (outage.nanosToRetry(nowNanos) > 0) {
        return false;
      }
      // An acknowledgement has forgotten its keyed message already: all of it is kept, or nothing.
      changed.forEach(topic -> topic.flush(false));
      if (!commit()) {
        return false;
      }
    }
    trim();
    flush(); // in an outage what was applied since it began goes into a commit of its own
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
      durability.committed(List.copyOf(answers));
    }
    answers.clear();
    inbox.committed(uncommittedBytes);
    uncommittedBytes = 0;
  }

  private void commitFailed(StoreException e) {
    if (outage.begin(e.sentence(), nowNanos)) {
      topics.values().forEach(topic -> topic.hold(committedIds));
      inbox.committed(uncommittedBytes);
      uncommittedBytes = 0;
      events.storeFailing(e.sentence());
    }
  }

  private void dispatch() {
    Set<SubscriberLink> now = toDispatch;
    toDispatch = new LinkedHashSet<>();
    now.forEach(SubscriberLink::dispatch);
  }

  private long nanosToNext() {
    long max = Inbox.LONG_NANOS;
    long expiry = Math.min(store.nextExpiryMillis(), outExpiry.nextMillis());
    if (expiry <= nowMillis) {
      max = Math.max(0, expireAtNanos - nowNanos);
    } else if (expiry != Long.MAX_VALUE) {
      // The wall clock may jump, so it is looked at again and again.
      max = Math.min(WALL_CLOCK_CHECK_NANOS, TimeUnit.MILLISECONDS.toNanos(expiry - nowMillis));
    }
    return timers.nanosToNext(clock.nanos(), max);
  }

  /** Keeps what is better kept and lets go of the subscribers; no turn follows. */
  void stop() {
    admission.stop();
    links.values().forEach(SubscriberLink::close);
    outage.takeHeld().forEach(this::refuseByOutage);
    if (commitAll()) {
      committed();
    } else {
      answers.forEach(answer -> answer.failed("the broker stopped before it was committed"));
    }
  }

  private boolean commitAll() {
    topics.values().forEach(topic -> topic.flush(true));
    return commit();
  }

  // ---- giving back ----------------------------------------------------------------------------

  private void trimLater(Topic topic) {
    acknowledged.add(topic);
    acknowledgements++;
    if (!trimTimerSet) {
      trimTimerSet = true;
      timers.at(
          nowNanos + TRIM_NANOS,
          () -> {
            trimTimerSet = false;
            trimDue = true;
          });
    }
  }

  private void trim() {
    if (trimDue || acknowledgements >= TRIM_COMMANDS || bytesSinceTrim >= TRIM_BYTES) {
      try {
        acknowledged.forEach(Topic::trim);
      } catch (StoreException e) {
        readFailed(e);
      }
      changed.addAll(acknowledged); // cursors are saved with what is dropped before them
      acknowledged.clear();
      acknowledgements = 0;
      bytesSinceTrim = 0;
      trimDue = false;
    }
  }

  // ---- what links need ------------------------------------------------------------------------

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

  void dispatchLater(SubscriberLink link) {
    toDispatch.add(link);
  }

  /** A topic has other subscribers or settings: all that follows from it is looked after. */
  void reconfigured(Topic topic) {
    changed.add(topic);
    acknowledged.add(topic);
    trimDue = true;
    outExpiry.look(topic);
    readyAll(topic);
  }

  /** A topic was given something to do: what came of it is saved with the next commit. */
  void changed(Topic topic) {
    changed.add(topic);
  }

  /** A batch was pushed: how often its messages were sent is saved with some commit soon. */
  void touched(Topic topic) {
    touched.add(topic);
    outExpiry.look(topic);
    if (!touchedTimerSet) {
      touchedTimerSet = true;
      timers.at(
          nowNanos + TOUCHED_SAVE_NANOS,
          () -> {
            touchedTimerSet = false;
            saveTouched = true;
          });
    }
  }

  /** Whether commits fail, so that some of what was applied is not to be chosen. */
  boolean isOutage() {
    return outage.isOn();
  }

  /** What was to expire or to be given back cannot be read: it stays where it is. */
  private void readFailed(StoreException e) {
    if (!readFailing) {
      readFailing = true;
      events.storeFailing(e.sentence());
    }
  }

  private void readSucceeded() {
    if (readFailing) {
      readFailing = false;
      events.storeRecovered();
    }
  }

  /** What the sender to this subscriber reports to: every report becomes an errand. */
  Sender.Link linkOf(SubscriberLink link) {
    return new Sender.Link() {
      @Override
      public void opened() {
        tell(link, SubscriberLink::opened);
      }

      @Override
      public void pushed() {
        tell(link, SubscriberLink::pushed);
      }

      @Override
      public void failed(String reason) {
        tell(link, known -> known.failed(reason));
      }

      @Override
      public void closed(boolean unread) {
        tell(link, known -> known.closed(unread));
      }

      @Override
      public void appeared() {
        tell(link, SubscriberLink::awake);
      }
    };
  }

  private void tell(SubscriberLink link, Consumer<SubscriberLink> what) {
    inbox.errand(
        writer -> {
          if (!link.isGone()) {
            what.accept(link);
          }
        });
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

  // ---- what an administrator asks -------------------------------------------------------------

  /** By what it goes now. */
  BrokerSettings settings() {
    return roster.settings();
  }

  /** Goes by other settings from now on; they are the store's with the commit of this turn. */
  void apply(BrokerSettings next) throws RefusedException {
    commitOrRefuse();
    roster.apply(next);
  }

  /** Has what is ready for it wait; false when it did already. */
  boolean pause(Pause pause) throws RefusedException {
    refuseInOutage();
    roster.settings().check(pause);
    boolean changes = pauses.add(pause);
    roster.pausesChanged();
    return changes;
  }

  /** Has it pushed again; false when it was not paused. */
  boolean resume(Pause pause) throws RefusedException {
    refuseInOutage();
    boolean changes = pauses.remove(pause);
    if (!changes) {
      roster.settings().check(pause);
    }
    roster.pausesChanged();
    return changes;
  }

  /** Empties all queues of a topic; says how many messages each had. */
  Map<String, Long> purge(String topicName) throws RefusedException {
    commitOrRefuse();
    Topic topic = asked(topicName);
    Map<String, Long> purged = topic.purge();
    topic.recount();
    purged(topic);
    return purged;
  }

  /** Empties one queue of a topic, or a portion of it. */
  Purged purge(String topicName, String subscriber, long before) throws RefusedException {
    Topic topic = asked(topicName);
    if (!topic.subscribers().contains(subscriber)) {
      throw BrokerSettings.noSubscriberOf(topicName, subscriber);
    }
    commitOrRefuse();
    Purged purged = topic.purge(subscriber, before);
    if (purged.isDone()) {
      topic.recount();
    }
    purged(topic);
    return purged;
  }

  /** Nothing is begun of which nobody knows when it will be kept. */
  private void refuseInOutage() throws RefusedException {
    if (outage.isOn()) {
      throw new RefusedException(outage.reason());
    }
  }

  /** Likewise; besides, what comes now finds everything before it committed. */
  private void commitOrRefuse() throws RefusedException {
    refuseInOutage();
    if (!commitNow()) {
      throw new RefusedException(outage.reason());
    }
  }

  private Topic asked(String name) throws RefusedException {
    Topic topic = topics.get(name);
    if (topic == null) {
      throw BrokerSettings.noTopic(name);
    }
    return topic;
  }

  private void purged(Topic topic) {
    roster.dropIfEmpty(topic);
    changed.add(topic);
    readyAll(topic);
  }

  /** Answers when what was done in this turn is kept. */
  void whenKept(Answer answer) {
    answers.add(answer);
  }

  // ---- looking --------------------------------------------------------------------------------

  /** What is refused, and why. */
  Refusals refusals() {
    return refusals;
  }

  /** How long commits take that succeed. */
  DurationCounts commits() {
    return commits;
  }

  /** How large the disk is; 0 without one. */
  long diskCapacityBytes() {
    return store.diskCapacityBytes();
  }

  BrokerStats stats() {
    List<TopicStats> topicStats = new ArrayList<>();
    roster.inOrder().forEach(topic -> topicStats.add(topic.stats()));
    List<BrokerStats.LinkStats> linkStats = new ArrayList<>();
    links
        .values()
        .forEach(link -> linkStats.add(new BrokerStats.LinkStats(link.name(), link.stateName())));
    return new BrokerStats(topicStats, linkStats, store.diskBytes(), pauses.all());
  }

  List<PeekedMessage> peek(String topicName, String subscriber, PeekFilter filter, int max)
      throws RefusedException {
    Topic topic = asked(topicName);
    if (!topic.subscribers().contains(subscriber)) {
      throw BrokerSettings.noSubscriberOf(topicName, subscriber);
    }
    return topic.peek(subscriber, filter, max, nowMillis);
  }

  List<KeyedMessage> kept(String topic, @Nullable Bytes after, int max) {
    return topic(topic).kept(after, max);
  }

  Iterable<Topic> topics() {
    return topics.values();
  }
}
